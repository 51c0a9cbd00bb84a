/**
 * The log as a whole: what the book still has, and before it what has gone to files. Readers ask here and do not notice where
 * an event comes from. Only offsets that are neither in the book nor in a file are too old. In a gap there is nothing: the log
 * has left these offsets out.
 */
import QuickLRU from "quick-lru";
import { readEvents, type EventPage, type EventQuery } from "../d1/events";
import { readBookEnds, readLog, type LogPage, type LogQuery } from "../d1/event-tail";
import { BookUnavailable } from "../d1/book";
import { segmentFrom, type Segment } from "../d1/event-segments";
import { readConfig } from "../env";
import { ARCHIVE_TIMEOUT_MS, SEGMENTS_REMEMBERED } from "../limits/archive";
import { withTimeout } from "../timeout";
import { decompressed, eventOf, linesOf, type ArchivedLine } from "./segment-file";

/** For those who follow it. Throws `BookUnavailable`. */
export async function readWholeLog(env: Env, query: LogQuery): Promise<LogPage> {
  const page = await readLog(env.BOOK, query);
  const segment = await segmentBefore(env, page, query.offset);
  if (!segment) return page;
  const { types, productIds } = query.filter;
  const { offset, limit } = query;
  const rows = await eventsFrom(env, segment, { offset, limit, types, productIds });
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const nextOffset = (last?.offset ?? segment.lastOffset) + 1;
  return { oldest: segment.firstOffset, newest: page.newest, rows, nextOffset };
}

/** For those who page through it. Throws `BookUnavailable`. */
export async function readAllEvents(env: Env, query: EventQuery): Promise<EventPage> {
  const page = await readEvents(env.BOOK, query);
  const { offset, limit, productId, type } = query;
  const segment = await segmentBefore(env, page, offset);
  if (!segment || offset === undefined) return page;
  const rows = await eventsFrom(env, segment, {
    offset,
    limit: limit + 1,
    types: type === undefined ? null : [type],
    productIds: productId === undefined ? null : [productId],
  });
  const resumeAt = rows.length > limit ? undefined : segment.lastOffset + 1;
  return { oldest: segment.firstOffset, newest: page.newest, rows, resumeAt };
}

/** Offsets of the first and the last event that can be read; null: there is none. Throws `BookUnavailable`. */
export async function wholeLogEnds(env: Env): Promise<{ oldest: number | null; newest: number | null }> {
  const ends = await readBookEnds(env.BOOK);
  if (ends.oldest === 1) return ends;
  const first = await segmentFrom(env.BOOK, 1, !hasFiles(env));
  const isBefore = first !== undefined && first.firstOffset < (ends.oldest ?? Infinity);
  return { ...ends, oldest: isBefore ? first.firstOffset : ends.oldest };
}

/** The one to begin with, of an offset that the book does not have any more. */
async function segmentBefore(
  env: Env,
  { oldest }: { oldest: number | null },
  offset: number | undefined,
): Promise<Segment | undefined> {
  if (offset === undefined || oldest === null || Math.max(offset, 1) >= oldest) return undefined;
  const segment = await segmentFrom(env.BOOK, Math.max(offset, 1), !hasFiles(env));
  return segment && segment.firstOffset < oldest ? segment : undefined;
}

function hasFiles(env: Env): boolean {
  return readConfig(env).eventArchive;
}

interface Wanted {
  offset: number;
  limit: number;
  /** null: every one. */
  types: readonly string[] | null;
  productIds: readonly string[] | null;
}

async function eventsFrom(env: Env, segment: Segment, { offset, limit, types, productIds }: Wanted) {
  // Whoever asks for what lies before every file learns it from the first offset of this one.
  if (segment.firstOffset > Math.max(offset, 1)) return [];
  const lines = await linesOfSegment(env, segment);
  const found: ReturnType<typeof eventOf>[] = [];
  for (const line of lines) {
    if (line.offset < offset) continue;
    const event = eventOf(line);
    if (types !== null && !types.includes(event.type)) continue;
    if (productIds !== null && !productIds.includes(event.productId)) continue;
    found.push(event);
    if (found.length === limit) break;
  }
  return found;
}

const segments = new QuickLRU<string, ArchivedLine[]>({ maxSize: SEGMENTS_REMEMBERED });

/** Throws `BookUnavailable`. */
export async function linesOfSegment(
  { ARCHIVE }: Env,
  { key, createdAtMs, events }: Segment,
): Promise<ArchivedLine[]> {
  if (events === 0) return [];
  const name = `${key} of ${createdAtMs}`;
  const known = segments.get(name);
  if (known) return known;
  try {
    const lines = await withTimeout(readSegment(ARCHIVE, key), ARCHIVE_TIMEOUT_MS, "the archive");
    segments.set(name, lines);
    return lines;
  } catch (error) {
    throw new BookUnavailable(error);
  }
}

async function readSegment(archive: R2Bucket, key: string): Promise<ArchivedLine[]> {
  const file = await archive.get(key);
  if (!file) throw new Error(`the archive has no ${key}`);
  return linesOf(await decompressed(file.body));
}
