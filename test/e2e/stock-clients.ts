/** Clients that work on the same few products at once and remember every call: what it asked, when, and what was answered. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { reservation, stock } from "../../scripts/answers.ts";
import { errorText } from "../../scripts/command.ts";
import type { Ended, StockAnswer, StockCall, StockOp } from "../linearizability/stock-model.ts";
import type { Test } from "./run-test.ts";

export const CLIENTS_PER_PRODUCT = 6;
/** Of the calls: the connection is cut a moment after they were sent. */
const CUT_SHARE = 0.08;
const CUT_WITHIN_MS = 15;
/** Of those without an answer: sent again under the same key until there is one. */
const RETRIED_SHARE = 0.7;
const RETRY_PAUSE_MS = 100;
const REQUEST_TIMEOUT_MS = 20_000;

const refusal = z.object({
  code: z.string(),
  shortages: z.array(z.object({ available: z.number() })).optional(),
});

/** What no service should answer. */
class BadAnswer extends Error {}

export interface SharedProduct {
  productId: string;
  history: StockCall[];
  /** That somebody knows and that nobody has asked to end, mostly. */
  holds: string[];
  /** Calls without an answer that may still have an effect, as far as anybody knows, and when their callers gave up. */
  lost: { call: StockCall; givenUpAt: number }[];
}

/** Whatever was given up before the service was dead has had its effect by then, or has none. */
export function killed({ lost }: SharedProduct, deadAt: number): void {
  for (const { call, givenUpAt } of lost.splice(0)) {
    if (givenUpAt < deadAt) call.noEffectAfter = deadAt;
    else lost.push({ call, givenUpAt });
  }
}

export class StockClients {
  readonly #test: Test;
  readonly #products: SharedProduct[];
  readonly #name: string;
  #keys = 0;
  #isStopped = false;

  constructor(test: Test, products: SharedProduct[], name: string) {
    this.#test = test;
    this.#products = products;
    this.#name = name;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async work(): Promise<void> {
    const clients = this.#products.flatMap((product) =>
      Array.from({ length: CLIENTS_PER_PRODUCT }, async () => {
        while (!this.#isStopped) await this.call(product, opOf(product));
      }),
    );
    await Promise.all(clients);
  }

  /** Adds it to the product's history: answered, or not. */
  async call(product: SharedProduct, op: StockOp): Promise<void> {
    const key = `${this.#name}-${(this.#keys += 1)}`;
    const calledAt = performance.now();
    const isRetried = op.kind === "read" || Math.random() < RETRIED_SHARE;
    let answer: StockAnswer | undefined;
    for (let isFirst = true; ; isFirst = false) {
      answer = await this.#ask(product, op, { key, isFirst }).catch((error: unknown) => {
        if (error instanceof BadAnswer || error instanceof z.ZodError) this.#test.find([errorText(error)]);
        return undefined;
      });
      if (answer !== undefined || !isRetried) break;
      this.#test.signal.throwIfAborted();
      await sleep(RETRY_PAUSE_MS);
    }
    const now = performance.now();
    const call: StockCall = { op, calledAt, answeredAt: answer === undefined ? Infinity : now, answer };
    product.history.push(call);
    if (answer === undefined) product.lost.push({ call, givenUpAt: now });
    if (answer?.kind === "held") product.holds.push(answer.hold);
  }

  /** undefined: nobody knows what became of it. Rejects likewise. */
  async #ask(
    { productId }: SharedProduct,
    op: StockOp,
    { key, isFirst }: { key: string; isFirst: boolean },
  ): Promise<StockAnswer | undefined> {
    const { method, path, body } = requestOf(productId, op);
    const isCut = isFirst && method === "POST" && Math.random() < CUT_SHARE;
    const { server } = this.#test;
    const answer = await fetch(new URL(path, server.url), {
      method,
      headers: { "X-API-Key": server.keys.admin, "Content-Type": "application/json", "Idempotency-Key": key },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(isCut ? Math.ceil(Math.random() * CUT_WITHIN_MS) : REQUEST_TIMEOUT_MS),
    });
    if (answer.status >= 500) return undefined;
    return answerOf(op, answer.status, await answer.json());
  }
}

function opOf({ holds }: SharedProduct): StockOp {
  const dice = Math.random();
  const hold = holds[Math.floor(Math.random() * holds.length)];
  if (dice < 0.3 && hold !== undefined) {
    // Now and then two ask to end the same hold.
    if (Math.random() < 0.9) holds.splice(holds.indexOf(hold), 1);
    return { kind: Math.random() < 0.4 ? "confirm" : "release", hold };
  }
  if (dice < 0.75) return { kind: "reserve", quantity: 1 + Math.floor(Math.random() * 3) };
  return dice < 0.87 ? { kind: "receive", quantity: 1 } : { kind: "read" };
}

function requestOf(productId: string, op: StockOp): { method: string; path: string; body?: object } {
  switch (op.kind) {
    case "read":
      return { method: "GET", path: `/v1/inventory/${productId}` };
    case "reserve":
      return {
        method: "POST",
        path: `/v1/inventory/${productId}/reserve`,
        // Longer than the test: what expires would be nobody's call.
        body: { quantity: op.quantity, ttlSeconds: 86_400 },
      };
    case "receive":
      return {
        method: "POST",
        path: `/v1/inventory/${productId}/adjust`,
        body: { delta: op.quantity, type: "receipt", reason: "delivery" },
      };
    default:
      return { method: "POST", path: `/v1/reservations/${op.hold}/${op.kind}`, body: {} };
  }
}

const ENDED_BY_CODE: Partial<Record<string, Ended>> = {
  reservation_already_confirmed: "confirmed",
  reservation_already_released: "released",
};

/** Throws at an answer that the service should not give. */
function answerOf(op: StockOp, status: number, body: unknown): StockAnswer {
  if (status < 300) {
    if (op.kind === "read" || op.kind === "receive") {
      const { onHand, reserved } = stock.parse(body);
      return { kind: "stock", onHand, reserved };
    }
    const { reservationId, state } = reservation.parse(body);
    if (op.kind === "reserve") return { kind: "held", hold: reservationId };
    return { kind: "ended", state: z.enum(["confirmed", "released"]).parse(state) };
  }
  const { code, shortages } = refusal.parse(body);
  const [short] = shortages ?? [];
  if (code === "insufficient_stock" && short) return { kind: "short", available: short.available };
  const state = ENDED_BY_CODE[code];
  if (state) return { kind: "refused", state };
  throw new BadAnswer(`${JSON.stringify(op)} was answered ${status} ${JSON.stringify(body)}`);
}
