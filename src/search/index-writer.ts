/** All writing of the search index, and what is read of it by those who write. Whatever comes twice, or late, changes nothing. */
import { MERGED_PAGES } from "../limits/search";
import { COUNT_PUT, COUNT_REMOVED } from "./facet-totals";
import type { SearchDocument } from "./search-document";
import { CREATE_INDEX, inTime } from "./search-schema";

/** Empties it, too. */
export async function createIndex(search: D1Database): Promise<void> {
  await inTime(search.batch(CREATE_INDEX.map((statement) => search.prepare(statement))));
}

const FIELDS = {
  product_id: "productId",
  version: "version",
  name: "name",
  words: "words",
  all_words: "allWords",
  kind: "kind",
  status: "status",
  availability: "availability",
  tags: "tags",
  attributes: "attributes",
  price_value: "priceValue",
  created_at_ms: "createdAtMs",
  updated_at_ms: "updatedAtMs",
} satisfies Record<string, keyof SearchDocument>;
const COLUMNS = [...Object.keys(FIELDS), "build"];

const PUT_DOCUMENTS = `
  INSERT INTO documents (${COLUMNS.join(", ")})
  SELECT ${Object.values(FIELDS)
    .map((field) => `d.value ->> '${field}'`)
    .join(", ")}, ?2
  FROM json_each(?1) AS d WHERE true
  ON CONFLICT (product_id) DO UPDATE SET ${COLUMNS.map((name) => `${name} = excluded.${name}`).join(", ")}
  WHERE excluded.version >= documents.version`;

const PUT_ENTRIES = `
  INSERT OR REPLACE INTO entries (rowid, name, other, terms)
  SELECT documents.document, d.value ->> 'nameWords', d.value ->> 'otherWords', d.value ->> 'terms'
  FROM json_each(?1) AS d CROSS JOIN documents ON documents.product_id = d.value ->> 'productId'
  WHERE documents.version = d.value ->> 'version'`;

/** `build`: of the rebuilding that is under way or was the last. Throws `SearchUnavailable`. */
export async function putDocuments(
  search: D1Database,
  batch: readonly SearchDocument[],
  build: number,
): Promise<void> {
  if (batch.length === 0) return;
  const json = JSON.stringify(batch);
  await inTime(
    search.batch([
      search.prepare(COUNT_PUT).bind(json),
      search.prepare(PUT_DOCUMENTS).bind(json, build),
      search.prepare(PUT_ENTRIES).bind(json),
    ]),
  );
}

const GONE = "SELECT document FROM documents WHERE product_id IN (SELECT value FROM json_each(?1))";

/** Throws `SearchUnavailable`. */
export async function removeDocuments(search: D1Database, productIds: readonly string[]): Promise<void> {
  if (productIds.length === 0) return;
  const json = JSON.stringify(productIds);
  await inTime(
    search.batch([
      search.prepare(COUNT_REMOVED).bind(json),
      search.prepare(`DELETE FROM entries WHERE rowid IN (${GONE})`).bind(json),
      search
        .prepare("DELETE FROM documents WHERE product_id IN (SELECT value FROM json_each(?1))")
        .bind(json),
    ]),
  );
}

/** Documents that a rebuilding has not come across: what they were made of is no longer there. Throws `SearchUnavailable`. */
export async function outdatedDocuments(
  search: D1Database,
  build: number,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<{ productIds: string[]; lastId: string | undefined }> {
  const query = search
    .prepare("SELECT product_id, build FROM documents WHERE product_id > ?1 ORDER BY product_id LIMIT ?2")
    .bind(afterId, limit);
  const { results } = await inTime(query.all<{ product_id: string; build: number }>());
  const productIds = results.filter((row) => row.build < build).map((row) => row.product_id);
  return { productIds, lastId: results.at(-1)?.product_id };
}

/** Every product of the book is in it. Throws `SearchUnavailable`. */
export async function markComplete(search: D1Database): Promise<void> {
  await inTime(search.prepare("UPDATE about SET complete = 1").run());
}

const MERGE = "INSERT INTO entries (entries, rank) VALUES ('merge', ?1)";

/**
 * Each batch that is put adds a tree of words, of which SQLite merges some later, and whoever looks for a word looks in each. This
 * makes them one, a bounded number of pages at a time. Answers whether something was left to do: fewer than two changes say that
 * nothing was. Throws `SearchUnavailable`.
 */
export async function mergeEntries(search: D1Database): Promise<boolean> {
  const { meta } = await inTime(search.prepare(MERGE).bind(-MERGED_PAGES).run());
  return meta.changes >= 2;
}

/** The next products by id that the index knows. Throws `SearchUnavailable`. */
export async function indexedProductIds(
  search: D1Database,
  afterId: string,
  limit: number,
): Promise<string[]> {
  const query = search
    .prepare("SELECT product_id FROM documents WHERE product_id > ?1 ORDER BY product_id LIMIT ?2")
    .bind(afterId, limit);
  const { results } = await inTime(query.all<{ product_id: string }>());
  return results.map((row) => row.product_id);
}
