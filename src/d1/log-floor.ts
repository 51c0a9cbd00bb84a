/**
 * An offset that was handed out is never handed out again, though D1 be restored to an earlier time or be empty: who commits to
 * the log says which offset it has seen, and where the book has fallen back behind that, the log goes on above all that can
 * have been handed out. The offsets left out are a gap in the manifest of the archive, a segment without events: whoever
 * stands in it reads on behind it, and whoever stands before it learns that something is missing.
 */
export interface LogFloor {
  /** The last offset that is known to have been handed out. */
  newest: number;
  /** Not below any that can have been: there the log goes on. */
  resumeAfter: number;
  /** From here on the objects still have every event, and send it again. */
  keptFrom: number;
  nowMs: number;
}

const FELL_BACK = "the book fell back";

/**
 * A condition for adding events, with the floor's `newest` as `?2`: it is true, or the batch fails, since this is no path into
 * JSON. That is cheaper than to raise and to lower the log in each batch.
 */
export const ABOVE_FLOOR = `json_type('{}', CASE
    WHEN COALESCE((SELECT MAX(offset) FROM events), 0) < ?2 THEN '${FELL_BACK}' ELSE '$' END) = 'object'`;

/** A batch failed at `ABOVE_FLOOR`. */
export function hasFallenBack(error: unknown): boolean {
  return error instanceof Error && error.message.includes(FELL_BACK);
}

/** A row in the place of the last offset, in the transaction that adds events and only there. */
const RAISE = `
  INSERT INTO events (offset, product_id, version, type, at_ms, body)
  SELECT ?2, '', 0, '', 0, '{}' WHERE COALESCE((SELECT MAX(offset) FROM events), 0) < ?1`;

const RAISED = "EXISTS (SELECT 1 FROM events WHERE offset = ?1 AND product_id = '')";

const NOTE_GAP = `
  INSERT INTO event_segments (first_offset, last_offset, key, events, bytes, created_at_ms)
  SELECT MAX(COALESCE((SELECT MAX(offset) FROM events WHERE offset < ?1), 0) + 1, ?2), ?1, '', 0, 0, ?3
  WHERE ${RAISED} AND EXISTS (SELECT 1 FROM events WHERE offset > ?1)
  ON CONFLICT (first_offset) DO UPDATE SET last_offset = excluded.last_offset, created_at_ms = excluded.created_at_ms`;

const LOWER = "DELETE FROM events WHERE offset = ?1 AND product_id = ''";

/** What comes before the events of a batch. */
export function raiseLog(book: D1Database, { newest, resumeAfter }: LogFloor): D1PreparedStatement {
  return book.prepare(RAISE).bind(newest, resumeAfter);
}

/** What comes behind them. A batch without events leaves the log as it was. */
export function lowerLog(book: D1Database, floor: LogFloor): D1PreparedStatement[] {
  const { resumeAfter, keptFrom, nowMs } = floor;
  return [book.prepare(NOTE_GAP).bind(resumeAfter, keptFrom, nowMs), book.prepare(LOWER).bind(resumeAfter)];
}
