/** Taking the oldest events out of the book. */

/** Up to the first event that is young enough, to the newest, or as many as a step takes. There is no index on time. */
const DROP = `
  DELETE FROM events WHERE offset < (
    SELECT MIN(kept) FROM (
      SELECT MAX(offset) AS kept FROM events
      UNION ALL
      SELECT MIN(offset) + ?2 FROM events
      UNION ALL
      SELECT * FROM (
        SELECT offset FROM events
        WHERE at_ms >= ?1 AND offset < (SELECT MIN(offset) FROM events) + ?2
        ORDER BY offset LIMIT 1)))`;

const FORGET_LATE = "DELETE FROM late_events WHERE offset < (SELECT MIN(offset) FROM events)";

/** The newest event always stays: offsets go on from it. Answers how many were dropped, at most `limit`. */
export async function dropEventsBefore(book: D1Database, sinceMs: number, limit: number): Promise<number> {
  const { meta } = await book.prepare(DROP).bind(sinceMs, limit).run();
  return meta.changes;
}

/** What is known of late events that are no longer kept. Left undone it names no event, and the next time takes it. */
export async function forgetLateEvents(book: D1Database): Promise<void> {
  await book.prepare(FORGET_LATE).run();
}
