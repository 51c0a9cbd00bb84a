/** The totals of facets, whatever comes to the index, twice or late: always what counting gives. */
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import type { AttributeValue } from "../../src/domain/product";
import { countFacets } from "../../src/search/facets";
import { createIndex, putDocuments, removeDocuments } from "../../src/search/index-writer";
import type { SearchDocument } from "../../src/search/search-document";
import { counted } from "../d1/counted-book";

const NAMES = ["kind", "status", "availability", "tag", "attr.theme", "attr.year", "attr.new", "attr.size"];

beforeEach(() => createIndex(env.SEARCH));

interface Of {
  version?: number;
  kind?: string;
  availability?: string;
  tags?: string[];
  attributes?: Record<string, AttributeValue>;
}

function document(
  productId: string,
  { version = 1, kind = "set", availability = "in_stock", tags = [], attributes = {} }: Of = {},
): SearchDocument {
  const words = { words: ` ${productId} `, allWords: ` ${productId} `, nameWords: productId, otherWords: "" };
  const dates = { createdAtMs: 1, updatedAtMs: 1 };
  const fields = { kind, status: "active", availability, tags, attributes };
  return { productId, version, name: productId, ...words, ...fields, ...dates, priceValue: null, terms: "" };
}

/** Both ways: from the totals, and one by one (a condition that all meet). */
async function facets() {
  const everything = { match: undefined, where: undefined };
  const totals = await countFacets(env.SEARCH, NAMES, everything);
  expect(totals).toEqual(await countFacets(env.SEARCH, NAMES, { ...everything, where: sql`1` }));
  return totals;
}

const put = (...documents: SearchDocument[]) => putDocuments(env.SEARCH, documents, 1);

it("values of several kinds, the most frequent first", async () => {
  await put(
    document("a", { tags: ["x", "y"], attributes: { theme: 'A "b" \\ ü\n', year: 2017, new: true } }),
    document("b", { tags: ["y"], attributes: { year: "2017", new: false, size: 0.1 } }),
    document("c", { kind: "coin", attributes: { new: true, size: -3 } }),
  );
  expect(await facets()).toEqual({
    kind: [
      { value: "set", count: 2 },
      { value: "coin", count: 1 },
    ],
    status: [{ value: "active", count: 3 }],
    availability: [{ value: "in_stock", count: 3 }],
    tag: [
      { value: "y", count: 2 },
      { value: "x", count: 1 },
    ],
    "attr.theme": [{ value: 'A "b" \\ ü\n', count: 1 }],
    "attr.year": [
      { value: "2017", count: 1 },
      { value: 2017, count: 1 },
    ],
    "attr.new": [
      { value: true, count: 2 },
      { value: false, count: 1 },
    ],
    "attr.size": [
      { value: -3, count: 1 },
      { value: 0.1, count: 1 },
    ],
  });
});

it("what changes, comes twice, comes late or goes", async () => {
  const first = [document("a", { tags: ["x"] }), document("b", { tags: ["x"], attributes: { year: 1 } })];
  await put(...first);
  await put(...first);
  expect(await facets()).toMatchObject({ tag: [{ value: "x", count: 2 }] });

  await put(document("a", { version: 3, kind: "coin", tags: ["y"], attributes: { year: 1 } }));
  await put(document("a", { version: 2, kind: "late", tags: ["x", "z"] }), document("c"));
  expect(await facets()).toMatchObject({
    kind: [
      { value: "set", count: 2 },
      { value: "coin", count: 1 },
    ],
    tag: [
      { value: "x", count: 1 },
      { value: "y", count: 1 },
    ],
    "attr.year": [{ value: 1, count: 2 }],
  });

  await removeDocuments(env.SEARCH, ["a", "none"]);
  await removeDocuments(env.SEARCH, ["a", "none"]);
  expect(await facets()).toMatchObject({
    kind: [{ value: "set", count: 2 }],
    tag: [{ value: "x", count: 1 }],
    "attr.year": [{ value: 1, count: 1 }],
  });
  await removeDocuments(env.SEARCH, ["b", "c"]);
  const rows = await env.SEARCH.prepare("SELECT * FROM facet_totals").all();
  expect(rows.results).toEqual([]);
});

it("writes only what has changed, and reads only what it answers", async () => {
  const many = (availability: string) =>
    Array.from({ length: 200 }, (_, n) =>
      document(`p${n}`, { availability, attributes: { theme: "Town", year: n } }),
    );
  await put(...many("in_stock"));
  const before = await totals();
  await put({ ...document("p7"), attributes: { theme: "Town", year: 7 }, availability: "backorder" });
  const after = await totals();
  expect(after.filter((row) => !before.includes(row)).toSorted()).toEqual([
    'availability "backorder" 1',
    'availability "in_stock" 199',
  ]);
  const read = await counted(
    (search) => countFacets(search, ["availability", "attr.year"], { match: undefined, where: undefined }),
    env.SEARCH,
  );
  expect(read.answer["attr.year"]).toHaveLength(100);
  expect(read.rowsRead).toBeLessThan(110);
});

async function totals(): Promise<string[]> {
  const { results } = await env.SEARCH.prepare(
    "SELECT facet || ' ' || value || ' ' || count AS row FROM facet_totals",
  ).all<{ row: string }>();
  return results.map(({ row }) => row);
}
