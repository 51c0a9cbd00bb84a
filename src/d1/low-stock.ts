/**
 * Products of which a shopper can get fewer than the minimum, the largest shortfall first, paged by keyset. The conditions
 * stand here as the partial index says them, without parameters: else SQLite could not know that it may use it.
 */
import { and, asc, sql } from "drizzle-orm";
import { SCAN_WINDOW_LOW_PRODUCTS } from "../limits";
import { decodeCursor, encodeCursor, toPage } from "./page";
import { productFilter, type ProductFilter } from "./product-filter";
import { productState, type ProductRow } from "./products";
import { scanRows } from "./scan-window";
import { products } from "./schema";

export interface LowStockQuery extends ProductFilter {
  limit: number;
  cursor?: string;
}

/** What is there, less the minimum: the further below zero, the worse. */
const margin = sql`${products.onShelf} - ${products.minimumStockLevel}`;
const isLow = sql`${products.onShelf} < ${products.minimumStockLevel} AND ${products.deleted} = 0`;

/** `shortfall`: units to the minimum, at least 1. Throws `BadCursor` and `BookUnavailable`. */
export async function listLowStock(binding: D1Database, query: LowStockQuery) {
  const { limit, cursor } = query;
  const [seen, productId] = decodeCursor(cursor, "low-stock", ["number", "string"]) ?? [];
  const beyond =
    seen === undefined
      ? undefined
      : sql`${margin} >= ${seen} AND (${margin} > ${seen} OR ${products.productId} > ${productId})`;
  const { rows, end, bookOffset } = await scanRows(binding, {
    table: products,
    range: and(isLow, beyond),
    orderBy: [asc(margin), asc(products.productId)],
    matches: productFilter(query),
    limit: limit + 1,
    window: SCAN_WINDOW_LOW_PRODUCTS,
  });
  const page = toPage(rows, limit, {
    end,
    item: (row) => ({ state: productState(row), shortfall: -marginOf(row) }),
    cursor: (row) => encodeCursor("low-stock", [marginOf(row), row.productId]),
  });
  return { ...page, bookOffset };
}

function marginOf(row: ProductRow): number {
  return row.onShelf - row.minimumStockLevel;
}
