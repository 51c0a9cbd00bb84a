/**
 * Searching a catalog: what people type, and pages that stay true while products come in: npx node test/e2e/search.ts
 * [SETS.CSV] Without Rebrickable's sets.csv the demo data stands in, and what it does not have is not asked for.
 */
import { cpSync, existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { importProducts } from "../../scripts/import-call.ts";
import { readProductFile } from "../../scripts/product-file.ts";
import { DEMO_FILE } from "../../scripts/seed.ts";
import { runWrangler } from "../../scripts/wrangler.ts";
import { SET_QUERIES } from "../search/set-queries.ts";
import { runTest, type Test } from "./run-test.ts";

const FIRST_FEW = 3;
const WANTED_SHARE = 0.9;
const INSERTS_PER_CALL = 50;
const REBUILD_POLL_MS = 200;

const found = z.object({ productId: z.string(), name: z.string() });
const page = z.object({ items: z.array(found), nextCursor: z.string().nullable() });

/** A database with full-text tables cannot be exported: the book has none. */
async function exportBook({ server, say, expect }: Test): Promise<void> {
  using copy = mkdtempDisposableSync(join(tmpdir(), "holdfast-export-"));
  const databases = join("v3", "d1");
  cpSync(join(server.state, databases), join(copy.path, ".wrangler", "state", databases), {
    recursive: true,
  });
  writeFileSync(
    join(copy.path, "wrangler.toml"),
    '[[d1_databases]]\nbinding = "BOOK"\ndatabase_name = "holdfast-book"\n',
  );
  const file = join(copy.path, "book.sql");
  await runWrangler(["--cwd", copy.path, "d1", "export", "holdfast-book", "--local", "--output", file]);
  const sql = readFileSync(file, "utf8");
  const rows = sql.match(/^INSERT INTO "products"/gm)?.length ?? 0;
  say(`the book is exported: ${Math.round(sql.length / 1024)} KiB, ${rows} products`);
  expect(rows > 0 && !sql.includes("VIRTUAL TABLE"), "the export is not that of the book");
}

const rebuild = z.object({ phase: z.string(), indexed: z.number(), total: z.number().nullable() });

/** Sorts and filters that go different ways through the index. */
const LISTS: readonly (readonly [title: string, query: string])[] = [
  ["by id", "kind=set"],
  ["by name", "kind=set&sort=name"],
  ["by price, downwards", "kind=set&sort=-price"],
  ["by age", "kind=set&sort=createdAt"],
  ["of a theme, by price", "attr.theme=Star%20Wars&sort=price"],
  ["of a word, by relevance", "q=the"],
  ["of a beginning, by relevance", "q=s"],
  ["of a word, by name, downwards", "q=castle&sort=-name"],
];

await runTest({
  title: "search: what people type, and pages while products come in",
  limitSeconds: 1800,
  options: { inserts: "150" },
  run: async (test) => {
    await fill(test);
    const names = await everyName(test);
    test.say(`${names.length} products`);
    const before = await askQueries(test, names);
    for (const [title, query] of LISTS) await pageWhileInserting(test, title, query);
    await rebuildWhileAsking(test, before, names);
    await exportBook(test);
  },
});

async function fill({ api, server, positionals, signal, say }: Test): Promise<void> {
  const { items } = await api.read(page, "GET /v1/products?limit=1");
  if (items.length > 0) return;
  const [file = DEMO_FILE] = positionals;
  const themes = join(dirname(file), "themes.csv");
  const { rows, contentType, body } = readProductFile(file, existsSync(themes) ? themes : undefined);
  const startedAt = performance.now();
  await importProducts({
    url: server.url,
    apiKey: server.keys.admin,
    contentType,
    body,
    signal,
    onResult: () => undefined,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  say(`imported ${rows} rows in ${seconds.toFixed(1)} s, ${Math.round(rows / seconds)} a second`);
}

async function everyName({ api }: Test): Promise<string[]> {
  const names: string[] = [];
  for await (const { productId, name } of api.pages(found, "/v1/products"))
    names.push(`${productId} ${name}`);
  return names;
}

/** Answers what was found, by query. */
async function askQueries(test: Test, names: readonly string[]): Promise<Map<string, string[]>> {
  const { api, say, expect } = test;
  const known = SET_QUERIES.filter(([, means]) => names.some((name) => means.test(name)));
  const times: number[] = [];
  const firstByQuery = new Map<string, string[]>();
  for (const [q] of known) {
    const startedAt = performance.now();
    const { items } = await api.read(page, `GET /v1/products?limit=20&q=${encodeURIComponent(q)}`);
    times.push(performance.now() - startedAt);
    firstByQuery.set(
      q,
      items.slice(0, FIRST_FEW).map(({ productId, name }) => `${productId} ${name}`),
    );
  }
  const misses = known.filter(([q, means]) => !firstByQuery.get(q)?.some((name) => means.test(name)));
  for (const [q, means] of misses)
    say(`  missed: "${q}" means ${means}, found ${firstByQuery.get(q)?.join(" | ") || "nothing"}`);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1);
  const hits = known.length - misses.length;
  say(`${hits} of ${known.length} queries find what is meant; p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
  expect(hits >= known.length * WANTED_SHARE, `only ${hits} of ${known.length} queries find what is meant`);
  return firstByQuery;
}

async function pageWhileInserting(test: Test, title: string, query: string): Promise<void> {
  const { api, say, expect, values } = test;
  const old = new Set<string>();
  for await (const { productId } of api.pages(found, `/v1/products?${query}`)) old.add(productId);
  const inserts = Number(values["inserts"]);
  let inserted = 0;
  const seen = new Map<string, number>();
  let cursor: string | null = "";
  let pages = 0;
  while (cursor !== null) {
    const from: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const { items, nextCursor } = await api.read(page, `GET /v1/products?limit=100&${query}${from}`);
    for (const { productId } of items) seen.set(productId, (seen.get(productId) ?? 0) + 1);
    cursor = nextCursor;
    pages += 1;
    if (inserted < inserts) inserted += await insert(test, `${title} ${inserted}`);
  }
  const lost = [...old].filter((id) => !seen.has(id));
  const repeated = [...seen].filter(([, times]) => times > 1);
  say(`${title}: ${old.size} products on ${pages} pages while ${inserted} came in`);
  expect(lost.length === 0, `${title}: ${lost.length} were left out, ${lost.slice(0, 3).join(", ")}`);
  expect(repeated.length === 0, `${title}: ${repeated.length} came twice, ${String(repeated[0])}`);
}

/** Products all over the lists, before and after where a page is. */
async function insert({ api }: Test, stem: string): Promise<number> {
  const products = Array.from({ length: INSERTS_PER_CALL }, (_, nth) => ({
    productId: `${nth % 2 === 0 ? "0" : "zz"}-${stem.replaceAll(/\W/g, "-")}-${nth}`,
    name: `${["Aaa", "Zzz", "Mmm"][nth % 3]} the castle s${nth} ${stem}`,
    kind: "set",
    price: { amount: String(nth), currency: "USD" },
    attributes: { theme: "Star Wars" },
  }));
  await api.call("POST /v1/admin/products/create", { body: { products } });
  return products.length;
}

async function rebuildWhileAsking(
  test: Test,
  before: ReadonlyMap<string, string[]>,
  names: readonly string[],
): Promise<void> {
  const { api, say, expect } = test;
  const startedAt = performance.now();
  await api.call("POST /v1/admin/search/rebuild");
  let asked = 0;
  const known = SET_QUERIES.filter(([, means]) => names.some((name) => means.test(name)));
  for (let phase = ""; phase !== "done";) {
    const progress = await api.read(rebuild, "GET /v1/admin/search/rebuild");
    ({ phase } = progress);
    const [q = ""] = known[asked % known.length] ?? [];
    const { items } = await api.read(page, `GET /v1/products?limit=20&q=${encodeURIComponent(q)}`);
    const first = items.slice(0, FIRST_FEW).map(({ productId, name }) => `${productId} ${name}`);
    const wanted = before.get(q)?.join(" | ");
    expect(
      first.join(" | ") === wanted,
      `"${q}" found ${first.join(" | ")} while rebuilding, ${wanted} before`,
    );
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, asked % 10 === 0 ? REBUILD_POLL_MS : 0));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  say(`rebuilt in ${seconds.toFixed(1)} s; ${asked} searches meanwhile had the same answers`);
  expect(asked >= 3, `only ${asked} searches were answered while the index was rebuilt`);
}
