/**
 * Replays a file of invoice lines through the API of a running Holdfast. Every call carries a key made from
 * the line it comes from, so that a run that broke off is taken up again by running it once more (within the
 * day that keys are remembered), and a whole second run changes nothing.
 */
import { z } from "zod";
import { reservation, type Reservation } from "../answers.ts";
import type { ApiClient } from "../api-client.ts";
import { startProgress } from "../progress.ts";
import { runInProductOrder } from "./in-product-order.ts";
import { linesOf, productsOf, type Plan, type SoldLine, type Step } from "./plan.ts";

/** Holds outlive a broken run for as long as its keys do. */
const HOLD_TTL_SECONDS = 24 * 3600;
/** A new product is answered once the book has it: that is waiting, not work. */
const CREATIONS_AT_ONCE = 64;

type Order = z.infer<typeof order>;
const order = z.object({ orderId: z.string(), state: z.string(), reservations: z.array(reservation) });

/** What was done. `receipts`: products with any opening stock; `holds` and `confirms`: lines of orders. */
export interface Done {
  products: number;
  receipts: number;
  orders: number;
  holds: number;
  confirms: number;
  returns: number;
  adjustments: Record<string, number>;
}

interface Run {
  api: ApiClient;
  concurrency: number;
  onStep?: () => void;
}

interface Replay {
  api: ApiClient;
  done: Done;
  reservationIdByRow: Map<number, string>;
}

type StepOf<Verb extends Step["verb"]> = Extract<Step, { verb: Verb }>;

/** Throws at the first refusal: by the plan there is none. */
export async function replay(plan: Plan, { api, concurrency, onStep }: Run): Promise<Done> {
  const done = { products: 0, receipts: 0, orders: 0, holds: 0, confirms: 0, returns: 0, adjustments: {} };
  await openProducts(plan.products, { api, done });

  const run: Replay = { api, done, reservationIdByRow: new Map() };
  const total = plan.steps.reduce((sum, step) => sum + linesOf(step), 0);
  const progress = startProgress("lines", total);
  let lines = 0;
  const note = () => `${api.counts.calls} calls, ${api.counts.retries} retries`;
  await runInProductOrder(plan.steps, {
    limit: concurrency,
    productsOf,
    work: async (step) => {
      await take(step, run);
      lines += linesOf(step);
      progress.update(lines, note());
      onStep?.();
    },
  });
  progress.end(lines, note());
  return done;
}

async function openProducts(products: Plan["products"], { api, done }: Omit<Replay, "reservationIdByRow">) {
  const progress = startProgress("products", products.length);
  await runInProductOrder(products, {
    limit: CREATIONS_AT_ONCE,
    productsOf: ({ productId }) => [productId],
    work: async ({ productId, name, opening }) => {
      const body = { productId, name, initialQuantity: opening };
      await api
        .call("POST /v1/inventory", { body, key: `replay-opening-${productId}` })
        .catch((cause: unknown) => {
          throw new Error(WANTS_A_PLACE_OF_ITS_OWN, { cause });
        });
      done.products += 1;
      done.receipts += opening > 0 ? 1 : 0;
      progress.update(done.products);
    },
  });
  progress.end(done.products);
}

const WANTS_A_PLACE_OF_ITS_OWN =
  "A replay wants a place without these products, or one where this same file (and --limit) was replayed within a day";

function take(step: Step, run: Replay): Promise<void> {
  if (step.verb === "order") return takeOrder(step, run);
  return step.verb === "return" ? takeReturn(step, run) : takeAdjustment(step, run);
}

async function takeOrder(step: StepOf<"order">, { api, done, reservationIdByRow }: Replay): Promise<void> {
  const { orderId, customerId, lines } = step;
  const body = {
    orderId,
    lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
    ttlSeconds: HOLD_TTL_SECONDS,
    ...(customerId !== "" && { customerId }),
  };
  const held = await api.read(order, "POST /v1/reservations", { body, key: `replay-hold-${orderId}` });
  expectState(held, "held");
  for (const [row, { reservationId }] of matched(lines, held)) reservationIdByRow.set(row, reservationId);
  done.orders += 1;
  done.holds += lines.length;

  const key = `replay-confirm-${orderId}`;
  const confirmed = await api.read(order, "POST /v1/reservations/confirm", { body: { orderId }, key });
  expectState(confirmed, "confirmed");
  done.confirms += lines.length;
}

async function takeReturn(step: StepOf<"return">, { api, done, reservationIdByRow }: Replay): Promise<void> {
  const { soldRow, quantity, reason, key } = step;
  const body = { quantity, restock: true, reason };
  const id = reservationIdByRow.get(soldRow);
  await api.call(`POST /v1/reservations/${id}/return`, { body, key: `replay-${key}` });
  done.returns += 1;
}

async function takeAdjustment(step: StepOf<"adjust">, { api, done }: Replay): Promise<void> {
  const { productId, delta, type, reason, reference, key } = step;
  const body = { delta, type, reason, reference };
  await api.call(`POST /v1/inventory/${productId}/adjust`, { body, key: `replay-${key}` });
  done.adjustments[type] = (done.adjustments[type] ?? 0) + 1;
}

function expectState(answered: Order, state: string): void {
  if ([answered, ...answered.reservations].every((one) => one.state === state)) return;
  throw new Error(`the order ${answered.orderId} should be ${state}: ${JSON.stringify(answered)}`);
}

/** Reservations of one product stand in the order of its lines. */
function* matched(lines: SoldLine[], { orderId, reservations }: Order): Generator<[number, Reservation]> {
  const byProduct = Map.groupBy(reservations, ({ productId }) => productId);
  for (const { row, productId, quantity } of lines) {
    const held = byProduct.get(productId)?.shift();
    if (held?.quantity !== quantity)
      throw new Error(`the order ${orderId} has no reservation of ${quantity} x ${productId} for row ${row}`);
    yield [row, held];
  }
  const over = [...byProduct.values()].flat();
  if (over.length > 0)
    throw new Error(`the order ${orderId} holds more than its lines: ${JSON.stringify(over)}`);
}
