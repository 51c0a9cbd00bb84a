/** The way to an order's object, and its answers. */
import type { Caller } from "../../domain/command";
import type { Refusal } from "../../domain/refusal";
import { ORDER_ANSWER_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import { jsonTextAnswer, type AnswerOptions } from "../answers";
import { problemResponse } from "../problem";
import { refusalProblem } from "../refusal-problem";
import { callerOf } from "../request/credential";
import { requestKeyOf, type RequestKey } from "../request/idempotency-key";
import type { Call } from "../route";
import { countRefused } from "./demand";
import { reach } from "./reach";

type OrderCaller = Caller & { key?: RequestKey };
type OrderResult = { ok: true; body: string; replayed: boolean } | { ok: false; refusal: Refusal };
type OrderStub = ReturnType<Env["ORDER"]["getByName"]>;

/** Throws a problem (503) when the order is not resolved in time; it resolves itself later, and a key finds out how. */
export async function changeOrder(
  call: Call,
  orderId: string,
  wanted: {
    status?: 201;
    /** The body as its idempotency key knows it; left out: as it is. */
    asked?: unknown;
    ask: (order: OrderStub, caller: OrderCaller) => Promise<OrderResult>;
  },
): Promise<Response> {
  const key = requestKeyOf(call, wanted.asked);
  const caller: OrderCaller = { ...callerOf(call.credential), ...(key && { key }) };
  const asking = () =>
    withTimeout(wanted.ask(call.env.ORDER.getByName(orderId), caller), ORDER_ANSWER_TIMEOUT_MS, "order");
  const result = await reach(asking, key !== undefined);
  const { status } = wanted;
  if (status && !result.ok && result.refusal.code === "insufficient_stock")
    countRefused(call.env, result.refusal.shortages);
  return answerOf(call, result, status && { status, headers: { Location: `/v1/orders/${orderId}` } });
}

export async function orderAnswer(call: Call, orderId: string): Promise<Response> {
  const asking = async () => call.env.ORDER.getByName(orderId).read(callerOf(call.credential));
  return answerOf(call, await reach<OrderResult>(asking, true));
}

function answerOf(call: Call, result: OrderResult, options?: AnswerOptions): Response {
  if (!result.ok) return problemResponse(call.c, refusalProblem(result.refusal));
  return jsonTextAnswer(call, result.body, { ...options, replayed: result.replayed });
}
