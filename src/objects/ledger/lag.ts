/** How far the book is behind its products, as a ledger sees it. */
import type { BookEntry } from "../../d1/projection";
import { observed } from "../../telemetry/meter-buffer";

export interface LedgerBacklog {
  /** Entries that are not answered. */
  waiting: number;
  /** Senders that could not be served. */
  turnedAway: number;
  /** When the oldest event of these was; infinite: there is none. */
  oldestAt: number;
}

const AT = '"at":"';
const TIMESTAMP_CHARS = "2026-01-01T00:00:00.000Z".length;

const lag = observed("holdfast_book_lag_seconds", {});

/** The first event is the oldest, and its time stands before anything that a caller has written. null: there is none. */
export function oldestEventAt({ events }: BookEntry): number | null {
  const start = events.indexOf(AT);
  if (start === -1) return null;
  const at = Date.parse(events.slice(start + AT.length, start + AT.length + TIMESTAMP_CHARS));
  return Number.isNaN(at) ? null : at;
}

/** These are in the book now. What is sent again is no measure. */
export function observeLag(entries: readonly BookEntry[]): void {
  const now = Date.now();
  for (const entry of entries) {
    const at = entry.again ? null : oldestEventAt(entry);
    if (at !== null) lag.observe(Math.max(0, now - at) / 1000);
  }
}
