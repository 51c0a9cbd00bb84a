/**
 * The book itself: events by offset. A type is looked for in a bounded stretch of offsets (of one product: of versions), and
 * the next page goes on after it.
 */
import { and, asc, eq, gte, lt, sql, type SQL } from "drizzle-orm";
import type { EventType } from "../domain/event";
import { NEAR_END_EVENTS, SCAN_WINDOW_EVENTS } from "../limits";
import { bounded, replicatedBook } from "./book";
import { newestOffset, oldestOffset, readEnds } from "./book-ends";
import { events } from "./schema";

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
  rows: EventRow[];
  /** The first offset that was not looked at, where these are not more than asked for; undefined: the end was reached. */
  resumeAt: number | undefined;
}

interface EventRow {
  offset: number;
  body: string;
}

export async function readEvents(binding: D1Database, query: EventQuery): Promise<EventPage> {
  const { productId } = query;
  return productId === undefined ? readLog(binding, query) : readOfProduct(binding, { ...query, productId });
}

/** Past every offset and version. */
const NONE = Number.MAX_SAFE_INTEGER - SCAN_WINDOW_EVENTS;

const columns = { offset: events.offset, body: events.body };

async function readLog(binding: D1Database, { offset = 0, type, limit }: EventQuery): Promise<EventPage> {
  const book = replicatedBook(binding);
  const first = sql`max(${offset}, ${oldestOffset})`;
  const window =
    type === undefined
      ? undefined
      : and(lt(events.offset, sql`${first} + ${SCAN_WINDOW_EVENTS}`), eq(events.type, type));
  const [[ends], rows] = await bounded(
    binding,
    book.batch([
      readEnds(book),
      book
        .select(columns)
        .from(events)
        .where(and(gte(events.offset, first), window))
        .orderBy(asc(events.offset))
        .limit(limit + 1),
    ]),
  );
  const { oldest = null, newest = null } = ends ?? {};
  const past = Math.max(offset, oldest ?? 0) + SCAN_WINDOW_EVENTS;
  const resumeAt = type !== undefined && newest !== null && past <= newest ? past : undefined;
  return { oldest, newest, rows, resumeAt };
}

/**
 * Versions rise with offsets, so the first one wanted is found by halving. Only an event that the book would not take at first
 * comes after later versions: whoever follows the product near the end of the book is given that one as well, since there the
 * log itself is searched.
 */
async function readOfProduct(
  binding: D1Database,
  { productId, offset, type, limit }: EventQuery & { productId: string },
): Promise<EventPage> {
  const book = replicatedBook(binding);
  const wanted = and(
    offset === undefined ? undefined : gte(events.offset, offset),
    type === undefined ? undefined : eq(events.type, type),
  );
  const isNear = offset === undefined ? sql`0` : sql`${offset} > ${newestOffset} - ${NEAR_END_EVENTS}`;
  // Bounds are computed once, other conditions for every row: so the one of the two that is not wanted has an empty range.
  const from = sql`iif(${isNear}, ${offset ?? 0}, ${NONE})`;
  const first = sql`iif(${isNear}, ${NONE}, ${firstVersion(productId, offset)})`;
  const past = sql`${first} + ${SCAN_WINDOW_EVENTS}`;
  const ofVersions = (versions: SQL | undefined) =>
    book
      .select(columns)
      .from(events)
      .where(and(eq(events.productId, productId), versions))
      .orderBy(asc(events.version));
  const [[ends], near, far, [next]] = await bounded(
    binding,
    book.batch([
      readEnds(book),
      book
        .select(columns)
        .from(events)
        // The plus keeps the search on the offsets.
        .where(and(gte(events.offset, from), sql`+${events.productId} = ${productId}`, wanted))
        .orderBy(asc(events.offset))
        .limit(limit + 1),
      ofVersions(and(gte(events.version, first), lt(events.version, past), wanted)).limit(limit + 1),
      ofVersions(gte(events.version, past)).limit(1),
    ]),
  );
  const { oldest = null, newest = null } = ends ?? {};
  return { oldest, newest, rows: [...near, ...far], resumeAt: next?.offset };
}

/** Of the product's events at or after an offset; the oldest kept when that is left out. */
function firstVersion(productId: string, offset: number | undefined): SQL {
  const ofProduct = eq(events.productId, productId);
  const oldest = sql`(SELECT min(${events.version}) FROM ${events} WHERE ${ofProduct})`;
  if (offset === undefined) return oldest;
  const middle = sql`(low + high) / 2`;
  // Versions may be missing: the one at or after the middle is what is looked at.
  const isBefore = sql`(
    SELECT ${events.offset} < ${offset} FROM ${events}
    WHERE ${ofProduct} AND ${events.version} >= ${middle} ORDER BY ${events.version} LIMIT 1)`;
  return sql`(
    WITH RECURSIVE halves (low, high) AS (
      SELECT ${oldest}, (SELECT max(${events.version}) + 1 FROM ${events} WHERE ${ofProduct})
      UNION ALL
      SELECT iif(${isBefore}, ${middle} + 1, low), iif(${isBefore}, high, ${middle}) FROM halves WHERE low < high
    )
    SELECT low FROM halves WHERE low >= high
  )`;
}
