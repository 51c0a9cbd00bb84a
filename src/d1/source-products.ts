/** The products that come from a source, as the book last knew them. */
import * as z from "zod";
import type { SourcedProduct, SourceName } from "../domain/source";
import { bounded } from "./book";

/** Where a page of them goes on: an external id, and of the products that share it, one. */
export type SourceCursor = readonly [externalId: string, productId: string];

const COLUMNS = "product_id, kind, name, image_url, attributes, source_external_id";
const LIVE = "FROM products WHERE source_name = ?1 AND deleted = 0";
const COUNT = `SELECT COUNT(*) AS products ${LIVE}`;
const PAGE = `SELECT ${COLUMNS} ${LIVE} AND (source_external_id, product_id) > (?2, ?3)
  ORDER BY source_external_id, product_id LIMIT ?4`;
const OF_IDS = `SELECT ${COLUMNS} ${LIVE} AND source_external_id IN (SELECT value FROM json_each(?2))
  ORDER BY source_external_id, product_id LIMIT ?3`;
const ORIGINS = `SELECT product_id, source_name, source_external_id FROM products
  WHERE product_id IN (SELECT value FROM json_each(?1)) AND deleted = 0`;

const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

interface Row {
  product_id: string;
  kind: string;
  name: string;
  image_url: string | null;
  attributes: string;
  source_external_id: string;
}

/** Throws `BookUnavailable`, as all here. */
export async function countSourceProducts(book: D1Database, source: SourceName): Promise<number> {
  const counted = await bounded(book, book.prepare(COUNT).bind(source).first<{ products: number }>());
  return counted?.products ?? 0;
}

/** By external id, those after `after`. */
export function sourceProductsAfter(
  book: D1Database,
  source: SourceName,
  { after, limit }: { after: SourceCursor; limit: number },
): Promise<SourcedProduct[]> {
  return sourced(book, book.prepare(PAGE).bind(source, ...after, limit));
}

/** Those of these external ids. Several products may share one: at most `limit` in all. */
export function sourceProductsOf(
  book: D1Database,
  source: SourceName,
  { externalIds, limit }: { externalIds: readonly string[]; limit: number },
): Promise<SourcedProduct[]> {
  return sourced(book, book.prepare(OF_IDS).bind(source, JSON.stringify(externalIds), limit));
}

async function sourced(book: D1Database, query: D1PreparedStatement): Promise<SourcedProduct[]> {
  const { results } = await bounded(book, query.all<Row>());
  return results.map((row) => ({
    productId: row.product_id,
    externalId: row.source_external_id,
    kind: row.kind,
    name: row.name,
    imageUrl: row.image_url,
    attributes: attributes.parse(JSON.parse(row.attributes)),
  }));
}

/** Where those of these products that there are come from; null: from no source. */
export async function productOrigins(
  book: D1Database,
  productIds: readonly string[],
): Promise<Map<string, { name: string; externalId: string | null } | null>> {
  const query = book.prepare(ORIGINS).bind(JSON.stringify(productIds));
  const { results } = await bounded(
    book,
    query.all<{ product_id: string; source_name: string | null; source_external_id: string | null }>(),
  );
  return new Map(
    results.map(({ product_id: id, source_name: name, source_external_id: externalId }) => [
      id,
      name === null ? null : { name, externalId },
    ]),
  );
}
