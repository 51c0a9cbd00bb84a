/** What every platform does with the package: holds, watches, follows, is refused, lists. */
import { createHoldfast, isProblem, metaOf, type LiveState, type Reservation } from "holdfast/client";

export interface Arguments {
  baseUrl: string;
  key: string;
  productId: string;
}

export async function use({ baseUrl, key, productId }: Arguments) {
  const states: LiveState[] = [];
  const holdfast = createHoldfast({ baseUrl, key, onState: (state) => states.push(state) });
  const available: number[] = [];
  let hold: Reservation | undefined;
  for await (const level of holdfast.watch([productId])) {
    available.push(level.available);
    hold ??= await holdfast.reserve(productId, { quantity: 2 });
    if (level.version >= hold.version) break;
  }
  if (!hold) throw new Error("nothing was watched");
  let offset: number | undefined;
  for await (const event of holdfast.followEvents(1, { productId, type: "reservation.held" })) {
    if (event.data.reservationId !== hold.reservationId) continue;
    offset = event.offset;
    break;
  }
  let left: number | undefined;
  try {
    await holdfast.reserve(productId, { quantity: 1_000_000 });
  } catch (error) {
    if (!isProblem(error, "insufficient_stock")) throw error;
    left = error.problem.shortages[0]?.available;
  }
  let products = 0;
  for await (const _ of holdfast.products.list({ limit: 1 })) products += 1;
  const { requestId, replayed } = metaOf(hold);
  await holdfast.reservations.release(hold.reservationId);
  return { available, offset, left, products, replayed, requestId, states, socket: typeof WebSocket };
}

export function argumentsOf(given: URLSearchParams): Arguments {
  const { baseUrl = "", key = "", productId = "" } = Object.fromEntries(given);
  return { baseUrl, key, productId };
}
