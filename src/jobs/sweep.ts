/**
 * The minute job: objects sweep and drain by their own alarms; this wakes those whose alarm was lost. It looks at one slice
 * of the book a minute (rows read are cheap, an index on every hold's expiry is not) and wakes what is overdue there, and
 * a few others in turn, whose events may lag without the book knowing.
 */
import { inParallel } from "../in-parallel";
import { D1_TIMEOUT_MS, SWEEP_CONCURRENCY, SWEEP_MAX_WAKES, SWEEP_SAMPLE, SWEEP_SLICE_ROWS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";
import { productsInTurn, sliceStart } from "./turns";

const OVERDUE = `SELECT product_id FROM products
  WHERE rowid > ?1 AND rowid <= ?2 AND next_expiry_at_ms <= ?3 ORDER BY next_expiry_at_ms LIMIT ?4`;

export interface Sweep {
  /** How many objects were woken. */
  woken: number;
  /** Those that could not bring everything to the book. */
  lagging: string[];
}

/** Never rejects: what fails is logged, and the next minute comes. */
export async function sweepProducts(env: Env, nowMs: number): Promise<Sweep> {
  try {
    const productIds = await withTimeout(chooseProducts(env.BOOK, nowMs), D1_TIMEOUT_MS, "D1");
    return { woken: productIds.length, lagging: await wakeAll(env, productIds) };
  } catch (error) {
    logError("sweep", error);
    return { woken: 0, lagging: [] };
  }
}

async function chooseProducts(book: D1Database, nowMs: number): Promise<string[]> {
  const minute = Math.floor(nowMs / 60_000);
  const slice = await sliceStart(book, SWEEP_SLICE_ROWS, minute);
  const overdue = await book
    .prepare(OVERDUE)
    .bind(slice, slice + SWEEP_SLICE_ROWS, nowMs, SWEEP_MAX_WAKES)
    .all<{ product_id: string }>();
  const others = await productsInTurn(book, SWEEP_SAMPLE, minute);
  return [...new Set([...overdue.results.map((row) => row.product_id), ...others])];
}

/** Answers which still lag. */
async function wakeAll(env: Env, productIds: readonly string[]): Promise<string[]> {
  const lagging: string[] = [];
  await inParallel(productIds, SWEEP_CONCURRENCY, async (productId) => {
    try {
      const product = env.PRODUCT.getByName(productId);
      const { version, settledVersion } = await withTimeout(product.wake(), D1_TIMEOUT_MS, "product");
      if (settledVersion < version) lagging.push(productId);
    } catch (error) {
      logError("product not woken", error, { productId });
    }
  });
  return lagging;
}
