/** One file of the archive: events by offset, a line of JSON each, compressed. It is written once and never changed. */
import type { LogEvent } from "../d1/event-tail";

/** An event as it stands in a file, and as clients get it: its offset, then what it says. */
export type ArchivedLine = { offset: number; line: string };

/** Both offsets, so that two attempts of different length are two files. */
export function segmentKey(firstOffset: number, lastOffset: number): string {
  const padded = (offset: number) => String(offset).padStart(16, "0");
  return `events/${padded(firstOffset)}-${padded(lastOffset)}.ndjson.gz`;
}

export async function compressed(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

export async function decompressed(body: ReadableStream): Promise<string> {
  return new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
}

const OFFSET = /^\{"offset":(\d+),/;

/** Throws where the text is none of ours. */
export function linesOf(text: string): ArchivedLine[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const offset = OFFSET.exec(line)?.[1];
      if (offset === undefined) throw new Error("a segment of the archive cannot be read");
      return { offset: Number(offset), line };
    });
}

/** As the book has it: without its offset. */
export function eventOf({ offset, line }: ArchivedLine): LogEvent {
  const { productId, type }: { productId: string; type: string } = JSON.parse(line);
  return { offset, productId, type, body: `{${line.slice(line.indexOf(",") + 1)}` };
}
