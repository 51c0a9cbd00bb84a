/**
 * Takes the oldest events of the book into a file, one segment at a time: written, read back, noted in the manifest, and only
 * then dropped from the book. Whoever ends in between is gone on with by the next step; twice does no harm.
 */
import {
  dropSegment,
  oldestEvents,
  putSegment,
  segmentFrom,
  undroppedSegment,
  type OldEvents,
  type Segment,
} from "../d1/event-segments";
import { eventJson } from "../d1/event-tail";
import {
  MAX_SEGMENT_CHARS,
  SEGMENT_EVENTS,
  SEGMENT_MIN_AGE_MS,
  SEGMENT_PATIENCE_MS,
  SEGMENT_READ_ROWS,
} from "../limits/archive";
import { compressed, decompressed, segmentKey } from "./segment-file";

/** Answers how many events have left the book: 0 where there is nothing to do. Rejects where D1 or R2 does. */
export async function archiveStep(
  { BOOK, ARCHIVE }: Pick<Env, "BOOK" | "ARCHIVE">,
  old: Pick<OldEvents, "sinceMs" | "beforeOffset">,
  nowMs: number,
): Promise<number> {
  const undropped = await undroppedSegment(BOOK);
  if (undropped) return dropSegment(BOOK, undropped);
  const rows = await gather(BOOK, { ...old, settledBeforeMs: nowMs - SEGMENT_MIN_AGE_MS });
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) return 0;
  const isFull = rows.length >= SEGMENT_EVENTS || last.isLarge;
  const isOverdue = first.atMs < old.sinceMs - SEGMENT_PATIENCE_MS;
  if (!isFull && !isOverdue) return 0;
  const text = rows.map((row) => `${row.json}\n`).join("");
  const key = segmentKey(first.offset, last.offset);
  const file = await compressed(text);
  await ARCHIVE.put(key, file, {
    httpMetadata: { contentType: "application/x-ndjson", contentEncoding: "gzip" },
  });
  const written = await ARCHIVE.get(key);
  if (!written || (await decompressed(written.body)) !== text)
    throw new Error(`${key} does not read as it was written`);
  const segment: Segment = {
    firstOffset: first.offset,
    lastOffset: last.offset,
    key,
    events: rows.length,
    bytes: file.byteLength,
    createdAtMs: nowMs,
  };
  await putSegment(BOOK, segment);
  // What is noted counts, which may be another's.
  const noted = await segmentFrom(BOOK, first.offset);
  return noted ? dropSegment(BOOK, noted) : 0;
}

interface Gathered {
  offset: number;
  atMs: number;
  json: string;
  /** With it the segment is as large as it may be. */
  isLarge: boolean;
}

async function gather(book: D1Database, old: OldEvents): Promise<Gathered[]> {
  const gathered: Gathered[] = [];
  let chars = 0;
  let after = 0;
  while (gathered.length < SEGMENT_EVENTS) {
    const limit = Math.min(SEGMENT_READ_ROWS, SEGMENT_EVENTS - gathered.length);
    const rows = await oldestEvents(book, old, { after, limit });
    for (const row of rows) {
      const before = gathered.at(-1);
      if (before && row.offset !== before.offset + 1) {
        // A gap of the log stands between two files.
        before.isLarge = true;
        return gathered;
      }
      const json = eventJson(row);
      chars += json.length;
      gathered.push({ offset: row.offset, atMs: row.atMs, json, isLarge: chars >= MAX_SEGMENT_CHARS });
      if (chars >= MAX_SEGMENT_CHARS) return gathered;
    }
    after = rows.at(-1)?.offset ?? after;
    if (rows.length < limit) break;
  }
  return gathered;
}
