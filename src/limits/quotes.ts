/** What bounds market prices and their history. */

/** A market price older than this is shown as stale, unless its source is named below. */
export const QUOTE_STALE_MS = 24 * 3_600_000;
export const QUOTE_STALE_MS_BY_SOURCE: ReadonlyMap<string, number> = new Map([
  ["coingecko", 15 * 60_000],
  ["rebrickable", 3 * 24 * 3_600_000],
]);

/**
 * The history of market prices: of each product, source and currency at most one point in a stretch of so long, kept for so
 * long. That is 172,800 points of a second, 1,344 of an hour and 3,653 of a day, and one of each that is just being left.
 */
export const PRICE_GRAINS = {
  raw: { grainMs: 1000, keptMs: 2 * 24 * 3_600_000 },
  hour: { grainMs: 3_600_000, keptMs: 8 * 7 * 24 * 3_600_000 },
  day: { grainMs: 24 * 3_600_000, keptMs: 3653 * 24 * 3_600_000 },
} as const;
/** Clocks differ: a price may be this much ahead of ours. */
export const QUOTE_AHEAD_MS = 5000;
export const MAX_QUOTES_PER_CALL = 500;
/** The quotes object waits this long for neighbours, and takes so many prices into one batch of the book. */
export const QUOTES_GATHER_MS = 20;
export const MAX_QUOTES_PER_BATCH = 1000;
export const MAX_QUOTES_WAITING = 20_000;
/** Points past their age that a batch drops of its own products: more than it may add. */
export const MAX_POINTS_DROPPED_PER_BATCH = 5000;
/** Whoever records prices waits no longer than this. They may be recorded all the same, and are duplicates when sent again. */
export const QUOTES_CALL_TIMEOUT_MS = 25_000;
/** The minute job drops the old points of so many products in turn, in steps. */
export const PRICE_PRUNE_PRODUCTS = 500;
export const PRICE_PRUNE_STEP_POINTS = 5000;
export const PRICE_PRUNE_MAX_STEPS = 20;
/** KV gets a product's newest price at most this often, of so many products in a pass. */
export const QUOTE_KV_SPACING_MS = 30_000;
export const QUOTE_KV_PASS = 200;
export const QUOTE_KV_CONCURRENCY = 6;
/** The alarm that publishes after a crash comes this much after a price was due. */
export const QUOTE_ALARM_MS = 5000;
/** Hubs are sent new prices at most this often, and their listeners those of one product. */
export const QUOTE_HUB_SPACING_MS = 100;
export const QUOTE_SPACING_MS = 1000;
/** Products whose newest price is kept for hubs that do not answer; of more, the newest. */
export const MAX_QUOTES_FOR_HUBS = 20_000;
/** A page of a price history, and what it shows when it is not said from when on. */
export const DEFAULT_PRICE_PAGE = 500;
export const MAX_PRICE_PAGE = 1000;
/** Points of other sources that a page looks at, at most. */
export const SCAN_WINDOW_POINTS = 5000;
/** A span up to this is shown in points of a second, or of an hour. */
export const MAX_RAW_SPAN_MS = 6 * 3_600_000;
export const MAX_HOURLY_SPAN_MS = 31 * 24 * 3_600_000;
