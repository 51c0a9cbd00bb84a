/**
 * Products in a range of prices or times, in another order than the index of that range has: if they are few, they are found by
 * it and put in order. If they are many, whoever goes through the other order soon meets some.
 */
import { and, gt, gte, lte, sql, type SQL } from "drizzle-orm";
import { MAX_SORTED_PRODUCTS } from "../limits";
import { readReplica } from "./book";
import type { ProductFilter } from "./product-filter";
import type { ProductSort } from "./product-order";
import { rowsAs } from "./scan-window";
import { products } from "./schema";

interface RangeQuery extends ProductFilter {
  sort?: ProductSort | undefined;
}

/** But that of the order that is asked for, and none where a barcode leaves little to look at. */
function rangesOf({ minPrice, maxPrice, createdAfter, updatedAfter, barcode, sort }: RangeQuery): SQL[] {
  if (barcode !== undefined) return [];
  const { priceValue, createdAtMs, updatedAtMs } = products;
  const byPrice = and(
    minPrice === undefined ? undefined : gte(priceValue, minPrice),
    maxPrice === undefined ? undefined : lte(priceValue, maxPrice),
  );
  const ranges = [
    sort?.endsWith("price") ? undefined : byPrice,
    createdAfter === undefined || sort?.endsWith("createdAt") ? undefined : gt(createdAtMs, createdAfter),
    updatedAfter === undefined ? undefined : gt(updatedAtMs, updatedAfter),
  ];
  return ranges.filter((range) => range !== undefined);
}

/** The range in which there are the fewest; undefined: there are many in each, or none was asked for. Throws `BookUnavailable`. */
export async function smallRange(binding: D1Database, query: RangeQuery): Promise<SQL | undefined> {
  const ranges = rangesOf(query);
  if (ranges.length === 0) return undefined;
  // No more than may be put in order are counted.
  const counts = ranges.map(
    (range) =>
      sql`SELECT count(*) AS found FROM (SELECT 1 FROM ${products} WHERE ${range} LIMIT ${MAX_SORTED_PRODUCTS + 1})`,
  );
  const counted = await readReplica(binding, (book) =>
    book.all<{ found: number }>(sql.join(counts, sql` UNION ALL `)),
  );
  const fewest = Math.min(...counted.map(({ found }) => found));
  return fewest > MAX_SORTED_PRODUCTS
    ? undefined
    : ranges[counted.findIndex(({ found }) => found === fewest)];
}

/** Those of a range. A limit that is none keeps the search on the index of the range; conditions on the table are on these. */
export function productsIn(range: SQL) {
  return rowsAs(products, sql`SELECT * FROM ${products} WHERE ${range} LIMIT -1`);
}
