/** Sums for reports: of each product by hour and by day (UTC), and for how long they are kept. */
export const REPORT_GRAINS = {
  hour: { grainMs: 3_600_000, keptMs: 90 * 24 * 3_600_000 },
  day: { grainMs: 24 * 3_600_000, keptMs: 3 * 365 * 24 * 3_600_000 },
} as const;
/** Events that are added up in one transaction of the book, and how many of those a run, or a request for a report, makes. */
export const REPORT_STEP_EVENTS = 2000;
export const REPORT_MAX_STEPS = 50;
/** The minute job adds fewer events than a step only this often: each time costs a row per product, and a report adds them itself. */
export const REPORT_RUN_MINUTES = 15;
export const REPORT_MAX_STEPS_PER_REQUEST = 3;
/** The minute job drops old sums in steps. */
export const REPORT_PRUNE_STEP_ROWS = 2000;
export const REPORT_PRUNE_MAX_STEPS = 20;
/** A page of a product's series. */
export const DEFAULT_SERIES_PAGE = 500;
export const MAX_SERIES_PAGE = 1000;
/** Names (products refused, words searched for) that are counted in an hour and in a day; of more, the heaviest. */
export const MAX_DEMAND_NAMES = 1000;
/** Words of a search as they are counted; a longer search is not. Shown are those asked for at least so often. */
export const MAX_SEARCH_CHARS_COUNTED = 64;
export const MIN_SEARCHES_SHOWN = 2;
/** How long refusals and searches are kept by hour and by day. */
export const DEMAND_GRAINS = {
  hour: { grainMs: 3_600_000, keptMs: 2 * 24 * 3_600_000 },
  day: { grainMs: 24 * 3_600_000, keptMs: 92 * 24 * 3_600_000 },
} as const;
/** A Worker adds them up for so long, so many names of each kind, and sends them on. */
export const DEMAND_FLUSH_MS = 1000;
export const MAX_DEMAND_NAMES_PER_FLUSH = 500;
export const DEMAND_CALL_TIMEOUT_MS = 5000;
/** The demand object writes what it has been sent this much later; a crash loses what came since. */
export const DEMAND_WRITE_MS = 5000;
