/** The middle of everything that is asked of an order: its object answers. */
import type { Caller } from "../domain/command";
import type { Refusal } from "../domain/refusal";
import { ORDER_ANSWER_TIMEOUT_MS } from "../limits";
import { withTimeout } from "../timeout";
import type { Call } from "./route";
import { bodyAnswer } from "./json-answer";
import { callerOf } from "./middleware/auth";
import { idempotencyKeyOf } from "./middleware/idempotency-key";
import { problemResponse } from "./problem";
import { reach, requestKey } from "./product-gateway";
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

export async function orderAnswer(call: Call, orderId: string): Promise<Response> {
  const caller = callerOf(call.credential);
  const asking = async (): Promise<Answer> => call.env.ORDER.getByName(orderId).read(caller);
  const answer = await reach(asking, true);
  if (!answer.ok) return problemResponse(call.c, refusalProblem(answer.refusal));
  return bodyAnswer(call, answer.body, { headers: { "Content-Type": "application/json" } });
}
