/** The manifest of the archive: which offsets stand in which file. A row is there once the file has been read back. */
import { and, asc, desc, gt, gte, lt, lte, sql } from "drizzle-orm";
import { bounded, readPrimary, writePrimary } from "./book";
import { events, eventSegments } from "./schema";

export type Segment = typeof eventSegments.$inferSelect;

/** The one that has the offset, else the next after it. Throws `BookUnavailable`. */
export async function segmentFrom(binding: D1Database, offset: number): Promise<Segment | undefined> {
  const [[at], [next]] = await readPrimary(binding, (book) =>
    book.batch([
      book
        .select()
        .from(eventSegments)
        .where(lte(eventSegments.firstOffset, offset))
        .orderBy(desc(eventSegments.firstOffset))
        .limit(1),
      book
        .select()
        .from(eventSegments)
        .where(gt(eventSegments.firstOffset, offset))
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
