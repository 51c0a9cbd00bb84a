/**
 * The book itself: events by offset. A seldom type has an index; of another, as of a type and a product, a bounded stretch of
 * offsets, or of the product's versions, is looked through, and the next page goes on after it.
 */
import { and, asc, eq, gte, lt, not, sql, type SQL } from "drizzle-orm";
import type { EventType } from "../domain/events/event";
import { SCAN_WINDOW_EVENTS } from "../limits";
import { readReplica, type Book } from "./book";
import { readEnds, readStretch } from "./book-ends";
import { events, lateEvents } from "./schema";
import { seldomEvents } from "./seldom-events";

export interface EventQuery {
  /** The first wanted; the oldest kept when it is left out. */
  offset?: number;
  limit: number;
  productId?: string;
  type?: EventType;
}

export interface EventPage {
  /** Ends of the book; null: it is empty. */
  oldest: number | null;
  newest: number | null;
  /** One more than asked for, if there are more. */
  rows: { offset: number; body: string }[];
  /** The first offset that was not looked at, where these are not more than asked for; undefined: the end was reached. */
  resumeAt: number | undefined;
}

export async function readEvents(binding: D1Database, query: EventQuery): Promise<EventPage> {
  const { productId } = query;
  return productId === undefined ? readLog(binding, query) : readOfProduct(binding, { ...query, productId });
}

const columns = { offset: events.offset, body: events.body };

async function readLog(binding: D1Database, { offset = 0, type, limit }: EventQuery): Promise<EventPage> {
  const seldom = seldomEvents(type);
  if (seldom) return readSeldom(binding, { offset, limit }, seldom);
  const matches = type === undefined ? undefined : eq(events.type, type);
  const wanted = { offset, limit: limit + 1, matches, window: SCAN_WINDOW_EVENTS };
  const { oldest, newest, rows, past } = await readStretch(binding, readReplica, wanted);
  return { oldest, newest, rows, resumeAt: matches && newest !== null && past <= newest ? past : undefined };
}

/** What the index finds is all there is. */
async function readSeldom(
  binding: D1Database,
  { offset, limit }: { offset: number; limit: number },
  ofKind: SQL,
): Promise<EventPage> {
  const [[ends], rows] = await readReplica(binding, (book) =>
    book.batch([
      readEnds(book),
      book
        .select(columns)
        .from(events)
        .where(and(ofKind, gte(events.offset, offset)))
        .orderBy(asc(events.offset))
        .limit(limit + 1),
    ]),
  );
  const { oldest = null, newest = null } = ends ?? {};
  return { oldest, newest, rows, resumeAt: undefined };
}

const isLate = sql`EXISTS (
  SELECT 1 FROM ${lateEvents}
  WHERE ${lateEvents.productId} = ${events.productId} AND ${lateEvents.offset} = ${events.offset})`;

/**
 * Versions rise with offsets, so the first one wanted is found by halving. Those that came late are left out there, and are
 * read by themselves: by offset, as far as the others were looked at.
 */
async function readOfProduct(
  binding: D1Database,
  query: EventQuery & { productId: string },
  first = firstVersion(query.productId, query.offset),
): Promise<EventPage> {
  const { productId, offset = 0, type, limit } = query;
  const ofType = type === undefined ? undefined : eq(events.type, type);
  const past = sql`${first} + ${SCAN_WINDOW_EVENTS}`;
  const ofVersions = (book: Book, versions: SQL | undefined) =>
    book
      .select({ ...columns, version: events.version })
      .from(events)
      .where(and(eq(events.productId, productId), versions, not(isLate)))
      .orderBy(asc(events.version));
  const [[ends], found, [next], late] = await readReplica(binding, (book) =>
    book.batch([
      readEnds(book),
      ofVersions(book, and(gte(events.version, first), lt(events.version, past), ofType)).limit(limit + 1),
      ofVersions(book, gte(events.version, past)).limit(1),
      book
        .select(columns)
        .from(lateEvents)
        // The plus keeps the search on the late ones.
        .innerJoin(
          events,
          and(eq(events.offset, lateEvents.offset), sql`+${events.productId} = ${lateEvents.productId}`),
        )
        .where(and(eq(lateEvents.productId, productId), gte(lateEvents.offset, offset), ofType))
        .orderBy(asc(lateEvents.offset))
        .limit(limit + 1),
    ]),
  );
  // The window has ended in a gap of the product's versions, as a restore leaves one, before the first event that is wanted.
  if (next && next.offset <= offset) return readOfProduct(binding, query, sql`${next.version}`);
  const { oldest = null, newest = null } = ends ?? {};
  const resumeAt = next?.offset;
  const due = late.filter((row) => resumeAt === undefined || row.offset < resumeAt);
  const rows = [...found, ...due].toSorted((a, b) => a.offset - b.offset).slice(0, limit + 1);
  return { oldest, newest, rows, resumeAt };
}

/** Of the product's events at or after an offset, without the late ones; the oldest kept when that is left out. */
function firstVersion(productId: string, offset: number | undefined): SQL {
  const ofProduct = eq(events.productId, productId);
  const oldest = sql`(SELECT min(${events.version}) FROM ${events} WHERE ${ofProduct})`;
  if (offset === undefined) return oldest;
  const half = sql`size / 2`;
  // Versions may be missing or late: the next one counts. The end of the range is known not to be before the offset.
  const isBefore = sql`(
    SELECT ${events.offset} < ${offset} FROM ${events}
    WHERE ${ofProduct} AND ${events.version} >= low + ${half} - 1 AND ${events.version} < low + size - 1
      AND NOT ${isLate}
    ORDER BY ${events.version} LIMIT 1)`;
  return sql`(
    WITH RECURSIVE halves (low, size) AS (
      SELECT ${oldest}, (SELECT max(${events.version}) + 2 FROM ${events} WHERE ${ofProduct}) - ${oldest}
      UNION ALL
      SELECT low + iif(${isBefore}, ${half}, 0), size - ${half} FROM halves WHERE size > 1
    )
    SELECT low FROM halves WHERE size = 1
  )`;
}
