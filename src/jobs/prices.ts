/**
 * Drops points of the price history that are past their age, of some products in turn: whoever gets new prices drops its own
 * as it records them; this is for those that get no more.
 */
import { dropOldPoints } from "../d1/price-points";
import { productsOfRound } from "../d1/product-slices";
import { D1_TIMEOUT_MS } from "../limits";
import { PRICE_PRUNE_MAX_STEPS, PRICE_PRUNE_PRODUCTS, PRICE_PRUNE_STEP_POINTS } from "../limits/quotes";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Answers how many points were dropped. Never rejects: what fails is logged, and the next run comes. */
export async function prunePrices(env: Env, nowMs: number): Promise<number> {
  let dropped = 0;
  try {
    const round = Math.floor(nowMs / 60_000);
    const slice = productsOfRound(env.BOOK, PRICE_PRUNE_PRODUCTS, round);
    const productIds = await withTimeout(slice, D1_TIMEOUT_MS, "D1");
    for (let step = 0; step < PRICE_PRUNE_MAX_STEPS; step += 1) {
      const limit = PRICE_PRUNE_STEP_POINTS;
      const work = dropOldPoints(env.BOOK, { productIds, nowMs, limit });
      const points = await withTimeout(work, D1_TIMEOUT_MS, "D1");
      dropped += points;
      if (points < limit) break;
    }
  } catch (error) {
    logError("prices not dropped", error);
  }
  return dropped;
}
