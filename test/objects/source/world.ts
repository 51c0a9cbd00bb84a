/** A source's object with the world outside around it: the clock is the test's, and so is what is answered. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { ImportRow, SourceName, SourceStatus } from "../../../src/domain/source";
import { COINGECKO_SPACING_MS } from "../../../src/limits/sources";
import { call, eventually, expectStatus, newId, type Product } from "../../acceptance/api";
import { markets, openOutside, type Answer, type Asked } from "../../sources/outside";

const now = Date.now.bind(Date);
let aheadMs = 0;

/** From now on the clock is so far ahead that no alarm goes off by itself. Ends when the mocks are restored. */
export function moveClock(): void {
  aheadMs += 48 * 3_600_000;
  vi.spyOn(Date, "now").mockImplementation(() => now() + aheadMs);
}

export function passTime(ms: number): void {
  aheadMs += ms;
}

/** As `openOutside`; with each call so much time passes that the next need not wait for its turn. */
export function openWorld(answer: Answer): Asked[] {
  return openOutside((asked) => {
    passTime(COINGECKO_SPACING_MS);
    return answer(asked);
  });
}

export function sourceOf(name: SourceName) {
  return env.SOURCE.getByName(name);
}

/** As if nothing had ever come from it. */
export async function forgetSource(name: SourceName): Promise<void> {
  await runInDurableObject(sourceOf(name), (_, { storage }) => storage.deleteAll());
  await evictDurableObject(sourceOf(name));
}

/** The alarm runs at the time for which it was set, or, before that, to no effect. */
export async function runAlarm(name: SourceName): Promise<boolean> {
  return runDurableObjectAlarm(sourceOf(name));
}

/** Moves the clock to what the source waits for, and runs its alarm. */
export async function runDue(name: SourceName): Promise<void> {
  const { nextRunAt } = await sourceOf(name).status();
  if (nextRunAt === null) throw new Error("nothing is due");
  passTime(Math.max(0, Date.parse(nextRunAt) - Date.now()));
  await runAlarm(name);
}

/** Runs what is due until the run under way has ended. */
export async function runToEnd(name: SourceName, mostSteps = 100): Promise<number> {
  for (let steps = 1; steps <= mostSteps; steps += 1) {
    await runDue(name);
    const { progress } = await sourceOf(name).status();
    if (progress?.endedAt) return steps;
  }
  throw new Error("the run did not end");
}

export interface QuoteRow {
  product_id: string;
  amount: string;
  at_ms: number;
  source: string;
  change_24h_percent: string | null;
  market_cap: string | null;
}

export async function quoteOf(productId: string): Promise<QuoteRow | null> {
  return env.BOOK.prepare("SELECT * FROM quotes WHERE product_id = ?").bind(productId).first<QuoteRow>();
}

/** Puts products into the book alone, as a catalog of that size would stand in it. */
export async function addToBook(
  products: readonly {
    productId: string;
    name: string;
    source: SourceName;
    kind: string;
    attributes: object;
  }[],
): Promise<void> {
  const insert = `INSERT INTO products (product_id, kind, name, status, tags, attributes, source_name, source_external_id,
      minimum_stock_level, availability, on_hand, reserved, available, on_shelf, levels, version, catalog_version,
      created_at_ms, updated_at_ms, stock_updated_at_ms, deleted)
    SELECT value->>'productId', value->>'kind', value->>'name', 'active', '[]', value->>'attributes', value->>'source',
      value->>'productId', 0, 'out_of_stock', 0, 0, 0, 0, '[]', 1, 1, 0, 0, 0, 0 FROM json_each(?)`;
  for (let from = 0; from < products.length; from += 2000) {
    const rows = products.slice(from, from + 2000);
    await env.BOOK.prepare(insert).bind(JSON.stringify(rows)).run();
  }
}

/** Nothing of them is on its way to the book any more. */
async function settle(): Promise<void> {
  const { results } = await env.BOOK.prepare("SELECT product_id FROM products WHERE deleted = 0").all();
  for (const row of results) {
    const wake = () => env.PRODUCT.getByName(String(row["product_id"])).wake();
    await eventually(wake, ({ version, acknowledgedVersion }) => expect(acknowledgedVersion).toBe(version));
  }
}

export function coins(count: number): string[] {
  return Array.from({ length: count }, () => newId("coin"));
}

export async function importCoins(externalIds: string[]): Promise<ImportRow[]> {
  const answer = await sourceOf("coingecko").importIds(externalIds);
  return answer.ok ? answer.rows : expect.fail(answer.code);
}

export function status(): Promise<SourceStatus> {
  return sourceOf("coingecko").status();
}

export async function product(productId: string): Promise<Product> {
  return expectStatus(
    await call<Product>(`GET /v1/products/${productId}`, { headers: { "Cache-Control": "no-cache" } }),
    200,
  );
}

/** A source that works, and has brought in so many coins. */
export async function imported(count: number): Promise<string[]> {
  const ids = coins(count);
  openWorld(markets());
  expect((await importCoins(ids)).map(({ result }) => result)).toEqual(ids.map(() => "created"));
  return ids;
}

/** After a test: the next begins with a source that nothing has come from. */
export async function emptyWorld(): Promise<void> {
  vi.restoreAllMocks();
  await settle();
  await env.BOOK.prepare("UPDATE products SET deleted = 1, source_name = NULL").run();
  await forgetSource("coingecko");
}
