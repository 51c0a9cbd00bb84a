/**
 * The minute job: objects sweep and drain by their own alarms; this wakes those whose alarm was lost. It looks at one slice
 * of the book a minute (rows read are cheap, an index on every hold's expiry is not) and wakes what is overdue there, and
 * a few others, round and round, whose events may lag without the book knowing.
 */
import { overdueProducts, productsOfRound } from "../d1/product-slices";
import { inParallel } from "../in-parallel";
import { D1_TIMEOUT_MS, SWEEP_CONCURRENCY, SWEEP_MAX_WAKES, SWEEP_SAMPLE, SWEEP_SLICE_ROWS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/**
 * Answers how many objects were woken, and which of them could not bring everything to the book, or are lost. Never rejects: what
 * fails is logged, and the next minute comes.
 */
export async function sweepProducts(env: Env, nowMs: number) {
  try {
    const productIds = await withTimeout(chooseProducts(env.BOOK, nowMs), D1_TIMEOUT_MS, "D1");
    return { woken: productIds.length, lagging: await wakeAll(env, productIds) };
  } catch (error) {
    logError("sweep", error);
    return { woken: 0, lagging: [] };
  }
}

async function chooseProducts(book: D1Database, nowMs: number): Promise<string[]> {
  const round = Math.floor(nowMs / 60_000);
  const slice = { size: SWEEP_SLICE_ROWS, round };
  const overdue = await overdueProducts(book, slice, { nowMs, limit: SWEEP_MAX_WAKES });
  const others = await productsOfRound(book, SWEEP_SAMPLE, round);
  return [...new Set([...overdue, ...others])];
}

async function wakeAll(env: Env, productIds: readonly string[]): Promise<string[]> {
  const lagging: string[] = [];
  await inParallel(productIds, SWEEP_CONCURRENCY, async (productId) => {
    try {
      const product = env.PRODUCT.getByName(productId);
      const { version, acknowledgedVersion } = await withTimeout(product.wake(), D1_TIMEOUT_MS, "product");
      // The book has it: an object that was never written has lost what it had.
      if (acknowledgedVersion < version || version === 0) lagging.push(productId);
    } catch (error) {
      logError("product not woken", error, { productId });
    }
  });
  return lagging;
}
