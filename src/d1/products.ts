/** Products as the book last knew them: one, and the whole catalog page by page. Lists are in `product-list.ts`. */
import { and, asc, eq, gt, sql } from "drizzle-orm";
import * as z from "zod";
import { levelSchema, type Level } from "../domain/level";
import { storedCatalog } from "../domain/product";
import type { Quote } from "../domain/quote";
import type { ProductState } from "../domain/views";
import { bounded, readPrimary, readReplica } from "./book";
import { readEnds } from "./book-ends";
import { productFilter, type ProductFilter } from "./product-filter";
import { quotesByProduct, selectQuotes } from "./quotes";
import { products } from "./schema";

export type ProductRow = typeof products.$inferSelect;

/** From the row to what the domain's views take: they then give the same JSON as the product's object would. */
export function productState(row: ProductRow): ProductState {
  const { priceAmount: amount, priceCurrency, sourceName: name, sourceExternalId } = row;
  const fields = storedCatalog({
    ...(row.more !== null && JSON.parse(row.more)),
    ...row,
    tags: JSON.parse(row.tags),
    attributes: JSON.parse(row.attributes),
    price: amount === null ? null : { amount, currency: priceCurrency ?? "" },
    source: name === null ? null : { name, externalId: sourceExternalId ?? "" },
  });
  const { productId, version, catalogVersion, createdAtMs: createdAt, updatedAtMs: updatedAt, deleted } = row;
  const product = { fields, createdAt, updatedAt, catalogVersion, deleted };
  return {
    productId,
    product,
    levels: storedLevels(row.levels),
    version,
    updatedAt: row.stockUpdatedAtMs,
  };
}

/** A row's levels, whichever release wrote them. */
export function storedLevels(json: string): Level[] {
  return levelsSchema.parse(JSON.parse(json));
}

const levelsSchema = z.array(levelSchema);

/** undefined: the book does not know it, or it is deleted. Sees every write that has been answered. */
export async function findProduct(binding: D1Database, productId: string): Promise<ProductState | undefined> {
  const live = and(eq(products.productId, productId), eq(products.deleted, false));
  const [row] = await readPrimary(binding, (book) => book.select().from(products).where(live));
  return row && productState(row);
}

const KNOWN = "SELECT product_id FROM products WHERE product_id IN (SELECT value FROM json_each(?1))";

/**
 * Which of these the book knows, deleted ones too, in one question: asked before many names that may be anybody's wake an
 * object each. One that was made a moment ago may not be there yet. Throws `BookUnavailable`.
 */
export async function existingProductIds(binding: D1Database, productIds: readonly string[]) {
  const named = binding.prepare(KNOWN).bind(JSON.stringify(productIds));
  const { results } = await bounded(binding, named.all<{ product_id: string }>());
  return new Set(results.map((row) => row.product_id));
}

/** The next rows by id, after `afterId`; fewer than `limit` at the end. Throws `BookUnavailable`. */
export function productPage(
  binding: D1Database,
  afterId: string,
  { limit, read = readPrimary }: { limit: number; read?: typeof readPrimary },
): Promise<ProductRow[]> {
  return read(binding, (book) =>
    book
      .select()
      .from(products)
      .where(and(eq(products.deleted, false), gt(products.productId, afterId)))
      .orderBy(asc(products.productId))
      .limit(limit),
  );
}

/** Throws `BookUnavailable`. */
export function countProducts(binding: D1Database): Promise<number> {
  return readPrimary(binding, (book) => book.$count(products, eq(products.deleted, false)));
}

/** As `productPage`, from whichever replica. */
export async function catalogPage(binding: D1Database, afterId: string | undefined, limit: number) {
  const rows = await productPage(binding, afterId ?? "", { limit, read: readReplica });
  return rows.map(productState);
}

/**
 * These, in their order, as far as they are there and pass the filter; market prices; the last offset of the book that this can
 * have seen.
 * Throws `BookUnavailable`.
 */
export async function productsById(
  binding: D1Database,
  productIds: readonly string[],
  filter: ProductFilter,
): Promise<{ states: ProductState[]; quotes: Map<string, Quote>; bookOffset: number }> {
  const named = sql`${products.productId} IN (SELECT value FROM json_each(${JSON.stringify(productIds)}))`;
  const wanted = and(named, productFilter(filter));
  const [[ends], found, quoted] = await readReplica(binding, (book) =>
    book.batch([readEnds(book), book.select().from(products).where(wanted), selectQuotes(book, productIds)]),
  );
  const rowById = new Map(found.map((row) => [row.productId, row]));
  const states = productIds.flatMap((id) => {
    const row = rowById.get(id);
    return row ? [productState(row)] : [];
  });
  return { states, quotes: quotesByProduct(quoted), bookOffset: ends?.newest ?? 0 };
}

/** Every name that some product has an attribute of, in order. */
export async function attributeNames(binding: D1Database): Promise<string[]> {
  const rows = await readReplica(binding, (book) =>
    book.all<{ name: string }>(
      sql`SELECT DISTINCT a.key AS name FROM ${products}, json_each(${products.attributes}) AS a
        WHERE ${products.deleted} = 0 ORDER BY name`,
    ),
  );
  return rows.map((row) => row.name);
}
