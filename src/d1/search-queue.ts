/** The book's side of the search index: what it has to catch up with, and everything, page by page. */
import { eq } from "drizzle-orm";
import { readPrimary, writePrimary } from "./book";
import type { ProductRow } from "./products";
import { products, searchQueue } from "./schema";

export interface Queued {
  productId: string;
  changes: number;
  /** null: the book has no such product any more. */
  row: ProductRow | null;
}

/** The next that wait. Throws `BookUnavailable`. */
export async function queuedForSearch(binding: D1Database, limit: number): Promise<Queued[]> {
  const found = await readPrimary(binding, (book) =>
    book
      .select({ queued: searchQueue, row: products })
      .from(searchQueue)
      .leftJoin(products, eq(products.productId, searchQueue.productId))
      .limit(limit),
  );
  return found.map(({ queued, row }) => ({ ...queued, row: row?.deleted ? null : row }));
}

const DONE = `DELETE FROM search_queue WHERE (product_id, changes) IN
  (SELECT done.value ->> 0, done.value ->> 1 FROM json_each(?1) AS done)`;

/** What has changed again meanwhile goes on waiting. Throws `BookUnavailable`. */
export async function searchHas(binding: D1Database, done: readonly Queued[]): Promise<void> {
  if (done.length === 0) return;
  const pairs = JSON.stringify(done.map(({ productId, changes }) => [productId, changes]));
  await writePrimary(binding, () => binding.prepare(DONE).bind(pairs).run());
}

/** For the batch that changes what is indexed. `products`: SQL that selects the products' ids, each with a 1. */
export function queueForSearch(products: string): string {
  return `INSERT INTO search_queue (product_id, changes) ${products}
  ON CONFLICT (product_id) DO UPDATE SET changes = changes + 1`;
}
