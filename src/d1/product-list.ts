/**
 * Lists of products: filtered, sorted and paged by keyset. Those without a price come last in both
 * directions.
 */
import { and, asc, desc, gt, isNotNull, isNull, max, sql, type SQL } from "drizzle-orm";
import type { ProductState } from "../domain/views";
import { bounded, replicatedBook } from "./book";
import { decodeCursor, encodeCursor, toPage, type CursorKind, type CursorValue, type Page } from "./page";
import { productFilter, type ProductFilter } from "./product-filter";
import { productState, type ProductRow } from "./products";
import { events, products } from "./schema";

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

/** A stretch of the order that one index scan can serve. */
interface Stretch {
  where: SQL | undefined;
  orderBy: SQL[];
}

export async function listProducts(binding: D1Database, query: ProductQuery): Promise<Page<ProductState>> {
  const book = replicatedBook(binding);
  const order = orderOf(query.sort);
  const filter = productFilter(query);
  const wanted = query.limit + 1;
  const rows: ProductRow[] = [];
  let bookOffset = 0;
  for (const { where, orderBy } of order.stretches(query.cursor)) {
    const left = wanted - rows.length;
    const [[end], found] = await bounded(
      binding,
      book.batch([
        book.select({ last: max(events.offset) }).from(events),
        book
          .select()
          .from(products)
          .where(and(filter, where))
          .orderBy(...orderBy)
          .limit(left),
      ]),
    );
    rows.push(...found);
    bookOffset = end?.last ?? 0;
    if (found.length === left) break;
  }
  return { ...toPage(rows, query.limit, { item: productState, cursor: order.cursorAt }), bookOffset };
}

function orderOf(sort: ProductQuery["sort"]) {
  if (sort === undefined) {
    return {
      stretches: (cursor: string | undefined): Stretch[] =>
        byId(decodeCursor(cursor, "productId", ["string"])?.[0]),
      cursorAt: (row: ProductRow) => encodeCursor("productId", [row.productId]),
    };
  }
  const key = KEYS[sort.replace("-", "") as keyof typeof KEYS];
  return {
    stretches: (cursor: string | undefined) => byKey(sort, decodeCursor(cursor, sort, [key.kind, "string"])),
    cursorAt: (row: ProductRow) => encodeCursor(sort, [key.of(row), row.productId]),
  };
}

function byId(after: CursorValue | undefined): Stretch[] {
  const where = typeof after === "string" ? gt(products.productId, after) : undefined;
  return [{ where, orderBy: [asc(products.productId)] }];
}

function byKey(sort: NonNullable<ProductQuery["sort"]>, after: CursorValue[] | undefined): Stretch[] {
  const { column, kind } = KEYS[sort.replace("-", "") as keyof typeof KEYS];
  const [value, id] = after ?? [];
  const descending = sort.startsWith("-");
  const towards = descending ? desc : asc;
  const beyond = descending ? sql`<` : sql`>`;
  const keyed = {
    where: and(
      kind === "number?" ? isNotNull(column) : undefined,
      value === undefined ? undefined : sql`(${column}, ${products.productId}) ${beyond} (${value}, ${id})`,
    ),
    orderBy: [towards(column), towards(products.productId)],
  };
  if (kind !== "number?") return [keyed];
  const unkeyed = byId(value === null ? id : undefined).map((stretch) => ({
    ...stretch,
    where: and(isNull(column), stretch.where),
  }));
  return value === null ? unkeyed : [keyed, ...unkeyed];
}
