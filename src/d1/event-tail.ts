/** The book as its followers read it: from the primary, so that whoever was told that it has grown also sees it. */
import { asc, gte } from "drizzle-orm";
import type { EventType } from "../domain/event";
import { bounded, primaryBook } from "./book";
import { readEnds } from "./book-ends";
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

/** Throws `BookUnavailable`. */
export async function readTail(binding: D1Database, fromOffset: number, limit: number): Promise<Tail> {
  const book = primaryBook(binding);
  const [[ends], rows] = await bounded(
    book.batch([
      readEnds(book),
      book
        .select({ offset: events.offset, productId: events.productId, type: events.type, body: events.body })
        .from(events)
        .where(gte(events.offset, fromOffset))
        .orderBy(asc(events.offset))
        .limit(limit),
    ]),
  );
  return { oldest: ends?.oldest ?? null, newest: ends?.newest ?? null, rows: rows as TailEvent[] };
}

/** An event as clients get it: its offset, then what it says. */
export function eventJson({ offset, body }: Pick<TailEvent, "offset" | "body">): string {
  return `{"offset":${offset},${body.slice(1)}`;
}
