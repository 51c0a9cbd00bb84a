/** Lists of products: filtered, sorted and paged by keyset. */
import { and, eq, getTableColumns, type SQL } from "drizzle-orm";
import type { ProductState } from "../domain/views";
import { SCAN_WINDOW_PRODUCTS } from "../limits";
import { readReplica } from "./book";
import { readEnds } from "./book-ends";
import { toPage, type Page } from "./page";
import { productFilter, type ProductFilter } from "./product-filter";
import { productOrder, type ProductSort, type Stretch } from "./product-order";
import { productsIn, smallRange } from "./product-range";
import { productState, type ProductRow } from "./products";
import { scanRows } from "./scan-window";
import { products } from "./schema";

export interface ProductQuery extends ProductFilter {
  /** By productId when it is left out. */
  sort?: ProductSort | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Throws `BookUnavailable`, or `BadCursor`. */
export async function listProducts(binding: D1Database, query: ProductQuery): Promise<Page<ProductState>> {
  return (await listSmallRange(binding, query)) ?? readStretches(binding, query, walkOrder);
}

/**
 * By the index of a range of prices or times; undefined: none of those that are asked for has so few products that this is the
 * better way. Throws `BookUnavailable`, or `BadCursor`.
 */
export async function listSmallRange(
  binding: D1Database,
  query: ProductQuery,
): Promise<Page<ProductState> | undefined> {
  const range = await smallRange(binding, query);
  return range && readStretches(binding, query, (...found) => sortRange(range, ...found));
}

interface Found {
  rows: ProductRow[];
  /** The last one looked at, where there may be more after it. */
  end: ProductRow | undefined;
  bookOffset: number;
}

type Read = (binding: D1Database, query: ProductQuery, stretch: Stretch) => Promise<Found>;

async function readStretches(
  binding: D1Database,
  query: ProductQuery,
  read: Read,
): Promise<Page<ProductState>> {
  const order = productOrder(products, query);
  const rows: ProductRow[] = [];
  let bookOffset = 0;
  let end: ProductRow | undefined;
  for (const stretch of order.stretches) {
    const limit = query.limit + 1 - rows.length;
    const found = await read(binding, { ...query, limit }, stretch);
    rows.push(...found.rows);
    ({ bookOffset, end } = found);
    if (found.rows.length === limit || end) break;
  }
  return { ...toPage(rows, query.limit, { item: productState, cursor: order.cursorAt, end }), bookOffset };
}

function walkOrder(binding: D1Database, query: ProductQuery, { where, orderBy }: Stretch): Promise<Found> {
  const ofBarcode = query.barcode === undefined ? undefined : eq(products.barcode, query.barcode);
  return scanRows(binding, {
    table: products,
    range: and(where, ofBarcode),
    orderBy,
    matches: productFilter(query),
    limit: query.limit,
    window: SCAN_WINDOW_PRODUCTS,
  });
}

async function sortRange(
  range: SQL,
  ...[binding, query, { where, orderBy }]: Parameters<Read>
): Promise<Found> {
  const [[ends], rows] = await readReplica(binding, (book) =>
    book.batch([
      readEnds(book),
      book
        .select(getTableColumns(products))
        .from(productsIn(range))
        .where(and(productFilter(query), where))
        .orderBy(...orderBy)
        .limit(query.limit),
    ]),
  );
  return { rows, end: undefined, bookOffset: ends?.newest ?? 0 };
}
