/** Where the book begins and ends. */
import { sql } from "drizzle-orm";
import type { Book } from "./book";
import { events } from "./schema";

/** Each alone reads one row; both aggregates in one SELECT would read the whole log. null: the book is empty. */
export const oldestOffset = sql<number | null>`(SELECT min(${events.offset}) FROM ${events})`;
const newestOffset = sql<number | null>`(SELECT max(${events.offset}) FROM ${events})`;

/** To be sent alone or in a batch with what is read beside it. */
export function readEnds(book: Book) {
  return book.all<{ oldest: number | null; newest: number | null }>(
    sql`SELECT ${oldestOffset} AS oldest, ${newestOffset} AS newest`,
  );
}
