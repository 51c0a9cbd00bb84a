/** Managed keys that work at the same time: each isolate has all of them in memory. Others are forgotten after so long. */
export const MAX_LIVE_KEYS = 1000;
export const KEYS_LISTED_MS = 90 * 24 * 3_600_000;
/** `maxMs` is how soon a revocation, an expiry or a rotation is known everywhere; `keptMs`: while the book cannot be read. */
export const KEYS_AGE = { refreshMs: 15_000, maxMs: 30_000, keptMs: 3_600_000 } as const;
/** After a reading a key that is not among them is unknown for `unknownMs`: guessing does not cost a query each. */
export const KEYS_READ = { unknownMs: 2000, timeoutMs: 2000, retryMs: 1000, pollMs: 5, atOnce: 2 } as const;
/** That a key is used is written this often. */
export const KEY_USE_SPACING_MS = 600_000;
/** An isolate has the holds of a storefront's key counted this often; a count older than `staleMs` refuses nobody. */
export const HOLDS_COUNT = { spacingMs: 10_000, staleMs: 60_000, maxKeys: 2000 } as const;
