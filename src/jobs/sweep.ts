/**
 * The minute job: objects sweep and drain by their own alarms; this wakes those whose alarm was lost. It looks at one slice
 * of the book a minute (rows read are cheap, an index on every hold's expiry is not) and wakes what is overdue there, and
 * a few others in turn, whose events may lag without the book knowing.
 */
import { D1_TIMEOUT_MS, SWEEP_CONCURRENCY, SWEEP_MAX_WAKES, SWEEP_SAMPLE, SWEEP_SLICE_ROWS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

const COUNT = "SELECT MAX(rowid) AS rows FROM products";
const OVERDUE = `SELECT product_id FROM products
  WHERE rowid > ?1 AND rowid <= ?2 AND next_expiry_at_ms <= ?3 ORDER BY next_expiry_at_ms LIMIT ?4`;
const SAMPLE = "SELECT product_id FROM products WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid LIMIT ?3";

interface IdRow {
  product_id: string;
}

/** Never rejects: what fails is logged, and the next minute comes. Answers how many objects were woken. */
export async function sweepProducts(env: Env, nowMs: number): Promise<number> {
  try {
    const productIds = await withTimeout(chooseProducts(env.BOOK, nowMs), D1_TIMEOUT_MS, "D1");
    await wakeAll(env, productIds);
    return productIds.length;
  } catch (error) {
    logError("sweep", error);
    return 0;
  }
}

async function chooseProducts(book: D1Database, nowMs: number): Promise<string[]> {
  const rows = (await book.prepare(COUNT).first<{ rows: number | null }>())?.rows ?? 0;
  const minute = Math.floor(nowMs / 60_000);
  const slice = sliceOf(rows, SWEEP_SLICE_ROWS, minute);
  const sample = sliceOf(rows, SWEEP_SAMPLE, minute);
  const [overdue, others] = await book.batch<IdRow>([
    book.prepare(OVERDUE).bind(slice, slice + SWEEP_SLICE_ROWS, nowMs, SWEEP_MAX_WAKES),
    book.prepare(SAMPLE).bind(sample, sample + SWEEP_SAMPLE, SWEEP_SAMPLE),
  ]);
  return [...new Set([...(overdue?.results ?? []), ...(others?.results ?? [])].map((row) => row.product_id))];
}

/** Minute after minute, slice after slice, round and round. */
function sliceOf(rows: number, size: number, minute: number): number {
  return (minute % Math.max(1, Math.ceil(rows / size))) * size;
}

async function wakeAll(env: Env, productIds: readonly string[]): Promise<void> {
  const left = [...productIds];
  const worker = async () => {
    for (let productId = left.shift(); productId !== undefined; productId = left.shift()) {
      try {
        await withTimeout(env.PRODUCT.getByName(productId).wake(), D1_TIMEOUT_MS, "product");
      } catch (error) {
        logError("product not woken", error, { productId });
      }
    }
  };
  await Promise.all(Array.from({ length: SWEEP_CONCURRENCY }, worker));
}
