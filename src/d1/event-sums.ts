/** What events come to, of a bounded stretch of the log: for who counts them once and for all. */
import { and, eq, gt, lte, sql } from "drizzle-orm";
import type { EventType } from "../domain/events/event";
import type { ReservationOutcome } from "../telemetry/instruments";
import { readPrimary } from "./book";
import { readEnds } from "./book-ends";
import { events } from "./schema";

export interface EventSum {
  type: EventType;
  /** null: it is about no reservation, or changes none of its units. */
  outcome: ReservationOutcome | null;
  movement: string | null;
  events: number;
  /** Of the reservations. */
  units: number;
  /** Units that came or went, without their sign. */
  moved: number;
}

export interface EventSums {
  sums: EventSum[];
  /** How much later than its hold's expiry each event of one came. */
  expiryLagsMs: number[];
  /** The last that is counted in these: the next ones begin after it. */
  offset: number;
  newest: number;
}

const data = (name: string) => sql`${events.body} ->> ${sql.raw(`'$.data.${name}'`)}`;

/** A hold whose units pass to another one is no release. */
const outcome = sql<ReservationOutcome | null>`CASE ${events.type}
  WHEN 'reservation.held' THEN 'held'
  WHEN 'reservation.confirmed' THEN 'confirmed'
  WHEN 'reservation.released' THEN iif(${data("supersededBy")} IS NULL, 'released', 'superseded')
  WHEN 'reservation.expired' THEN 'expired'
  WHEN 'reservation.returned' THEN 'returned' END`;

const units = sql`CASE ${events.type}
  WHEN 'reservation.held' THEN ${data("quantity")}
  WHEN 'reservation.confirmed' THEN ${data("confirmedQuantity")}
  WHEN 'reservation.released' THEN ${data("releasedQuantity")}
  WHEN 'reservation.expired' THEN ${data("expiredQuantity")}
  WHEN 'reservation.returned' THEN ${data("returnedQuantity")} END`;

const moved = sql`CASE WHEN ${events.movement} IS NOT NULL THEN
  ABS(COALESCE(${data("movement.delta")}, ${data("delta")}, ${data("quantity")})) END`;

const sum = (of: typeof units) => sql<number>`COALESCE(SUM(${of}), 0)`;

const expiresAtMs = sql`CAST(ROUND((julianday(${data("expiresAt")}) - 2440587.5) * 86400000) AS INTEGER)`;

/**
 * Of at most so many offsets after one; those that are no longer kept are passed over. A log that ends before it was restored from
 * a backup: it is gone on from its new end. Throws `BookUnavailable`.
 */
export async function sumEvents(
  binding: D1Database,
  { after, limit }: { after: number; limit: number },
): Promise<EventSums> {
  const oldest = sql`COALESCE((SELECT min(${events.offset}) FROM ${events}), 0)`;
  const first = sql`max(${after}, ${oldest} - 1)`;
  const isWanted = and(gt(events.offset, first), lte(events.offset, sql`${first} + ${limit}`));
  const [[ends], sums, lags] = await readPrimary(binding, (book) =>
    book.batch([
      readEnds(book),
      book
        .select({
          type: events.type,
          outcome: outcome.as("outcome"),
          movement: events.movement,
          events: sql<number>`COUNT(*)`,
          units: sum(units),
          moved: sum(moved),
        })
        .from(events)
        .where(isWanted)
        .groupBy(events.type, sql`outcome`, events.movement),
      book
        .select({ ms: sql<number>`${events.atMs} - ${expiresAtMs}` })
        .from(events)
        .where(and(isWanted, eq(events.type, "reservation.expired"))),
    ]),
  );
  const newest = ends?.newest ?? 0;
  const offset = Math.min(Math.max(after, (ends?.oldest ?? 1) - 1) + limit, newest);
  return { sums, expiryLagsMs: lags.map(({ ms }) => ms), offset, newest };
}
