/**
 * Sources that are not to be relied on: coins and sets come in from a stand-in for the world outside and are refreshed; then it
 * answers garbage, HTML, 10 MB, redirects, closes its sockets, stalls, and asks to be left alone, the last across a kill -9.
 * Nothing of that is stored, the other source and the stock go on, and when it is well again so are the prices.
 * An optional file is a recorded answer of `/coins/markets`, whose coins then take the place of the demo's.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { walkingMarkets, type Market, type Markets } from "../../scripts/outside/coins.ts";
import { Outside, type Fault, type SourceName } from "../../scripts/outside/server.ts";
import { readDemoSets } from "../../scripts/outside/sets.ts";
import { normalizeAmount, plainDecimal } from "../../src/domain/money.ts";
import { openBook } from "../recorded/state-files.ts";
import { runTest, type Test } from "./run-test.ts";

const REFRESH_SECONDS = 3;
const RETRY_AFTER_SECONDS = 7;
/** What lies between a source that is well again and its prices: a refresh, a breaker, a step, and a busy machine. */
const BACK_TIMEOUT_MS = 12_000;
const FAULT_TIMEOUT_MS = 20_000;
const STOCK_LIMIT_MS = 2000;
const SETS = 5;

type Import = z.infer<typeof importAnswer>;
const importAnswer = z.object({
  results: z.array(
    z.object({ externalId: z.string(), productId: z.string().nullable(), result: z.string() }),
  ),
  summary: z.object({ created: z.number(), errors: z.number() }),
});
type Source = z.infer<typeof source>;
const source = z.object({
  name: z.string(),
  state: z.string(),
  lastSuccessAt: z.string().nullable(),
  lastError: z.object({ reason: z.string(), at: z.string() }).nullable(),
  progress: z.object({ products: z.number(), quotes: z.number(), refused: z.number() }).nullable(),
});
const product = z.object({ name: z.string(), attributes: z.record(z.string(), z.unknown()) });
const quoteRow = z.object({ product_id: z.string(), amount: z.string(), at_ms: z.number() });

const FAULTS: [fault: Fault, reason: RegExp][] = [
  [{ kind: "garbage" }, /not JSON/],
  [{ kind: "html" }, /text\/html/],
  [{ kind: "redirect" }, /302/],
  [{ kind: "large" }, /longer than/],
  [{ kind: "closed socket" }, /broke off/],
  [{ kind: "stalled body" }, /within 10000 ms/],
];

const recordedFile = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
const markets = recordedFile === undefined ? walkingMarkets() : recordedMarkets(recordedFile);
await using outside = await Outside.start({ markets });

await runTest({
  title: "sources: imports and refreshes, with a world outside that fails in every way",
  limitSeconds: 150,
  vars: {
    ...outside.vars,
    COINGECKO_REFRESH_SECONDS: String(REFRESH_SECONDS),
    REBRICKABLE_REFRESH_SECONDS: String(REFRESH_SECONDS),
  },
  run: async (test) => {
    await importAndRefresh(test);
    for (const [fault, reason] of FAULTS) await survive(test, fault, reason);
    await recover(test);
    await leaveAlone(test);
  },
});

/** The recorded coins, as if they had been asked for now. */
function recordedMarkets(file: string): Markets {
  const coins = z.array(z.looseObject({ id: z.string() })).parse(JSON.parse(readFileSync(file, "utf8")));
  return (nowMs) =>
    coins.map((coin) => ({ ...coin, last_updated: new Date(nowMs - (nowMs % 1000)).toISOString() }));
}

async function importAndRefresh(test: Test): Promise<void> {
  const { api, say, expect } = test;
  const coins = markets(Date.now());
  const wanted = coins.map(({ id }) => id);
  const imported = await importIds(test, "coingecko", [...wanted, "no-such-coin"]);
  expect(
    imported.summary.created === wanted.length,
    `of ${wanted.length} coins ${imported.summary.created} came in`,
  );
  const unknown = imported.results.at(-1);
  expect(unknown?.result === "error" && unknown.productId === null, "an unknown coin came in");
  for (const { id, name, symbol } of coins) {
    const seen = await api.read(product, `GET /v1/products/${id}`);
    expect(seen.name === name, `${id} is called ${seen.name}`);
    expect(seen.attributes["symbol"] === String(symbol).toUpperCase(), `${id} has another symbol`);
  }
  const sets = readDemoSets()
    .sets.slice(0, SETS)
    .map(({ set_num }) => set_num);
  const bricks = await importIds(test, "rebrickable", sets);
  expect(bricks.summary.created === sets.length, `of ${sets.length} sets ${bricks.summary.created} came in`);

  await until(test, "a refresh of all coins", async () => {
    const { progress, state } = await sourceNamed(test, "coingecko");
    return state === "ok" && progress?.products === wanted.length && isFresh(readQuotes(test), wanted);
  });
  checkPrices(test);
  const symbols = Map.groupBy(coins, ({ symbol }) => symbol);
  const shared = [...symbols.values()].filter((same) => same.length > 1).map((same) => same.length);
  const tiny = readQuotes(test).filter(({ amount }) => Number(amount) < 1e-4);
  say(
    `${wanted.length} coins and ${sets.length} sets in and refreshed; symbols that several share: ${shared.length}`,
  );
  say(`the smallest prices: ${tiny.map(({ product_id, amount }) => `${product_id} ${amount}`).join(", ")}`);
}

/** Every price in the book is, to the last digit, what was answered for its time. */
function checkPrices({ server, expect }: Pick<Test, "server" | "expect">): void {
  const quotes = readQuotes({ server });
  expect(quotes.length > 0, "there are no prices");
  for (const { product_id: id, amount, at_ms } of quotes) {
    const coin = markets(at_ms).find((one) => one.id === id);
    const answered = priceText(id, coin);
    expect(answered === amount, `${id} is ${amount} in the book, and was answered as ${answered}`);
  }
}

/** As the recording has it written, where there is one. */
function priceText(id: string, coin: Market | undefined): string {
  const recorded = recordedFile === undefined ? "" : readFileSync(recordedFile, "utf8");
  const written = new RegExp(`"id":\\s*"${id}"[^{}]*?"current_price":\\s*([^,]+)`).exec(recorded)?.[1];
  return normalizeAmount(plainDecimal(written ?? JSON.stringify(coin?.["current_price"])));
}

async function survive(test: Test, fault: Fault, reason: RegExp): Promise<void> {
  const { say, expect } = test;
  outside.faults.coingecko = fault;
  const begunAt = Date.now();
  let last: string | undefined;
  const failed = await until(test, `${fault.kind} to be noticed`, async () => {
    const seen = await sourceNamed(test, "coingecko");
    last = seen.lastError?.reason;
    return last !== undefined && reason.test(last) && seen;
  });
  const before = readQuotes(test);
  const stockMs = await useStock(test);
  expect(stockMs < STOCK_LIMIT_MS, `${fault.kind}: a receipt took ${stockMs} ms`);
  const other = await sourceNamed(test, "rebrickable");
  expect(other.state === "ok", `${fault.kind}: the other source is ${other.state}`);
  expect(["degraded", "down"].includes(failed.state), `${fault.kind}: the source is ${failed.state}`);
  expect(
    before.every(({ at_ms }) => at_ms <= begunAt + 1000),
    `${fault.kind}: something of it was stored`,
  );
  say(
    `${fault.kind}: ${failed.state} after ${Date.now() - begunAt} ms ("${failed.lastError?.reason}"); a receipt took ${stockMs} ms`,
  );
}

async function recover(test: Test): Promise<void> {
  delete outside.faults.coingecko;
  const wellAt = Date.now();
  const ids = markets(wellAt).map(({ id }) => id);
  await until(test, "prices after the outage", async () => {
    const { state } = await sourceNamed(test, "coingecko");
    return state === "ok" && isFresh(readQuotes(test), ids, wellAt - 5000);
  });
  const backMs = Date.now() - wellAt;
  test.expect(backMs < BACK_TIMEOUT_MS, `prices were back after ${backMs} ms only`);
  checkPrices(test);
  test.say(`well again: all prices are new ${backMs} ms later`);
}

/** 429 with `Retry-After`, and a crash while it is waited for. */
async function leaveAlone(test: Test): Promise<void> {
  const { server, say, expect } = test;
  outside.faults.rebrickable = { kind: "rate limit", retryAfter: String(RETRY_AFTER_SECONDS) };
  const calls = () => outside.requests.filter((request) => request.source === "rebrickable");
  const before = calls().length;
  await until(test, "a call that is answered 429", () => calls().length > before);
  const refusedAt = calls()[before]?.atMs ?? 0;
  await until(
    test,
    "the 429 to be noticed",
    async () => (await sourceNamed(test, "rebrickable")).state === "degraded",
  );
  delete outside.faults.rebrickable;
  await server.kill9();
  await server.restart();
  // A restart runs no request of its own: the object's alarm is enough.
  await until(test, "the next call", () => calls().length > before + 1);
  const waitedMs = (calls()[before + 1]?.atMs ?? 0) - refusedAt;
  const leastMs = RETRY_AFTER_SECONDS * 1000;
  expect(
    waitedMs >= leastMs && waitedMs < leastMs + 4000,
    `after 429 it waited ${waitedMs} ms, not ${leastMs}`,
  );
  await until(
    test,
    "the sets' source to be well",
    async () => (await sourceNamed(test, "rebrickable")).state === "ok",
  );
  expect((await sourceNamed(test, "coingecko")).state === "ok", "the other source was not well");
  say(`429, killed, restarted: asked again after ${waitedMs} ms`);
}

function importIds({ api }: Test, name: SourceName, externalIds: string[]): Promise<Import> {
  return api.read(importAnswer, `POST /v1/admin/sources/${name}/import`, { body: { externalIds } });
}

async function sourceNamed({ api }: Test, name: SourceName): Promise<Source> {
  const { items } = await api.read(z.object({ items: z.array(source) }), "GET /v1/admin/sources");
  const found = items.find((one) => one.name === name);
  if (!found) throw new Error(`there is no source ${name}`);
  return found;
}

/** How long a receipt took. */
async function useStock({ api }: Test): Promise<number> {
  const productId = markets(Date.now())[0]?.id;
  const begunAt = performance.now();
  await api.call(`POST /v1/inventory/${productId}/adjust`, {
    body: { delta: 1, type: "receipt", reason: "test" },
  });
  return Math.round(performance.now() - begunAt);
}

function readQuotes({ server }: Pick<Test, "server">): z.infer<typeof quoteRow>[] {
  using book = openBook(server.state);
  return z
    .array(quoteRow)
    .parse(book.prepare("SELECT product_id, amount, at_ms FROM quotes ORDER BY amount").all());
}

function isFresh(quotes: z.infer<typeof quoteRow>[], ids: string[], sinceMs = 0): boolean {
  return quotes.length === ids.length && quotes.every(({ at_ms }) => at_ms >= sinceMs);
}

/** Answers what was seen, once it is not false. */
async function until<T>(
  { signal }: Test,
  what: string,
  look: () => T | false | Promise<T | false>,
): Promise<T> {
  const giveUpAt = Date.now() + FAULT_TIMEOUT_MS;
  for (;;) {
    const seen = await look();
    if (seen !== false) return seen;
    if (Date.now() > giveUpAt) throw new Error(`not in time: ${what}`);
    await sleep(100, undefined, { signal });
  }
}
