/** Cuts an upload into its records while it comes in: memory holds one, however long a broken line is. */
import { MAX_IMPORT_ROW_BYTES } from "../../../limits";
import { counted, type Upload } from "./upload";

export type RecordFault = "too_long" | "too_deep" | "not_utf8";
export type RecordText = { text: string } | { fault: RecordFault };

/** Finds where records end. Stateful: chunks end anywhere. */
export interface Cutter {
  /** Index of the byte that ends the record which goes on at `from`; -1: not in this chunk. */
  end(chunk: Uint8Array, from: number): number;
  /** The record is given up: its end is the next line's end. */
  giveUp(): void;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
export const QUOTE = 0x22;
export const COMMA = 0x2c;

export function lineCutter(): Cutter {
  return { end: (chunk, from) => chunk.indexOf(LINE_FEED, from), giveUp: () => undefined };
}

/** A line end within quotes is its cell's. Quotes only count where a cell begins with one (RFC 4180). */
export function csvCutter(): Cutter {
  let quoted = false;
  let cellStart = true;
  const end = (chunk: Uint8Array, from: number): number => {
    for (let i = from; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (byte === QUOTE && (quoted || cellStart)) {
        // A doubled quote closes and at once opens again, which comes to the same.
        quoted = !quoted;
        cellStart = !quoted;
      } else if (!quoted) {
        if (byte === LINE_FEED) {
          cellStart = true;
          return i;
        }
        cellStart = byte === COMMA;
      }
    }
    return -1;
  };
  const giveUp = () => {
    quoted = false;
  };
  return { end, giveUp };
}

/** Blank lines are no records, and cost next to nothing. Throws a problem (413) past the limit. */
export async function* recordsOf(body: Upload, cutter: Cutter): AsyncGenerator<RecordText> {
  const record = new OpenRecord();
  for await (const chunk of counted(body)) {
    for (let from = 0; from < chunk.length;) {
      if (!record.begun) {
        from = afterBlankLines(chunk, from);
        if (from === chunk.length) break;
      }
      let end = cutter.end(chunk, from);
      if (end < 0 && chunk.length - from > record.roomBytes) {
        // Most likely a quote that is never closed: what it would swallow begins where the record has become
        // too long.
        cutter.giveUp();
        end = cutter.end(chunk, from + record.roomBytes);
      }
      record.take(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) break;
      from = end + 1;
      const closed = record.close();
      if (!isBlank(closed)) yield closed;
    }
  }
  const last = record.close();
  if (!isBlank(last)) yield last;
}

/** Where the first line begins that is not blank, or not known to be. Spaces before something are a part of its line. */
function afterBlankLines(chunk: Uint8Array, from: number): number {
  let start = from;
  for (let i = from; i < chunk.length; i += 1) {
    const byte = chunk[i];
    if (byte === LINE_FEED) start = i + 1;
    else if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) break;
  }
  return start;
}

function isBlank(record: RecordText): boolean {
  return "text" in record && record.text.trim() === "";
}

export class OpenRecord {
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  get begun(): boolean {
    return this.#bytes > 0;
  }

  /** How much longer it may become. */
  get roomBytes(): number {
    return Math.max(0, MAX_IMPORT_ROW_BYTES - this.#bytes);
  }

  /** What has become too long is let go. */
  take(piece: Uint8Array): void {
    this.#bytes += piece.byteLength;
    if (this.#bytes > MAX_IMPORT_ROW_BYTES) this.#pieces = [];
    else if (piece.byteLength > 0) this.#pieces.push(piece);
  }

  close(): RecordText {
    const tooLong = this.#bytes > MAX_IMPORT_ROW_BYTES;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    if (tooLong) return { fault: "too_long" };
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
    try {
      const text = pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode();
      return { text: text.endsWith("\r") ? text.slice(0, -1) : text };
    } catch {
      return { fault: "not_utf8" };
    }
  }
}
