/**
 * Replays a file of invoice lines through the API of a running Holdfast. Every call carries a key made from the line it
 * comes from, so that a run that broke off is taken up again by running it once more (within the day that keys are
 * remembered), and a whole second run changes nothing.
 */
import { startProgress } from "../progress.mjs";
import { linesOf, productsOf } from "./plan.mjs";
import { runInTurns } from "./turns.mjs";

/** Holds outlive a broken run for as long as its keys do. */
const HOLD_TTL_SECONDS = 24 * 3600;
/** A new product is answered once the book has it: that is waiting, not work. */
const CREATIONS_AT_ONCE = 64;

/**
 * @typedef {import("./plan.mjs").Plan} Plan
 * @typedef {import("./plan.mjs").Step} Step
 * @typedef {import("./caller.mjs").Caller} Caller
 * @typedef {{
 *   products: number, receipts: number, orders: number, holds: number, confirms: number, returns: number,
 *   adjustments: Record<string, number>,
 * }} Done `receipts`: products with any opening stock; `holds` and `confirms`: lines of orders
 */

/**
 * Throws at the first refusal: by the plan there is none.
 * @param {Plan} plan
 * @param {{ caller: Caller, concurrency: number, onStep?: (step: Step) => void }} how
 * @returns {Promise<Done>}
 */
export async function replay(plan, { caller, concurrency, onStep }) {
  const done = { products: 0, receipts: 0, orders: 0, holds: 0, confirms: 0, returns: 0, adjustments: {} };
  await openProducts(plan.products, { caller, done });

  const reservationIdByRow = new Map();
  const progress = withTimeLeft("lines", sum(plan.steps.map(linesOf)));
  let lines = 0;
  await runInTurns(plan.steps, {
    limit: concurrency,
    productsOf,
    work: async (step) => {
      await take[step.verb](step, { caller, done, reservationIdByRow });
      lines += linesOf(step);
      progress.update(lines, `${caller.counts.calls} calls, ${caller.counts.retries} retries`);
      onStep?.(step);
    },
  });
  progress.end(lines, `${caller.counts.calls} calls, ${caller.counts.retries} retries`);
  return done;
}

async function openProducts(products, { caller, done }) {
  const progress = withTimeLeft("products", products.length);
  await runInTurns(products, {
    limit: CREATIONS_AT_ONCE,
    productsOf: ({ productId }) => [productId],
    work: async ({ productId, name, opening }) => {
      const body = { productId, name, initialQuantity: opening };
      await caller.post("/v1/inventory", body, `replay-opening-${productId}`).catch((error) => {
        throw new Error(`${error.message}\n${WANTS_A_PLACE_OF_ITS_OWN}`, { cause: error });
      });
      done.products += 1;
      done.receipts += opening > 0 ? 1 : 0;
      progress.update(done.products);
    },
  });
  progress.end(done.products);
}

const WANTS_A_PLACE_OF_ITS_OWN =
  "A replay wants a place without these products, or one where this same file (and --limit) was replayed within a day.";

const take = { order: takeOrder, return: takeReturn, adjust: takeAdjustment };

async function takeOrder({ orderId, customerId, lines }, { caller, done, reservationIdByRow }) {
  const order = {
    orderId,
    lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
    ttlSeconds: HOLD_TTL_SECONDS,
    ...(customerId !== "" && { customerId }),
  };
  const held = await caller.post("/v1/reservations", order, `replay-hold-${orderId}`);
  expectState(held, "held");
  for (const [row, reservationId] of matched(lines, held)) reservationIdByRow.set(row, reservationId);
  done.orders += 1;
  done.holds += lines.length;

  const confirmed = await caller.post("/v1/reservations/confirm", { orderId }, `replay-confirm-${orderId}`);
  expectState(confirmed, "confirmed");
  done.confirms += lines.length;
}

async function takeReturn(step, { caller, done, reservationIdByRow }) {
  const { soldRow, quantity, reason, key } = step;
  const id = reservationIdByRow.get(soldRow);
  await caller.post(`/v1/reservations/${id}/return`, { quantity, restock: true, reason }, `replay-${key}`);
  done.returns += 1;
}

async function takeAdjustment(step, { caller, done }) {
  const { productId, delta, type, reason, reference, key } = step;
  const body = { delta, type, reason, reference };
  await caller.post(`/v1/inventory/${productId}/adjust`, body, `replay-${key}`);
  done.adjustments[type] = (done.adjustments[type] ?? 0) + 1;
}

function expectState(order, state) {
  const { reservations } = order;
  const wrong = order.state !== state || reservations.some((one) => one.state !== state);
  if (wrong) throw new Error(`the order ${order.orderId} should be ${state}: ${JSON.stringify(order)}`);
}

/** Reservations of one product stand in the order of its lines. */
function* matched(lines, { orderId, reservations }) {
  const byProduct = Map.groupBy(reservations, ({ productId }) => productId);
  for (const { row, productId, quantity } of lines) {
    const reservation = byProduct.get(productId)?.shift();
    if (reservation?.quantity !== quantity)
      throw new Error(`the order ${orderId} has no reservation of ${quantity} x ${productId} for row ${row}`);
    yield [row, reservation.reservationId];
  }
  const over = [...byProduct.values()].flat();
  if (over.length > 0)
    throw new Error(`the order ${orderId} holds more than its lines: ${JSON.stringify(over)}`);
}

/** A progress line that also says how much longer it will take. */
export function withTimeLeft(label, total) {
  const startedAt = performance.now();
  const progress = startProgress({ label, total });
  return {
    update(done, note) {
      const seconds = ((performance.now() - startedAt) / 1000) * (total / Math.max(1, done) - 1);
      const left = `${Math.ceil(seconds)} s left`;
      progress.update(done, note ? `${left}, ${note}` : left);
    },
    end: (done, note) => progress.end(done, note),
  };
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
