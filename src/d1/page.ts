/**
 * Pages of lists: keyset, so that nothing is repeated or lost while rows are added. A cursor is opaque to
 * clients: the sort it belongs to and the sort key of the last row, as base64url JSON.
 */
import { Buffer } from "node:buffer";

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
  /** The last offset of the book that the page can have seen. */
  bookOffset?: number;
}

export type CursorValue = string | number | null;

/** The cursor is not one of ours, or one of another sort. */
export class BadCursor extends Error {}

export function encodeCursor(sort: string, after: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([sort, ...after])).toString("base64url");
}

/** The sort key to go on after; undefined without a cursor. Throws `BadCursor`. */
export function decodeCursor(
  cursor: string | undefined,
  sort: string,
  kinds: readonly CursorKind[],
): CursorValue[] | undefined {
  if (cursor === undefined) return undefined;
  const [ofSort, ...after] = parse(cursor);
  if (ofSort !== sort || after.length !== kinds.length) throw new BadCursor();
  return kinds.map((kind, index) => valueOf(kind, after[index]));
}

export type CursorKind = "string" | "number" | "number?";

function valueOf(kind: CursorKind, value: unknown): CursorValue {
  if (typeof value === "string" && kind === "string") return value;
  if (typeof value === "number" && kind !== "string") return value;
  if (value === null && kind === "number?") return null;
  throw new BadCursor();
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(value)) return value;
  } catch {
    // Not one of ours either.
  }
  throw new BadCursor();
}

/**
 * One row more than asked for shows that there is a next page. Without it there is one if the looking ended at `end`,
 * before the range did.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  made: { item: (row: Row) => Item; cursor: (row: Row) => string; end?: Row | undefined },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : made.end;
  return { items: shown.map(made.item), nextCursor: last === undefined ? null : made.cursor(last) };
}
