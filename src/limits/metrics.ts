/** Metrics: what an isolate has counted is sent to the Meter so much later, and what failed again after a wait. */
export const METER_FLUSH_MS = 1000;
export const METER_CALL_TIMEOUT_MS = 10_000;
export const METER_BACKOFF = { minMs: 2000, maxMs: 60_000, spread: [0.75, 1.25] } as const;
/** A flush that has not ended by then ended with the request that began it. */
export const METER_FLUSH_LOST_MS = 30_000;
/** Series (an instrument with values of its labels) that an isolate, or the Meter, counts; what is beyond is counted as dropped. */
export const MAX_SERIES = 5000;
export const MAX_LABEL_CHARS = 120;
/** The Meter gathers flushes for so long, then writes them and answers them. */
export const METER_WRITE_MS = 2000;
/** Isolates whose last flush is remembered, so that it counts once, and for how long. */
export const MAX_REPORTERS = 5000;
export const REPORTER_KEPT_MS = 24 * 3_600_000;
/** What somebody has measured is shown for so long. Hubs measure again sooner, and so does the minute job. */
export const GAUGE_KEPT_MS = 400_000;
export const HUB_GAUGE_SPACING_MS = 5000;
/** The Meter reads the book so long after somebody has done something, and so many events at a time. */
export const METER_BOOK_GATHER_MS = 5000;
export const METER_BOOK_EVENTS = 5000;
/** `/metrics` waits so long for events of the last moments to be counted. */
export const METER_BOOK_WAIT_MS = 2000;
export const OTLP_TIMEOUT_MS = 10_000;
