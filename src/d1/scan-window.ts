/**
 * Filters that no index serves. Such a query looks at a bounded number of rows in the order of its index, and hands on: a
 * page then holds fewer than asked for, perhaps none, and still names the next. So no request costs more as the book grows.
 */
import { eq, sql, type Column, type SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { SCAN_WINDOW_ROWS } from "../limits";
import type { Book } from "./book";

export interface Scan {
  table: SQLiteTable;
  /** The primary key. */
  key: Column;
  /** What the index can find. */
  range: SQL | undefined;
  /** The order of that index. */
  orderBy: SQL[];
  /** What has to be looked at row by row; undefined: everything matches. */
  matches: SQL | undefined;
}

/**
 * The rows looked at, numbered. They stream: a query that takes only the first few that match reads no further. `shown`
 * says which to take: those that match, and the last one looked at, which the next page goes on after.
 */
export function scanWindow(book: Book, { table, key, range, orderBy, matches }: Scan) {
  const looked = book
    .select({ id: sql`${key}`.as("id"), matches: sql<number>`${matches ?? sql`1`}`.as("matches") })
    .from(table)
    .where(range)
    .orderBy(...orderBy)
    .limit(SCAN_WINDOW_ROWS)
    .as("looked");
  const seen = book
    .select({
      id: looked.id,
      matches: looked.matches,
      place: sql<number>`row_number() OVER ()`.as("place"),
    })
    .from(looked)
    .as("seen");
  const shown = sql`(${seen.matches} OR ${seen.place} = ${SCAN_WINDOW_ROWS}) AND ${eq(key, seen.id)}`;
  return { seen, shown };
}

/** `end`: the last row looked at, where there may be more after it. */
export function foundIn<Row>(rows: readonly { row: Row; matches: number; place: number }[]) {
  const last = rows.at(-1);
  const end = last?.place === SCAN_WINDOW_ROWS ? last.row : undefined;
  return { rows: rows.filter(({ matches }) => matches).map(({ row }) => row), end };
}
