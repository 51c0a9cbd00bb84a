/**
 * What the book's events come to, from its beginning up to an offset. The counts and the offset are one value, kept as one row:
 * an event is counted once, whenever this ends, and however often its batch was sent.
 */
import * as z from "zod";
import type { EventSums } from "../../d1/event-sums";
import { bucketsOf } from "../../telemetry/instruments";
import { distribution, emptyDistribution, keyOf, observeIn, type Measurements } from "../../telemetry/series";

export const bookCounts = z.object({
  /** The last that is counted. */
  offset: z.int(),
  newest: z.int(),
  totals: z.record(z.string(), z.number()),
  expiryLag: distribution,
});
export type BookCounts = z.output<typeof bookCounts>;

const LAG_BUCKETS = bucketsOf("holdfast_expiry_lag_seconds") ?? [];

export const NOTHING_COUNTED: BookCounts = {
  offset: 0,
  newest: 0,
  totals: {},
  expiryLag: emptyDistribution(LAG_BUCKETS),
};

export function withEvents(
  counts: BookCounts,
  { sums, expiryLagsMs, offset, newest }: EventSums,
): BookCounts {
  const totals = { ...counts.totals };
  const add = (key: string, by: number) => {
    if (by !== 0) totals[key] = (totals[key] ?? 0) + by;
  };
  for (const { type, outcome, movement, events, units, moved } of sums) {
    add(keyOf("holdfast_events_total", { type }), events);
    if (outcome !== null) {
      add(keyOf("holdfast_reservations_total", { outcome }), events);
      add(keyOf("holdfast_reservation_units_total", { outcome }), units);
    }
    if (movement !== null) add(keyOf("holdfast_stock_moved_units_total", { movement }), moved);
  }
  const expiryLag = { ...counts.expiryLag, counts: [...counts.expiryLag.counts] };
  for (const ms of expiryLagsMs) observeIn(expiryLag, LAG_BUCKETS, Math.max(0, ms) / 1000);
  return { offset, newest, totals, expiryLag };
}

export function measuredInBook({ offset, newest, totals, expiryLag }: BookCounts): Measurements {
  return {
    numbers: {
      ...totals,
      [keyOf("holdfast_book_counted_offset", {})]: offset,
      [keyOf("holdfast_book_newest_offset", {})]: newest,
    },
    distributions: { [keyOf("holdfast_expiry_lag_seconds", {})]: expiryLag },
  };
}
