/** Where the book begins and ends, and its events from an offset on. */
import { and, asc, gte, lt, sql, type SQL } from "drizzle-orm";
import type { Book, readPrimary } from "./book";
import { events } from "./schema";

/** Each alone reads one row; both aggregates in one SELECT would read the whole log. null: the book is empty. */
const oldestOffset = sql<number | null>`(SELECT min(${events.offset}) FROM ${events})`;
const newestOffset = sql<number | null>`(SELECT max(${events.offset}) FROM ${events})`;

interface Ends {
  oldest: number | null;
  newest: number | null;
}

/** To be sent alone or in a batch with what is read beside it. */
export function readEnds(book: Book) {
  return book.all<Ends>(sql`SELECT ${oldestOffset} AS oldest, ${newestOffset} AS newest`);
}

const columns = {
  offset: events.offset,
  productId: events.productId,
  type: events.type,
  /** The event as JSON, without its offset. */
  body: events.body,
};

interface StretchQuery {
  offset: number;
  limit: number;
  matches: SQL | undefined;
  /** Offsets that are looked through for what matches. */
  window: number;
}

/** The book's ends, and events in offset order. What matches is looked for as far as `past`. */
export async function readStretch(
  binding: D1Database,
  read: typeof readPrimary,
  { offset, limit, matches, window }: StretchQuery,
) {
  // Behind what the log has left out, if the offset stands there.
  const first = sql`(SELECT min(${events.offset}) FROM ${events} WHERE ${gte(events.offset, offset)})`;
  const inWindow = matches && lt(events.offset, sql`${first} + ${window}`);
  const [[ends], rows] = await read(binding, (book) =>
    book.batch([
      book
        .select({ oldest: oldestOffset, newest: newestOffset, first: sql<number | null>`${first}` })
        .from(sql`(SELECT 1)`),
      book
        .select(columns)
        .from(events)
        .where(and(gte(events.offset, first), inWindow, matches))
        .orderBy(asc(events.offset))
        .limit(limit),
    ]),
  );
  const { oldest = null, newest = null } = ends ?? {};
  return { oldest, newest, rows, past: (ends?.first ?? offset) + window };
}
