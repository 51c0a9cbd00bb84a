import { describe, expect, it } from "vitest";
import { finestInterval, priceSpan, startOf } from "../../src/domain/price-history";
import { isNewer, quoteMessage, quoteView, staleAfterMs, type Quote } from "../../src/domain/quote";
import { decideQuotes, priceOf, type Price } from "../../src/domain/record-quotes";
import { PRICE_GRAINS, QUOTE_AHEAD_MS, QUOTE_STALE_MS } from "../../src/limits/quotes";

const NOW = Date.UTC(2026, 10, 21, 12, 34, 56, 789);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function quote(more: Partial<Quote> = {}): Quote {
  const details = { change24hPercent: null, marketCap: null, volume24h: null };
  return { amount: "1.50", currency: "USD", source: "feed", atMs: NOW, ...details, ...more };
}

describe("a quote as clients get it", () => {
  it.each([
    ["feed", QUOTE_STALE_MS],
    ["coingecko", 15 * MINUTE_MS],
    ["rebrickable", 3 * DAY_MS],
    ["constructor", QUOTE_STALE_MS],
  ])("of %s is stale after %d ms, and not before", (source, ms) => {
    expect(staleAfterMs(source)).toBe(ms);
    expect(quoteView(quote({ source }), NOW + ms).stale).toBe(false);
    expect(quoteView(quote({ source }), NOW + ms + 1).stale).toBe(true);
  });

  it("says how old it is; one a moment ahead of the clock is of now", () => {
    expect(quoteView(quote(), NOW + 41_999)).toMatchObject({
      ageSeconds: 41,
      at: "2026-11-21T12:34:56.789Z",
    });
    expect(quoteView(quote(), NOW - 3000)).toMatchObject({ ageSeconds: 0, stale: false });
  });

  it("is a message for listeners", () => {
    const update = { productId: "p", amount: "1.50", currency: "USD", source: "feed", atMs: NOW };
    expect(quoteMessage(update)).toEqual({
      type: "quote",
      productId: "p",
      source: "feed",
      at: "2026-11-21T12:34:56.789Z",
      price: {
        amount: "1.50",
        currency: "USD",
      },
    });
  });
});

describe("which of two prices is newer", () => {
  it.each([
    ["the later", { atMs: NOW + 1, amount: "1.00" }, { amount: "9.00" }],
    ["of a moment the higher", { amount: "10.00" }, { amount: "9.00" }],
    ["by all of its places", { amount: "0.000000002" }, { amount: "0.0000000019999999999999999" }],
    [
      "which numbers could not tell",
      { amount: "123456789012345.000000000000000002" },
      { amount: "123456789012345.000000000000000001" },
    ],
    ["then by source", { source: "z" }, { source: "a" }],
    ["then by currency", { currency: "USD" }, { currency: "EUR" }],
  ])("%s", (_, newer, older) => {
    expect(isNewer(quote(newer), quote(older))).toBe(true);
    expect(isNewer(quote(older), quote(newer))).toBe(false);
  });

  it("neither of two that are the same", () => {
    expect(isNewer(quote(), quote())).toBe(false);
  });
});

describe("a price that is handed in", () => {
  const given = { productId: "p", amount: "1.5e-7", currency: "USD", source: "feed", atMs: NOW };

  it("has its amount with all its places, and its grain", () => {
    expect(priceOf(given, NOW)).toEqual({
      ...given,
      amount: "0.00000015",
      finest: "raw",
      change24hPercent: null,
      marketCap: null,
      volume24h: null,
    });
    expect(priceOf({ ...given, amount: "1.2345678901234567e-8", marketCap: "9" }, NOW)).toMatchObject({
      amount: "0.000000012345678901234567",
      marketCap: "9",
    });
  });

  it.each([
    ["future", { atMs: NOW + QUOTE_AHEAD_MS + 1 }],
    ["too_old", { atMs: NOW - PRICE_GRAINS.day.keptMs - 1 }],
    ["not_a_price", { amount: "-1" }],
    ["not_a_price", { amount: "" }],
    ["not_a_price", { amount: "1e40" }],
    ["not_a_price", { amount: "NaN" }],
    ["not_a_price", { atMs: Number.NaN }],
    ["not_a_price", { atMs: 1.5 }],
  ])("is refused as %s: %o", (code, more) => {
    expect(priceOf({ ...given, ...more }, NOW)).toBe(code);
  });

  it.each([
    ["raw", QUOTE_AHEAD_MS],
    ["raw", -PRICE_GRAINS.raw.keptMs],
    ["hour", -PRICE_GRAINS.raw.keptMs - 1],
    ["hour", -PRICE_GRAINS.hour.keptMs],
    ["day", -PRICE_GRAINS.hour.keptMs - 1],
    ["day", -PRICE_GRAINS.day.keptMs],
  ])("is kept by %s and coarser, %d ms from now", (interval, ms) => {
    expect(finestInterval(NOW + ms, NOW)).toBe(interval);
    expect(priceOf({ ...given, atMs: NOW + ms }, NOW)).toMatchObject({ finest: interval });
  });
});

describe("deciding about prices", () => {
  function price(productId: string, atMs: number, amount = "1.00"): { productId: string; price: Price } {
    return { productId, price: { ...quote({ atMs, amount }), productId, finest: "raw" } };
  }

  it("goes by what there was and by what came before in the same batch", () => {
    const known = price("p", NOW - 5);
    const asked = [
      price("p", NOW - 10),
      price("p", NOW - 10),
      price("p", NOW, "2.00"),
      price("p", NOW - 1),
      known,
      price("new", NOW - 100),
      price("nobody", NOW),
      { productId: "p", price: "future" as const },
    ];
    const facts = {
      newestByProduct: new Map([
        ["p", quote({ atMs: NOW - 20 })],
        ["new", null],
      ]),
      known: new Set([known.price]),
    };
    const { results, prices, newest } = decideQuotes(asked, facts);
    expect(results.map((one) => ("code" in one ? one.code : one.result))).toEqual([
      "recorded",
      "duplicate",
      "recorded",
      "late",
      "duplicate",
      "recorded",
      "product_not_found",
      "future",
    ]);
    expect(prices).toHaveLength(4);
    expect([...newest].map(([id, { atMs }]) => [id, atMs])).toEqual([
      ["p", NOW],
      ["new", NOW - 100],
    ]);
  });
});

describe("what is shown of a history", () => {
  it.each([
    ["six hours", { from: NOW - 6 * HOUR_MS }, "raw"],
    ["a month", { from: NOW - 31 * DAY_MS }, "hour"],
    ["longer", { from: NOW - 32 * DAY_MS }, "day"],
    [
      "an hour of last week: seconds are no longer kept",
      { from: NOW - 7 * DAY_MS, to: NOW - 7 * DAY_MS + HOUR_MS },
      "hour",
    ],
    ["an hour of last year", { from: NOW - 300 * DAY_MS, to: NOW - 300 * DAY_MS + HOUR_MS }, "day"],
    ["an hour of before there was anything", { from: 0, to: HOUR_MS }, "day"],
    ["nothing said", {}, "hour"],
    ["what is asked for", { from: NOW - HOUR_MS, interval: "day" as const }, "day"],
  ])("of %s", (_, asked, interval) => {
    expect(priceSpan(asked, NOW).interval).toBe(interval);
  });

  it("begins with the stretch that its beginning is in, and with none that is past its age", () => {
    expect(priceSpan({ from: NOW - 10 * DAY_MS }, NOW).fromMs).toBe(startOf(NOW - 10 * DAY_MS, "hour"));
    expect(priceSpan({ interval: "raw" }, NOW).fromMs).toBe(startOf(NOW - 6 * HOUR_MS, "raw"));
    const old = priceSpan({ from: NOW - 100 * DAY_MS, interval: "raw" }, NOW);
    expect(old.fromMs).toBe(startOf(NOW - PRICE_GRAINS.raw.keptMs, "raw"));
    expect(priceSpan({ to: NOW }, NOW).toMs).toBe(NOW);
  });
});
