/** The files that are there, whatever the manifest says: each has its offsets in its name. */
import type { Segment } from "../d1/event-segments";

const KEY = /^events\/(\d{16})-(\d{16})\.ndjson\.gz$/;

/** A page of them by offset; of attempts that begin with the same event the longest. `cursor`: empty for the first page. */
export async function listFiles(archive: R2Bucket, cursor: string) {
  const page = await archive.list({ prefix: "events/", ...(cursor && { cursor }) });
  const segments = page.objects.flatMap(({ key, size, uploaded }): Segment[] => {
    const [, first, last] = KEY.exec(key) ?? [];
    if (first === undefined || last === undefined) return [];
    const [firstOffset, lastOffset] = [Number(first), Number(last)];
    // The log is dense within a file.
    const events = lastOffset - firstOffset + 1;
    return [{ firstOffset, lastOffset, key, events, bytes: size, createdAtMs: uploaded.getTime() }];
  });
  const longestFirst = segments.toSorted(
    (a, b) => a.firstOffset - b.firstOffset || b.lastOffset - a.lastOffset,
  );
  return { segments: longestFirst, cursor: page.truncated ? page.cursor : undefined };
}
