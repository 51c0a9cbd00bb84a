/** Lists of products: filtered, sorted and paged by keyset. */
import { and, eq } from "drizzle-orm";
import type { ProductState } from "../domain/views";
import { toPage, type Page } from "./page";
import { productFilter, type ProductFilter } from "./product-filter";
import { productOrder, type ProductSort } from "./product-order";
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
  const order = productOrder(products, query);
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
