/**
 * Filters that no index serves. Such a query looks at a bounded number of rows in the order of its index, and hands on: a
 * page then holds fewer than asked for, perhaps none, and still names the next. So no request costs more as the book grows.
 */
import { getTableColumns, getTableName, sql, Subquery, type SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { readReplica } from "./book";
import { readEnds } from "./book-ends";

export interface Scan<Table extends SQLiteTable> {
  table: Table;
  /** What the index can find. */
  range: SQL | undefined;
  /** The order of that index. */
  orderBy: SQL[];
  /** What has to be looked at row by row; undefined: everything matches. */
  matches: SQL | undefined;
  limit: number;
  /** Rows that are looked at, no fewer than the limit. */
  window: number;
}

/** Throws `BookUnavailable`. */
export async function scanRows<Table extends SQLiteTable>(binding: D1Database, scan: Scan<Table>) {
  const [[ends], found] = await readReplica(binding, (book) =>
    book.batch([
      readEnds(book),
      book
        .select({ row: getTableColumns<SQLiteTable>(scan.table), isEnd: sql<number>`is_end` })
        .from(scanned(scan)),
    ]),
  );
  // Drizzle knows the row's shape only where it knows the table.
  const rows = found as { row: Table["$inferSelect"]; isEnd: number }[];
  return {
    rows: rows.flatMap(({ row, isEnd }) => (isEnd ? [] : [row])),
    /** The last row looked at, where there may be more after it. */
    end: rows.find(({ isEnd }) => isEnd)?.row,
    /** The last offset of the book that this can have seen. */
    bookOffset: ends?.newest ?? 0,
  };
}

/**
 * The first few rows that match, and behind them, `is_end`, the last of the window. Both stream: when the page is full, nothing
 * further is read. Within, the window has the table's name, so that conditions on its columns are conditions on the window.
 */
export function scanned({ table, range, orderBy, matches, limit, window }: Scan<SQLiteTable>) {
  const inRange = sql`FROM ${table} WHERE ${range ?? sql`1`} ORDER BY ${sql.join(orderBy, sql`, `)}`;
  return rowsAs(
    table,
    sql`SELECT * FROM (
      SELECT *, 0 AS is_end FROM (SELECT * ${inRange} LIMIT ${window}) AS ${table}
      WHERE ${matches ?? sql`1`} LIMIT ${limit})
    UNION ALL
    SELECT * FROM (SELECT *, 1 AS is_end ${inRange} LIMIT 1 OFFSET ${window - 1})
    LIMIT ${limit}`,
  );
}

/** Under the table's name, so that its columns are columns of these rows. */
export function rowsAs(table: SQLiteTable, rows: SQL) {
  return new Subquery(rows, getTableColumns(table), getTableName(table));
}
