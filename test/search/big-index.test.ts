/** No search reads more rows because the catalog has grown, and each finds every match once: D1's own count. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { PRODUCT_SORTS } from "../../src/d1/product-order";
import { findProducts, type SearchQuery } from "../../src/search/find-products";
import { SCAN_WINDOW_PRODUCTS } from "../../src/limits";
import { MAX_SORTED_MATCHES, RELEVANCE_BLOCK_MATCHES } from "../../src/limits/search";
import { eventually } from "../acceptance/api";
import { counted, fillProducts } from "../d1/counted-book";

const PRODUCTS = 12_500;
/** Of each number that this divides something is rare. */
const RARE = 4000;
const RARE_IDS = ["p04000", "p08000", "p12000"];

/** A row is counted once in each table that a statement goes through. */
const MOST_ROWS = 8 * Math.max(MAX_SORTED_MATCHES, SCAN_WINDOW_PRODUCTS, RELEVANCE_BLOCK_MATCHES) + 1000;

beforeAll(async () => {
  const rare = (value: string, usual: string) => `iif(v % ${RARE} = 0, ${value}, ${usual})`;
  await fillProducts("p", PRODUCTS, {
    kind: rare("'set'", "'item'"),
    tags: rare(`'["rare"]'`, `'["usual"]'`),
    attributes: rare(`'{"theme":"Star Wars"}'`, `'{"theme":"Town"}'`),
    price: "iif(v % 10 = 0, NULL, v)",
  });
  const indexer = env.INDEXER.getByName("search");
  // Not only if there is none: whoever has come before may have made one of an empty book.
  await indexer.rebuild();
  await eventually(
    async () => indexer.progress(),
    (progress) => expect(progress).toMatchObject({ phase: "done", indexed: PRODUCTS, total: PRODUCTS }),
    60,
  );
}, 90_000);

async function pageOf(query: SearchQuery) {
  const { answer, rowsRead } = await counted(
    (BOOK) => counted((SEARCH) => findProducts({ ...env, BOOK, SEARCH }, query), env.SEARCH),
    env.BOOK,
  );
  return { ...answer.answer, rowsRead: rowsRead + answer.rowsRead };
}

async function every(query: SearchQuery) {
  const found = { ids: [] as string[], most: 0, pages: 0 };
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(
      cursor === "" ? query : { ...query, cursor },
    );
    found.ids.push(...page.items.map(({ productId }) => productId));
    found.most = Math.max(found.most, page.rowsRead);
    found.pages += 1;
    cursor = page.nextCursor;
  }
  return found;
}

const SORTS = [undefined, ...PRODUCT_SORTS];

describe("a filter that lets little through", () => {
  it.each<Partial<SearchQuery>>([
    { kind: "set" },
    { tag: "rare" },
    { attributes: { theme: "Star Wars" } },
    { kind: "set", tag: "rare", attributes: { theme: "Star Wars" } },
    { q: "star wars" },
    { q: "rare" },
  ])("%j reads what it answers, however many there are", async (query) => {
    for (const sort of SORTS) {
      const { ids, most, pages } = await every({ ...query, ...(sort && { sort }), limit: 2 });
      expect(ids.toSorted(), sort).toEqual(RARE_IDS);
      expect(pages).toBe(2);
      expect(most, sort).toBeLessThan(200);
    }
  });
});

describe("a filter that lets much through", () => {
  it.each(SORTS)("sorted by %s goes through the order", async (sort) => {
    const query: SearchQuery = { kind: "item", ...(sort && { sort }), limit: 100 };
    const first = await pageOf(query);
    expect(first.items).toHaveLength(100);
    expect(first.rowsRead).toBeLessThan(2 * MAX_SORTED_MATCHES + 1000);
  });

  it("and not much of a price range reads a bounded number of rows a page, and finds every match once", async () => {
    const query: SearchQuery = { kind: "item", minPrice: 12_490, limit: 5, sort: "name" };
    const { ids, most } = await every(query);
    expect(ids).toEqual([
      "p12491",
      "p12492",
      "p12493",
      "p12494",
      "p12495",
      "p12496",
      "p12497",
      "p12498",
      "p12499",
    ]);
    expect(most).toBeLessThan(MOST_ROWS);
  });
});

describe("words that nearly everything has", () => {
  it.each(["relevance", "name", "-price"] as const)(
    "by %s: every match once, in bounded steps",
    async (sort) => {
      const { ids, most } = await every({ q: "name", sort, limit: 100, kind: "item" });
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toHaveLength(PRODUCTS - RARE_IDS.length);
      expect(most).toBeLessThan(MOST_ROWS);
    },
    60_000,
  );
});

it("facets are counted over everything", async () => {
  const { facets } = await pageOf({ facets: ["kind", "attr.theme", "tag"], limit: 1 });
  expect(facets).toEqual({
    kind: [
      { value: "item", count: PRODUCTS - 3 },
      { value: "set", count: 3 },
    ],
    "attr.theme": [
      { value: "Town", count: PRODUCTS - 3 },
      { value: "Star Wars", count: 3 },
    ],
    tag: [
      { value: "usual", count: PRODUCTS - 3 },
      { value: "rare", count: 3 },
    ],
  });
});
