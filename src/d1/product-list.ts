/**
 * Lists of products: filtered, sorted and paged by keyset. Those without a price come last in both
 * directions.
 */
import { and, asc, desc, eq, gt, gte, isNotNull, isNull, lte, sql, type SQL } from "drizzle-orm";
import type { ProductState } from "../domain/views";
import { decodeCursor, encodeCursor, toPage, type CursorKind, type CursorValue, type Page } from "./page";
import { productFilter, type ProductFilter } from "./product-filter";
import { productState, type ProductRow } from "./products";
import { scanRows } from "./scan-window";
import { products } from "./schema";

export const PRODUCT_SORTS = ["name", "price", "createdAt", "-name", "-price", "-createdAt"] as const;

export interface ProductQuery extends ProductFilter {
  /** By productId when it is left out. */
  sort?: (typeof PRODUCT_SORTS)[number];
  limit: number;
  cursor?: string;
}

const KEYS = {
  name: { column: products.name, kind: "string", of: (row: ProductRow) => row.name },
  price: { column: products.priceValue, kind: "number?", of: (row: ProductRow) => row.priceValue },
  createdAt: { column: products.createdAtMs, kind: "number", of: (row: ProductRow) => row.createdAtMs },
} as const satisfies Record<
  string,
  { kind: CursorKind; column: unknown; of: (row: ProductRow) => CursorValue }
>;

const KEY_BY_SORT = {
  ...KEYS,
  "-name": KEYS.name,
  "-price": KEYS.price,
  "-createdAt": KEYS.createdAt,
} satisfies Record<(typeof PRODUCT_SORTS)[number], unknown>;

/** A stretch of the order that one index scan can serve. */
interface Stretch {
  where: SQL | undefined;
  orderBy: SQL[];
}

export async function listProducts(binding: D1Database, query: ProductQuery): Promise<Page<ProductState>> {
  const order = orderOf(query);
  const ofBarcode = query.barcode === undefined ? undefined : eq(products.barcode, query.barcode);
  const rows: ProductRow[] = [];
  let bookOffset = 0;
  let end: ProductRow | undefined;
  for (const { where, orderBy } of order.stretches) {
    const limit = query.limit + 1 - rows.length;
    const found = await scanRows(binding, {
      table: products,
      key: products.productId,
      range: and(where, ofBarcode),
      orderBy,
      matches: productFilter(query),
      limit,
    });
    rows.push(...found.rows);
    ({ bookOffset, end } = found);
    if (found.rows.length === limit || end) break;
  }
  return { ...toPage(rows, query.limit, { item: productState, cursor: order.cursorAt, end }), bookOffset };
}

function orderOf(query: ProductQuery) {
  const { sort, cursor } = query;
  if (sort === undefined) {
    return {
      stretches: byId(decodeCursor(cursor, "productId", ["string"])?.[0]),
      cursorAt: (row: ProductRow) => encodeCursor("productId", [row.productId]),
    };
  }
  const key = KEY_BY_SORT[sort];
  return {
    stretches: byKey(query, sort, decodeCursor(cursor, sort, [key.kind, "string"])),
    cursorAt: (row: ProductRow) => encodeCursor(sort, [key.of(row), row.productId]),
  };
}

function byId(after: CursorValue | undefined): Stretch[] {
  const where = typeof after === "string" ? gt(products.productId, after) : undefined;
  return [{ where, orderBy: [asc(products.productId)] }];
}

function byKey(
  { minPrice, maxPrice, barcode }: ProductFilter,
  sort: NonNullable<ProductQuery["sort"]>,
  after: CursorValue[] | undefined,
): Stretch[] {
  const { column, kind } = KEY_BY_SORT[sort];
  const [value, id] = after ?? [];
  const descending = sort.startsWith("-");
  const towards = descending ? desc : asc;
  const beyond = descending ? sql`<` : sql`>`;
  const orderBy = [towards(column), towards(products.productId)];
  const ahead =
    value === undefined ? undefined : sql`(${column}, ${products.productId}) ${beyond} (${value}, ${id})`;
  if (kind !== "number?") return [{ where: ahead, orderBy }];
  // Where a page goes on, the cursor is the bound: of two on one side, SQLite would look through what lies between.
  const least = descending || !ahead ? minPrice : undefined;
  const most = descending && ahead ? undefined : maxPrice;
  const keyed = {
    where: and(
      isNotNull(column),
      least === undefined ? undefined : gte(column, least),
      most === undefined ? undefined : lte(column, most),
      ahead,
    ),
    orderBy,
  };
  // No price is in no range of prices.
  if (minPrice !== undefined || maxPrice !== undefined) return value === null ? [] : [keyed];
  const unkeyed = byId(value === null ? id : undefined).map((stretch) => ({
    ...stretch,
    // The plus keeps the search on the barcode, where there is one.
    where: and(barcode === undefined ? isNull(column) : sql`+${column} IS NULL`, stretch.where),
  }));
  return value === null ? unkeyed : [keyed, ...unkeyed];
}
