/**
 * The manifest of the archive: which offsets stand in which file. A row is there once the file has been read back. A segment
 * without events has no file: a gap, whose offsets the log has left out.
 */
import { and, asc, desc, eq, gt, gte, lt, lte, sql } from "drizzle-orm";
import { bounded, readPrimary, writePrimary } from "./book";
import { events, eventSegments } from "./schema";

export type Segment = typeof eventSegments.$inferSelect;

/** The one that has the offset, else the next after it. `gapsOnly`: there are no files to read. Throws `BookUnavailable`. */
export async function segmentFrom(
  binding: D1Database,
  offset: number,
  gapsOnly = false,
): Promise<Segment | undefined> {
  const wanted = gapsOnly ? eq(eventSegments.events, 0) : undefined;
  const [[at], [next]] = await readPrimary(binding, (book) =>
    book.batch([
      book
        .select()
        .from(eventSegments)
        .where(and(wanted, lte(eventSegments.firstOffset, offset)))
        .orderBy(desc(eventSegments.firstOffset))
        .limit(1),
      book
        .select()
        .from(eventSegments)
        .where(and(wanted, gt(eventSegments.firstOffset, offset)))
        .orderBy(asc(eventSegments.firstOffset))
        .limit(1),
    ]),
  );
  return at && at.lastOffset >= offset ? at : next;
}

export interface OldEvents {
  /** Older than this, or before this offset, they leave the book. */
  sinceMs: number;
  beforeOffset: number;
  /** Younger ones stay in any case. */
  settledBeforeMs: number;
}

/** The oldest of the book that are to leave it, as far as they follow each other. The newest event always stays. */
export async function oldestEvents(
  binding: D1Database,
  old: OldEvents,
  page: { after: number; limit: number },
) {
  const rows = await readPrimary(binding, (book) =>
    book
      .select({ offset: events.offset, atMs: events.atMs, body: events.body })
      .from(events)
      .where(and(gt(events.offset, page.after), lt(events.offset, sql`(SELECT max(offset) FROM events)`)))
      .orderBy(asc(events.offset))
      .limit(page.limit),
  );
  const young = rows.findIndex(({ offset, atMs }) => {
    return atMs >= old.settledBeforeMs || (atMs >= old.sinceMs && offset >= old.beforeOffset);
  });
  return young === -1 ? rows : rows.slice(0, young);
}

/** Files that were written at this time or later, the newest first. Throws `BookUnavailable`. */
export async function filesSince(binding: D1Database, sinceMs: number): Promise<Segment[]> {
  return readPrimary(binding, (book) =>
    book
      .select()
      .from(eventSegments)
      .where(and(gt(eventSegments.events, 0), gte(eventSegments.createdAtMs, sinceMs)))
      .orderBy(desc(eventSegments.firstOffset)),
  );
}

/** A segment of those offsets that is there already stays as it is. Throws `BookUnavailable`. */
export async function putSegment(binding: D1Database, segment: Segment): Promise<void> {
  await writePrimary(binding, (book) => book.insert(eventSegments).values(segment).onConflictDoNothing());
}

const DROP = `DELETE FROM events WHERE offset >= ?1 AND offset <= ?2 AND offset < (SELECT max(offset) FROM events)
  AND EXISTS (SELECT 1 FROM event_segments WHERE first_offset = ?1 AND last_offset = ?2)`;

/** Events that a file has. Answers how many. Throws `BookUnavailable`. */
export async function dropSegment(binding: D1Database, segment: Segment): Promise<number> {
  const drop = binding.prepare(DROP).bind(segment.firstOffset, segment.lastOffset);
  const { meta } = await bounded(binding, drop.run());
  return meta.changes;
}

const FOUND = `INSERT INTO event_segments (first_offset, last_offset, key, events, bytes, created_at_ms)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6
  WHERE NOT EXISTS (SELECT 1 FROM event_segments WHERE events > 0 AND first_offset <= ?2 AND last_offset >= ?1)
    AND NOT EXISTS (SELECT 1 FROM events WHERE offset >= ?1 AND offset <= ?2)
  ON CONFLICT (first_offset) DO UPDATE SET last_offset = excluded.last_offset, key = excluded.key,
    events = excluded.events, bytes = excluded.bytes, created_at_ms = excluded.created_at_ms`;

/** What a file has is no gap: the gap that it stands in begins behind it. */
const CUT_GAP = `
  UPDATE event_segments SET first_offset = ?2 + 1
  WHERE events = 0 AND first_offset <= ?2 AND last_offset > ?2
    AND EXISTS (SELECT 1 FROM event_segments WHERE key = ?1 AND last_offset = ?2)`;

/** A file that the manifest has lost. One that overlaps with others, or with the book, is left out. Throws `BookUnavailable`. */
export async function putFoundSegment(binding: D1Database, segment: Segment): Promise<void> {
  const { firstOffset, lastOffset, key, events: count, bytes, createdAtMs } = segment;
  const found = [firstOffset, lastOffset, key, count, bytes, createdAtMs];
  await writePrimary(binding, () =>
    binding.batch([binding.prepare(FOUND).bind(...found), binding.prepare(CUT_GAP).bind(key, lastOffset)]),
  );
}

/** One whose events are still in the book as well: whoever archived them ended before they were dropped. */
export async function undroppedSegment(binding: D1Database): Promise<Segment | undefined> {
  const oldest = sql`(SELECT min(offset) FROM events)`;
  const newest = sql`(SELECT max(offset) FROM events)`;
  const [segment] = await readPrimary(binding, (book) =>
    book
      .select()
      .from(eventSegments)
      .where(
        and(
          lte(eventSegments.firstOffset, oldest),
          gte(eventSegments.lastOffset, oldest),
          lt(oldest, newest),
        ),
      )
      .orderBy(desc(eventSegments.firstOffset))
      .limit(1),
  );
  return segment;
}
