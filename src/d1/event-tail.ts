/** The book as its followers read it: from the primary, so that whoever was notified that it has grown also sees it. */
import { and, asc, gte, lt, sql } from "drizzle-orm";
import type { EventType } from "../domain/events/event";
import type { WebhookFilter } from "../domain/webhook";
import { SCAN_WINDOW_EVENTS } from "../limits";
import { bounded, primaryBook } from "./book";
import { oldestOffset, readEnds } from "./book-ends";
import { events } from "./schema";

export interface TailEvent {
  offset: number;
  productId: string;
  type: EventType;
  /** The event as JSON, without its offset. */
  body: string;
}

export interface Tail {
  /** Ends of the book; null: it is empty. */
  oldest: number | null;
  newest: number | null;
  /** In offset order, from the offset asked for, at most the limit. */
  rows: TailEvent[];
}

const columns = {
  offset: events.offset,
  productId: events.productId,
  type: events.type,
  body: events.body,
};

/** Throws `BookUnavailable`. */
export async function readTail(binding: D1Database, fromOffset: number, limit: number): Promise<Tail> {
  const book = primaryBook(binding);
  const [[ends], rows] = await bounded(
    binding,
    book.batch([
      readEnds(book),
      book
        .select(columns)
        .from(events)
        .where(gte(events.offset, fromOffset))
        .orderBy(asc(events.offset))
        .limit(limit),
    ]),
  );
  return { oldest: ends?.oldest ?? null, newest: ends?.newest ?? null, rows };
}

export interface WantedTail extends Tail {
  /** Everything before was looked at. Not past `newest + 1`, so the book may end before the offset asked for. */
  nextOffset: number;
}

/** The events that a filter lets through, of a bounded stretch of offsets. Throws `BookUnavailable`. */
export async function readWanted(
  binding: D1Database,
  from: { offset: number; limit: number },
  { types, productIds }: WebhookFilter,
): Promise<WantedTail> {
  const book = primaryBook(binding);
  const first = sql`max(${from.offset}, ${oldestOffset})`;
  const isOneOf = (names: readonly string[]) =>
    sql`IN (SELECT value FROM json_each(${JSON.stringify(names)}))`;
  const [[ends], rows] = await bounded(
    binding,
    book.batch([
      readEnds(book),
      book
        .select(columns)
        .from(events)
        .where(
          and(
            gte(events.offset, first),
            lt(events.offset, sql`${first} + ${SCAN_WINDOW_EVENTS}`),
            types === null ? undefined : sql`${events.type} ${isOneOf(types)}`,
            // The plus keeps the search on the offsets.
            productIds === null ? undefined : sql`+${events.productId} ${isOneOf(productIds)}`,
          ),
        )
        .orderBy(asc(events.offset))
        .limit(from.limit),
    ]),
  );
  const { oldest = null, newest = null } = ends ?? {};
  const last = rows.length === from.limit ? rows.at(-1) : undefined;
  const past = Math.max(from.offset, oldest ?? 0) + SCAN_WINDOW_EVENTS;
  return { oldest, newest, rows, nextOffset: last ? last.offset + 1 : Math.min(past, (newest ?? 0) + 1) };
}

/** An event as clients get it: its offset, then what it says. */
export function eventJson({ offset, body }: Pick<TailEvent, "offset" | "body">): string {
  return `{"offset":${offset},${body.slice(1)}`;
}

/** Offsets of the first and the last event of the book; null: it is empty. Throws `BookUnavailable`. */
export async function readBookEnds(binding: D1Database) {
  const book = primaryBook(binding);
  const [[ends]] = await bounded(binding, book.batch([readEnds(book)]));
  return { oldest: ends?.oldest ?? null, newest: ends?.newest ?? null };
}
