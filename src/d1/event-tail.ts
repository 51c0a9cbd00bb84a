/** The event log as its followers read it: from the primary, so that whoever was notified that it has grown also sees it. */
import { and, sql } from "drizzle-orm";
import type { WebhookFilter } from "../domain/webhook";
import { FOLLOW_WINDOW_EVENTS } from "../limits";
import { readPrimary } from "./book";
import { readEnds, readStretch } from "./book-ends";
import { events } from "./schema";

export interface LogEvent {
  offset: number;
  productId: string;
  type: string;
  /** The event as JSON, without its offset. */
  body: string;
}

export interface LogQuery {
  /** The first wanted. */
  offset: number;
  limit: number;
  filter: WebhookFilter;
}

export interface LogPage {
  /** Ends of the log; null: it is empty. */
  oldest: number | null;
  newest: number | null;
  /** In offset order, at most the limit. */
  rows: LogEvent[];
  /** Everything before was looked at. Not past `newest + 1`, so the log may end before the offset asked for. */
  nextOffset: number;
}

export const EVERY_EVENT: WebhookFilter = { types: null, productIds: null };

/** The events that a filter lets through, of a bounded stretch of offsets. Throws `BookUnavailable`. */
export async function readLog(binding: D1Database, query: LogQuery): Promise<LogPage> {
  const { offset, limit, filter } = query;
  const matches = and(
    filter.types === null ? undefined : sql`${events.type} ${isOneOf(filter.types)}`,
    // The plus keeps the search on the offsets.
    filter.productIds === null ? undefined : sql`+${events.productId} ${isOneOf(filter.productIds)}`,
  );
  const found = await readStretch(binding, readPrimary, {
    offset,
    limit,
    matches,
    window: FOLLOW_WINDOW_EVENTS,
  });
  const { oldest, newest, rows, past } = found;
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { oldest, newest, rows, nextOffset: last ? last.offset + 1 : Math.min(past, (newest ?? 0) + 1) };
}

function isOneOf(names: readonly string[]) {
  return sql`IN (SELECT value FROM json_each(${JSON.stringify(names)}))`;
}

/** An event as clients get it: its offset, then what it says. */
export function eventJson({ offset, body }: Pick<LogEvent, "offset" | "body">): string {
  return `{"offset":${offset},${body.slice(1)}`;
}

/** Offsets of the first and the last event of the book; null: it is empty. Throws `BookUnavailable`. */
export async function readBookEnds(binding: D1Database) {
  const [[ends]] = await readPrimary(binding, (book) => book.batch([readEnds(book)]));
  return { oldest: ends?.oldest ?? null, newest: ends?.newest ?? null };
}
