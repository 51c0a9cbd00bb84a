/**
 * Filters that no index serves. Such a query looks at a bounded number of rows in the order of its index, and hands on: a
 * page then holds fewer than asked for, perhaps none, and still names the next. So no request costs more as the book grows.
 */
import { eq, sql, type Column, type SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { SCAN_WINDOW_ROWS } from "../limits";
import { readReplica } from "./book";
import { readEnds } from "./book-ends";

export interface Scan<Table extends SQLiteTable> {
  table: Table;
  /** The primary key. */
  key: Column;
  /** What the index can find. */
  range: SQL | undefined;
  /** The order of that index. */
  orderBy: SQL[];
  /** What has to be looked at row by row; undefined: everything matches. */
  matches: SQL | undefined;
  limit: number;
}

/**
 * The rows looked at are numbered and stream: a query that takes only the first few that match reads no further. It takes
 * those that match, and the last one looked at, which the next page goes on after. Throws `BookUnavailable`.
 */
export async function scanRows<Table extends SQLiteTable>(
  binding: D1Database,
  { table, key, range, orderBy, matches, limit }: Scan<Table>,
) {
  const [[ends], found] = await readReplica(binding, (book) => {
    const looked = book
      .select({ id: sql`${key}`.as("id"), matches: sql<number>`${matches ?? sql`1`}`.as("matches") })
      .from<SQLiteTable>(table)
      .where(range)
      .orderBy(...orderBy)
      .limit(SCAN_WINDOW_ROWS)
      .as("looked");
    const place = sql<number>`row_number() OVER ()`.as("place");
    const seen = book.select({ id: looked.id, matches: looked.matches, place }).from(looked).as("seen");
    const query = book
      .select({ row: table, matches: seen.matches, place: seen.place })
      .from(seen)
      .crossJoin<SQLiteTable>(table)
      .where(sql`(${seen.matches} OR ${seen.place} = ${SCAN_WINDOW_ROWS}) AND ${eq(key, seen.id)}`)
      .limit(limit);
    return book.batch([readEnds(book), query]);
  });
  // Drizzle knows the row's shape only where it knows the table.
  const rows = found as { row: Table["$inferSelect"]; matches: number; place: number }[];
  const last = rows.at(-1);
  return {
    rows: rows.flatMap((one) => (one.matches ? [one.row] : [])),
    /** The last row looked at, where there may be more after it. */
    end: last?.place === SCAN_WINDOW_ROWS ? last.row : undefined,
    /** The last offset of the book that this can have seen. */
    bookOffset: ends?.newest ?? 0,
  };
}
