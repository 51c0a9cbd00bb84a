/** Which ids the book knows. */
import { bounded } from "./book";

const KNOWN = "SELECT product_id FROM products WHERE product_id IN (SELECT value FROM json_each(?1))";

/** Those that the book has a row of, deleted products among them. Throws `BookUnavailable`. */
export async function knownProductIds(
  binding: D1Database,
  productIds: readonly string[],
): Promise<Set<string>> {
  const asked = binding.prepare(KNOWN).bind(JSON.stringify(productIds));
  const { results } = await bounded(binding, asked.all<{ product_id: string }>());
  return new Set(results.map((row) => row.product_id));
}
