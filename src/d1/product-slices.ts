/**
 * Round and round through the book's products, a slice of their rows in each round: rows read are cheap, an index for every
 * question is not. None of it is bounded in time; the jobs are.
 */

const COUNT = "SELECT MAX(rowid) AS rows FROM products";
const SLICE = "SELECT product_id FROM products WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid LIMIT ?3";
const OVERDUE = `SELECT product_id FROM products
  WHERE rowid > ?1 AND rowid <= ?2 AND next_expiry_at_ms <= ?3 ORDER BY next_expiry_at_ms LIMIT ?4`;

/** The rows before this round's slice. */
async function sliceStart(book: D1Database, size: number, round: number): Promise<number> {
  const rows = (await book.prepare(COUNT).first<{ rows: number | null }>())?.rows ?? 0;
  return (round % Math.max(1, Math.ceil(rows / size))) * size;
}

/** The products of this round's slice. */
export async function productsOfRound(book: D1Database, size: number, round: number): Promise<string[]> {
  const start = await sliceStart(book, size, round);
  return productIds(book.prepare(SLICE).bind(start, start + size, size));
}

/** Those in this round's slice that have had a hold to expire before `nowMs`, the longest overdue first. */
export async function overdueProducts(
  book: D1Database,
  slice: { size: number; round: number },
  due: { nowMs: number; limit: number },
): Promise<string[]> {
  const start = await sliceStart(book, slice.size, slice.round);
  return productIds(book.prepare(OVERDUE).bind(start, start + slice.size, due.nowMs, due.limit));
}

async function productIds(query: D1PreparedStatement): Promise<string[]> {
  const { results } = await query.all<{ product_id: string }>();
  return results.map((row) => row.product_id);
}
