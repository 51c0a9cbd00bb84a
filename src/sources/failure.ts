/** What can go wrong on the way to a source, as data that retries, the breaker and the schedule decide by. */

export type FailureKind =
  /** It says when to come back, or only that this was too much. */
  | "rate_limited"
  /** No answer, a connection that broke, a status of 500 and above. */
  | "unavailable"
  | "timed_out"
  /** It answered, and nothing can be made of it. */
  | "bad_answer"
  /** The key. */
  | "key_refused"
  | "not_found";

/** The message is for people, and names neither the key nor the address. */
export class SourceFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    /** How long it asks to be left alone; 0: it does not say. */
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

/** When to come back: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), bounded; 0 without one that can be read. */
export function retryAfterMs(header: string | null, nowMs: number, mostMs: number): number {
  if (header === null) return 0;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), mostMs);
}
