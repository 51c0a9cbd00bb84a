/** The steps of indexing: a page of what waits, and a page of a rebuilding. Each may be done twice. */
import * as z from "zod";
import { queuedForSearch, searchHas } from "../../d1/search-queue";
import { countProducts, productPage } from "../../d1/products";
import { INDEX_PAGE_ROWS } from "../../limits/search";
import { markComplete, outdatedDocuments, putDocuments, removeDocuments } from "../../search/index-writer";
import { searchDocument } from "../../search/search-document";

/** How far a rebuilding has come. */
export const rebuildSchema = z.object({
  /** Rises with each. */
  build: z.int(),
  phase: z.enum(["never", "indexing", "removing", "done"]),
  /** Where it goes on. */
  afterId: z.string(),
  indexed: z.int(),
  /** Products there were when it began; null: not yet counted. */
  total: z.int().nullable(),
  /** Entries of products that are no more. */
  removed: z.int(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});

export type Rebuild = z.output<typeof rebuildSchema>;

export const NEVER_BUILT: Rebuild = {
  build: 0,
  phase: "never",
  afterId: "",
  indexed: 0,
  total: null,
  removed: 0,
  startedAt: null,
  finishedAt: null,
};

/** Answers how many there were: with fewer than a page there are no more. Rejects with `BookUnavailable` or `SearchUnavailable`. */
export async function indexQueued({ BOOK, SEARCH }: Env, build: number): Promise<number> {
  const queued = await queuedForSearch(BOOK, INDEX_PAGE_ROWS);
  const gone = queued.filter(({ row }) => row === null);
  const there = queued.flatMap(({ row }) => (row === null ? [] : [searchDocument(row)]));
  await putDocuments(SEARCH, there, build);
  await removeDocuments(
    SEARCH,
    gone.map(({ productId }) => productId),
  );
  await searchHas(BOOK, queued);
  return queued.length;
}

/** What comes after a page. Rejects as `indexQueued` does. */
export async function indexPage({ BOOK, SEARCH }: Env, rebuild: Rebuild): Promise<Rebuild> {
  const { build, phase, afterId, indexed, removed } = rebuild;
  if (rebuild.total === null) return { ...rebuild, total: await countProducts(BOOK) };
  if (phase === "indexing") {
    const rows = await productPage(BOOK, afterId, { limit: INDEX_PAGE_ROWS });
    await putDocuments(SEARCH, rows.map(searchDocument), build);
    const lastId = rows.at(-1)?.productId;
    const after = { ...rebuild, indexed: indexed + rows.length };
    return rows.length === INDEX_PAGE_ROWS && lastId !== undefined
      ? { ...after, afterId: lastId }
      : { ...after, phase: "removing", afterId: "" };
  }
  const { productIds, lastId } = await outdatedDocuments(SEARCH, build, { afterId, limit: INDEX_PAGE_ROWS });
  await removeDocuments(SEARCH, productIds);
  const after = { ...rebuild, removed: removed + productIds.length };
  if (lastId !== undefined) return { ...after, afterId: lastId };
  await markComplete(SEARCH);
  return { ...after, phase: "done", afterId: "", finishedAt: new Date().toISOString() };
}
