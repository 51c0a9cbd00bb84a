/** How often a search asks the index and the book, one after the other: each time is a way to D1 and back. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { MAX_SORTED_MATCHES, MERGE_AFTER_DOCUMENTS } from "../../src/limits/search";
import { findProducts, type SearchQuery } from "../../src/search/find-products";
import { mergeEntries } from "../../src/search/index-writer";
import { eventually } from "../acceptance/api";
import { counted, fillProducts } from "../d1/counted-book";

const MANY = MAX_SORTED_MATCHES + 500;

beforeAll(async () => {
  await fillProducts("p", MANY, { kind: "iif(v > 5, 'many', 'few')" });
  await env.BOOK.prepare(
    "INSERT INTO quotes (product_id, amount, currency, source, at_ms) VALUES ('p00002', '1.5', 'USD', 'feed', 7)",
  ).run();
  const indexer = env.INDEXER.getByName("search");
  await indexer.rebuild();
  await eventually(
    async () => indexer.progress(),
    (progress) => expect(progress).toMatchObject({ phase: "done", indexed: MANY }),
    30,
  );
  await ask({ kind: "few", limit: 1 });
}, 60_000);

async function ask(query: SearchQuery) {
  const search = await counted(
    (SEARCH) => counted((BOOK) => findProducts({ ...env, BOOK, SEARCH }, query)),
    env.SEARCH,
  );
  const { answer: page, batches: ofBook } = search.answer;
  return { page, ofSearch: search.batches, ofBook };
}

/** That the index is complete, and the book migrated, is known of a binding that is in use, and not counted here. */
it.each<[Partial<SearchQuery>, string[], number]>([
  [{ q: "00002" }, ["p00002"], 1],
  [{ q: "name 00002" }, ["p00002"], 1],
  [{ kind: "few" }, ["p00001", "p00002", "p00003", "p00004", "p00005"], 1],
  [{ kind: "few", sort: "-name" }, ["p00005", "p00004", "p00003", "p00002", "p00001"], 1],
  // Those without a price come last, and are looked for by themselves.
  [{ kind: "few", sort: "-price" }, ["p00005", "p00004", "p00003", "p00002", "p00001"], 2],
  [{ kind: "many", limit: 2 }, ["p00006", "p00007"], 2],
  // Each facet beside the page.
  [{ kind: "few", facets: ["kind", "tag"], limit: 2 }, ["p00001", "p00002"], 3],
  // As it is, and its neighbours.
  [{ q: "zzyzx" }, [], 2],
  [{ q: "nmae", limit: 1 }, ["p00001"], 3],
])("%j", async (query, ids, questions) => {
  const { page, ofSearch, ofBook } = await ask({ limit: 10, ...query });
  expect(page.items.map(({ productId }) => productId)).toEqual(ids);
  expect(page.quotes?.get("p00002")?.amount).toBe(ids.includes("p00002") ? "1.5" : undefined);
  expect([ofSearch, ofBook]).toEqual([questions, 1]);
});

describe("the words of the index", () => {
  const trees = () =>
    env.SEARCH.prepare("SELECT count(DISTINCT segid) AS trees FROM entries_idx").first("trees");

  async function indexAllAgain() {
    await env.BOOK.prepare(
      "INSERT INTO search_queue (product_id, changes) SELECT product_id, 1 FROM products",
    ).run();
    await env.INDEXER.getByName("search").catchUp();
  }

  it("are in one tree once it is made, and merging once more does nothing", async () => {
    await eventually(trees, (found) => expect(found).toBe(1));
    expect(await mergeEntries(env.SEARCH)).toBe(false);
    expect(await trees()).toBe(1);
    // The indexer sees the same: one look is over when the next begins.
    for (let look = 0; look < 2; look += 1) await env.INDEXER.getByName("search").catchUp();
  });

  it("are merged after many changes, not after some", async () => {
    for (let documents = MANY; documents < MERGE_AFTER_DOCUMENTS; documents += MANY) {
      await indexAllAgain();
      expect(await trees()).toBeGreaterThan(1);
    }
    await indexAllAgain();
    await eventually(trees, (found) => expect(found).toBe(1));
  });
});
