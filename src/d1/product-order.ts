/**
 * The orders that lists of products may have, as stretches that one index scan each can serve, and the cursors of their
 * pages. Those without a price come last in both directions.
 */
import { and, asc, desc, gt, gte, isNotNull, isNull, lte, sql, type Column, type SQL } from "drizzle-orm";
import { decodeCursor, encodeCursor, type CursorKind, type CursorValue } from "./page";

export const PRODUCT_SORTS = ["name", "price", "createdAt", "-name", "-price", "-createdAt"] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

/** What lists are put in order by: columns of the book, or of the search index. */
export interface OrderedColumns {
  productId: Column;
  name: Column;
  priceValue: Column;
  createdAtMs: Column;
}
export type OrderedRow = { productId: string; name: string; priceValue: number | null; createdAtMs: number };

export interface OrderQuery {
  /** By productId when it is left out. */
  sort?: ProductSort | undefined;
  cursor?: string | undefined;
  minPrice?: number | undefined;
  maxPrice?: number | undefined;
  /** In milliseconds. */
  createdAfter?: number | undefined;
  /** There is an index on it, which is better than one on having no price. */
  barcode?: string | undefined;
}

export interface Stretch {
  where: SQL | undefined;
  orderBy: SQL[];
}

const KEYS = {
  name: { column: "name", kind: "string" },
  price: { column: "priceValue", kind: "number?" },
  createdAt: { column: "createdAtMs", kind: "number" },
} as const satisfies Record<string, { column: keyof OrderedRow; kind: CursorKind }>;

const KEY_BY_SORT = {
  ...KEYS,
  "-name": KEYS.name,
  "-price": KEYS.price,
  "-createdAt": KEYS.createdAt,
} satisfies Record<ProductSort, unknown>;

/** What a cursor carries beside the place where the page before ended. */
export type Carried = string;

export interface ProductOrder {
  stretches: Stretch[];
  carried: Carried | undefined;
  cursorAt(row: OrderedRow, carried?: Carried): string;
}

/** Throws `BadCursor`. */
export function productOrder(columns: OrderedColumns, query: OrderQuery): ProductOrder {
  const { sort, cursor } = query;
  if (sort === undefined) {
    const [id, carried] = decodeCursor(cursor, "productId", ["string", "string"]) ?? [];
    return {
      stretches: byId(columns, id),
      carried: textOf(carried),
      cursorAt: (row, next = "") => encodeCursor("productId", [row.productId, next]),
    };
  }
  const { column, kind } = KEY_BY_SORT[sort];
  const [value, id, carried] = decodeCursor(cursor, sort, [kind, "string", "string"]) ?? [];
  return {
    stretches: byKey(columns, { ...query, sort }, value === undefined ? undefined : [value, id]),
    carried: textOf(carried),
    cursorAt: (row, next = "") => encodeCursor(sort, [row[column], row.productId, next]),
  };
}

function textOf(carried: CursorValue | undefined): string | undefined {
  return typeof carried === "string" && carried !== "" ? carried : undefined;
}

function byId({ productId }: OrderedColumns, after: CursorValue | undefined): Stretch[] {
  const where = typeof after === "string" ? gt(productId, after) : undefined;
  return [{ where, orderBy: [asc(productId)] }];
}

function byKey(
  columns: OrderedColumns,
  { sort, minPrice, maxPrice, createdAfter, barcode }: OrderQuery & { sort: ProductSort },
  after: (CursorValue | undefined)[] | undefined,
): Stretch[] {
  const { kind, column: field } = KEY_BY_SORT[sort];
  const column = columns[field];
  const [value, id] = after ?? [];
  const descending = sort.startsWith("-");
  const towards = descending ? desc : asc;
  const beyond = descending ? sql`<` : sql`>`;
  const orderBy = [towards(column), towards(columns.productId)];
  const ahead =
    value === undefined ? undefined : sql`(${column}, ${columns.productId}) ${beyond} (${value}, ${id})`;
  // Where a page goes on, the cursor is the bound: of two on one side, SQLite would look through what lies between.
  if (field === "createdAtMs" && createdAfter !== undefined && (descending || !ahead))
    return [{ where: and(gt(column, createdAfter), ahead), orderBy }];
  if (kind !== "number?") return [{ where: ahead, orderBy }];
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
  const unkeyed = byId(columns, value === null ? id : undefined).map((stretch) => ({
    ...stretch,
    // The plus keeps the search on the barcode, where there is one.
    where: and(barcode === undefined ? isNull(column) : sql`+${column} IS NULL`, stretch.where),
  }));
  return value === null ? unkeyed : [keyed, ...unkeyed];
}
