/** What bounds the archive of old events. */

/** Of one segment: a page of the log is read out of it in one piece. */
export const SEGMENT_EVENTS = 5000;
export const MAX_SEGMENT_CHARS = 8 * 1024 * 1024;
/** Events that D1 is asked for at a time. */
export const SEGMENT_READ_ROWS = 1000;
/** Fewer events than fill a segment wait this much longer for others. */
export const SEGMENT_PATIENCE_MS = 24 * 3_600_000;
/** Segments that a run of the minute job makes, at most: as many events as it adds to the sums of reports. */
export const MAX_SEGMENTS_PER_RUN = 20;
/** No event leaves the book sooner: an object that crashed may send it again, and the book knows it by what it has. */
export const SEGMENT_MIN_AGE_MS = 15 * 60_000;
export const ARCHIVE_TIMEOUT_MS = 30_000;
/** Segments that an isolate keeps in memory, since a reader takes many pages out of each (twice as many for a moment). */
export const SEGMENTS_REMEMBERED = 2;
