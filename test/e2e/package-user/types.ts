import {
  createHoldfast,
  isProblem,
  type BookEvent,
  type Holdfast,
  type Level,
  type Product,
  type Reservation,
} from "holdfast/client";

const holdfast: Holdfast = createHoldfast({ baseUrl: "https://stock.example", key: async () => "key" });

export async function sell(productId: string, signal: AbortSignal): Promise<number> {
  try {
    const hold: Reservation = await holdfast.reserve(productId, { quantity: 1 }, { signal });
    const { confirmed } = await holdfast.reservations.confirm(hold.reservationId);
    return confirmed;
  } catch (error) {
    if (isProblem(error, "insufficient_stock", "reservation_expired")) {
      if (error.code === "insufficient_stock") return error.problem.status;
    }
    if (isProblem(error, "insufficient_stock")) return error.problem.shortages[0]?.available ?? 0;
    throw error;
  }
}

export async function look(): Promise<[Product[], string | null, Level | undefined]> {
  const page = await holdfast.products.list({ q: "falcon", facets: ["kind"] });
  const counts = page.facets?.["kind"]?.map(({ value, count }) => `${value}: ${count}`);
  for await (const product of holdfast.products.list()) console.log(product.name, counts);
  for await (const level of holdfast.watch(["a"])) return [page.items, page.nextCursor, level];
  return [page.items, null, undefined];
}

export async function follow(): Promise<string | null> {
  for await (const event of holdfast.followEvents(1, { type: "reservation.held" })) return event.data.orderId;
  const any: BookEvent = (await holdfast.readEvents()).events[0] ?? never();
  return any.type === "stock.adjusted" ? any.data.reason : null;
}

function never(): never {
  throw new Error("nothing");
}

// @ts-expect-error -- a hold has a quantity
void holdfast.reserve("a", {});
// @ts-expect-error -- a field is spelt as the service spells it
void holdfast.stock.adjust("a", { delta: 1, type: "receipt", raison: "delivery" });
