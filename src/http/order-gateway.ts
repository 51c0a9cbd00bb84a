/** The middle of everything that is asked of an order: its object answers, or, for one it never heard of, the book. */
import { listReservations } from "../d1/reservations";
import type { Caller } from "../domain/command";
import { orderView, type ReservationView } from "../domain/order";
import { parseReservationId } from "../domain/ids";
import type { Refusal } from "../domain/refusal";
import { MAX_PAGE_SIZE, ORDER_ANSWER_TIMEOUT_MS } from "../limits";
import { withTimeout } from "../timeout";
import type { Call } from "./endpoint";
import { bodyAnswer } from "./json-answer";
import { callerOf } from "./middleware/auth";
import { idempotencyKeyOf } from "./middleware/idempotency-key";
import { problemResponse } from "./problem";
import { reach, read, requestKey } from "./product-gateway";
import { refusalProblem } from "./refusal-problem";

interface Asked extends Caller {
  key?: { id: string; fingerprint: string };
}

type Answer = { ok: true; body: string; replayed: boolean } | { ok: false; refusal: Refusal };
type OrderStub = ReturnType<Env["ORDER"]["getByName"]>;

/** Throws a problem (503) when the order cannot be settled in time; it settles itself later, and a key finds out how. */
export async function askOrder(
  call: Call,
  orderId: string,
  wanted: { status?: 201; ask: (order: OrderStub, asked: Asked) => Promise<Answer> },
): Promise<Response> {
  const key = idempotencyKeyOf(call.headers);
  const asked: Asked = {
    ...callerOf(call.credential),
    ...(key !== undefined && { key: await requestKey(call, key) }),
  };
  const asking = () =>
    withTimeout(wanted.ask(call.env.ORDER.getByName(orderId), asked), ORDER_ANSWER_TIMEOUT_MS, "order");
  const answer = await reach(asking, key !== undefined);
  if (!answer.ok) return problemResponse(call.c, refusalProblem(answer.refusal));
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (answer.replayed) headers["Idempotency-Replayed"] = "true";
  if (wanted.status === 201) headers["Location"] = `/v1/orders/${orderId}`;
  return bodyAnswer(call, answer.body, { status: wanted.status ?? 200, headers });
}

export async function readOrder(call: Call, orderId: string): Promise<Response> {
  const { clamped } = call.credential;
  const body =
    (await reach(() => call.env.ORDER.getByName(orderId).read(clamped), true)) ??
    (await heldOneByOne(call, orderId));
  if (body === undefined)
    return problemResponse(call.c, refusalProblem({ code: "order_not_found", orderId }));
  return bodyAnswer(call, body, { headers: { "Content-Type": "application/json" } });
}

/** The book names the reservations of the order; what they are now their products say. */
async function heldOneByOne(call: Call, orderId: string): Promise<string | undefined> {
  const { clamped } = call.credential;
  const listed = await listReservations(call.env.BOOK, { orderId, limit: MAX_PAGE_SIZE }, Date.now());
  const views = await Promise.all(
    listed.items.map(async (item): Promise<ReservationView> => {
      const ulid = parseReservationId(item.reservationId)?.ulid ?? "";
      const result = await read(call.env, item.productId, { view: "reservation", ulid, clamped });
      return (result.ok ? JSON.parse(result.body) : item) as ReservationView;
    }),
  );
  return views.length > 0 ? JSON.stringify(orderView(orderId, views)) : undefined;
}
