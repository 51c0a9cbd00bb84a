/** What bounds the calls of sources outside. */

/** Of one answer of a source outside: from the first byte out to the last one in, and its length. */
export const SOURCE_FETCH_TIMEOUT_MS = 10_000;
export const MAX_SOURCE_BYTES = 5 * 1024 * 1024;
/** A source that asks to be left alone for longer is asked again after this. */
export const MAX_SOURCE_RETRY_AFTER_MS = 24 * 3_600_000;
/** At once, after a short pause; then the alarm does it, ever more seldom, but never more seldom than refreshes are due. */
export const SOURCE_RETRIES = 2;
export const SOURCE_RETRY_PAUSE = { initialDelay: 200, maxDelay: 1000 } as const;
export const SOURCE_BACKOFF = { minMs: 2000, maxMs: 300_000, spread: [0.75, 1.25] } as const;
/** After so many calls in a row that failed, tries and all, a source is left alone this long, or for one refresh at most. */
export const SOURCE_BREAKER_FAILURES = 3;
export const SOURCE_BREAKER_OPEN_MS = 30_000;
/** CoinGecko's free plan takes 30 calls a minute, and answers with 250 coins at most. */
export const COINGECKO_SPACING_MS = 2500;
export const COINGECKO_IDS_PER_CALL = 250;
/** Rebrickable takes one call a second, and a call is one set. */
export const REBRICKABLE_SPACING_MS = 1000;
export const REBRICKABLE_IDS_PER_CALL = 10;
export const REBRICKABLE_IDS_PER_IMPORT = 20;
export const THEMES_KEPT_MS = 24 * 3_600_000;
/** More products than this are found in the source's list of everything, where it has one. */
export const SOURCE_LISTED_FROM = 50;
/** What a catalog says of a product changes seldom, and each change is an event: prices are refreshed more often. */
export const SOURCE_CATALOG_MS = 24 * 3_600_000;
/** Products that a source's object speaks to at a time, and how long each may take. */
export const SOURCE_CONCURRENCY = 16;
export const SOURCE_PRODUCT_TIMEOUT_MS = 15_000;
/** A step of a refresh asks no more products once so many could not be reached: each may take that time. */
export const SOURCE_MAX_FAILED_EDITS = 50;
export const SOURCE_CALL_TIMEOUT_MS = 10_000;
/** Somebody waits for an import: twenty calls of the slowest source. */
export const SOURCE_IMPORT_TIMEOUT_MS = 40_000;
