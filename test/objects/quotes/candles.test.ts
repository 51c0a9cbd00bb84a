/** A day of prices and its history, against a direct computation over all of them. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { NewQuote } from "../../../src/domain/quote";
import { normalizeAmount } from "../../../src/domain/money";
import { MAX_QUOTES_PER_CALL, PRICE_GRAINS } from "../../../src/limits/quotes";
import { prunePrices } from "../../../src/jobs/prices";
import { bookProduct, points, quote, record, resultsOf } from "./recorded";

const DAY_MS = 24 * 3_600_000;
/** 00:00 UTC. */
const MIDNIGHT = Date.UTC(2026, 10, 20);

/** The same numbers at every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  return items
    .map((item) => ({ item, place: next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** A day's prices of two sources, every few minutes, some in the same second, far below a millionth and above it. */
function dayOf(productId: string, next: () => number): NewQuote[] {
  const quotes: NewQuote[] = [];
  for (let at = MIDNIGHT; at < MIDNIGHT + DAY_MS; at += Math.floor(next() * 300_000)) {
    const digits = 1 + Math.floor(next() * 999_999);
    const amount = next() < 0.5 ? `0.00000000${digits}` : `${digits}.${Math.floor(next() * 100)}`;
    const source = next() < 0.7 ? "feed" : "other";
    quotes.push(quote(productId, at, { amount, source }));
    if (next() < 0.2) quotes.push(quote(productId, at + 1, { amount: "7.5", source }));
  }
  return quotes;
}

/** Straight from the prices, in their order of time. */
function candles(quotes: readonly NewQuote[], grainMs: number) {
  const inOrder = quotes.toSorted((a, b) => a.atMs - b.atMs);
  const groups = Map.groupBy(inOrder, (one) => `${Math.floor(one.atMs / grainMs)} ${one.source}`);
  return [...groups.values()]
    .map((group) => {
      const amounts = group.map((one) => normalizeAmount(one.amount));
      const sorted = amounts.toSorted((a, b) => Number(a) - Number(b));
      const [first] = group;
      return {
        grain_ms: grainMs,
        start_ms: Math.floor((first?.atMs ?? 0) / grainMs) * grainMs,
        source: first?.source,
        currency: "USD",
        open: amounts[0],
        high: sorted.at(-1),
        low: sorted[0],
        close: amounts.at(-1),
        open_at_ms: first?.atMs,
        close_at_ms: group.at(-1)?.atMs,
      };
    })
    .toSorted((a, b) => a.start_ms - b.start_ms || ((a.source ?? "") < (b.source ?? "") ? -1 : 1));
}

async function recordAll(quotes: readonly NewQuote[]): Promise<void> {
  for (let at = 0; at < quotes.length; at += MAX_QUOTES_PER_CALL) {
    await record(quotes.slice(at, at + MAX_QUOTES_PER_CALL));
  }
}

describe("a day of prices", () => {
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["as they came", (quotes: NewQuote[]) => quotes],
    ["backwards", (quotes: NewQuote[]) => quotes.toReversed()],
    [
      "in any order, every third twice",
      (quotes: NewQuote[]) => {
        return shuffled([...quotes, ...quotes.filter((_, index) => index % 3 === 0)], numbers(5));
      },
    ],
  ])("%s, gives the candles of a direct computation", async (_, arranged) => {
    vi.useFakeTimers({ toFake: ["Date"], now: MIDNIGHT + DAY_MS });
    const productId = await bookProduct();
    const quotes = dayOf(productId, numbers(11));
    expect(quotes.length).toBeGreaterThan(500);
    await recordAll(arranged(quotes));
    const kept = await points(productId);
    const wanted = Object.values(PRICE_GRAINS).flatMap(({ grainMs }) => candles(quotes, grainMs));
    expect(kept).toEqual(wanted);
  });

  it("recorded one after the other as the clock goes on, is the same", async () => {
    const productId = await bookProduct();
    const quotes = dayOf(productId, numbers(23)).slice(0, 120);
    vi.useFakeTimers({ toFake: ["Date"], now: MIDNIGHT });
    for (const one of quotes) {
      vi.setSystemTime(one.atMs);
      expect(await resultsOf([one])).toEqual(["recorded"]);
    }
    const hours = (await points(productId)).filter((row) => row.grain_ms === PRICE_GRAINS.hour.grainMs);
    expect(hours).toMatchObject(candles(quotes, PRICE_GRAINS.hour.grainMs));
  });
});

describe("what a product's history takes", () => {
  afterEach(() => void vi.useRealTimers());

  const counts = async (productId: string) => {
    const rows = await points(productId);
    return Object.values(PRICE_GRAINS).map(
      ({ grainMs }) => rows.filter((row) => row.grain_ms === grainMs).length,
    );
  };

  it("stays within the published limits however long it goes on, and goes by itself when no more prices come", async () => {
    const productId = await bookProduct();
    vi.useFakeTimers({ toFake: ["Date"], now: MIDNIGHT });
    // Twice a day for half a year, then a price a year.
    for (let day = 0; day < 182; day += 1) {
      vi.setSystemTime(MIDNIGHT + (day + 1) * DAY_MS);
      const at = MIDNIGHT + day * DAY_MS;
      await record([quote(productId, at + 60_000), quote(productId, at + 12 * 3_600_000)]);
    }
    const [raw = 0, hours = 0, days = 0] = await counts(productId);
    expect(raw).toBeLessThanOrEqual(6);
    expect(hours).toBeLessThanOrEqual(2 * 57);
    expect(hours).toBeGreaterThanOrEqual(2 * 55);
    expect(days).toBe(182);
    const end = MIDNIGHT + 182 * DAY_MS;
    expect(await prunePrices(env, end + 3 * DAY_MS)).toBeGreaterThan(0);
    expect((await counts(productId))[0]).toBe(0);
    await prunePrices(env, end + PRICE_GRAINS.hour.keptMs + DAY_MS);
    expect(await counts(productId)).toEqual([0, 0, 182]);
    await prunePrices(env, end + PRICE_GRAINS.day.keptMs + DAY_MS);
    expect(await counts(productId)).toEqual([0, 0, 0]);
  });

  it("a price goes only into the grains that still keep its time", async () => {
    const productId = await bookProduct();
    vi.useFakeTimers({ toFake: ["Date"], now: MIDNIGHT });
    const { raw, hour, day } = PRICE_GRAINS;
    expect(
      await resultsOf([
        quote(productId, MIDNIGHT - day.keptMs - 1),
        quote(productId, MIDNIGHT - day.keptMs),
        quote(productId, MIDNIGHT - hour.keptMs),
        quote(productId, MIDNIGHT - raw.keptMs),
      ]),
    ).toEqual(["too_old", "recorded", "recorded", "recorded"]);
    expect(await counts(productId)).toEqual([1, 2, 3]);
    expect(await resultsOf([quote(productId, MIDNIGHT - day.keptMs)]), "and is known there").toEqual([
      "duplicate",
    ]);
  });

  it("drops no more than a step at a time, and the rest later", async () => {
    const productId = await bookProduct();
    await env.BOOK.prepare(
      `INSERT INTO price_points WITH RECURSIVE n (v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM n WHERE v < 11999)
       SELECT ?1, 1000, v * 1000, 'feed', 'USD', '1.00', '1.00', '1.00', '1.00', v * 1000, v * 1000 FROM n`,
    )
      .bind(productId)
      .run();
    await record([quote(productId, Date.now())]);
    expect((await counts(productId))[0]).toBe(7001);
    await record([quote(productId, Date.now() + 1000)]);
    expect((await counts(productId))[0]).toBe(2002);
    expect(await prunePrices(env, Date.now())).toBeGreaterThanOrEqual(2000);
    expect((await counts(productId))[0]).toBe(2);
  });
});
