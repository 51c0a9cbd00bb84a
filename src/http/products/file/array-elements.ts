/** Cuts a JSON array into its elements while it comes in: memory holds one, however long it all is. */
import { MAX_IMPORT_ROW_DEPTH } from "../../../limits";
import { badField, type ProblemError } from "../../problem";
import { malformed, parseJson } from "../../request/body";
import { COMMA, OpenRecord, QUOTE, type RecordText } from "./records";
import { counted, type Upload } from "./upload";

const BACKSLASH = 0x5c;
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

type Place = "before" | "first" | "later" | "after";

/**
 * An element may be any text up to its comma; whether it is JSON, its reader finds out. Throws a problem when the upload
 * passes its limit (413) and where the array itself is broken (400).
 */
export async function* elementsOf(body: Upload): AsyncGenerator<RecordText, void> {
  const record = new OpenRecord();
  const cutter = elementCutter();
  let place: Place = "before";
  for await (const chunk of withoutMark(counted(body))) {
    for (let from = 0; from < chunk.length;) {
      if (!record.begun) {
        from = afterSpace(chunk, from);
        if (from === chunk.length) break;
      }
      if (place === "after") throw malformed("Something follows the array.");
      if (place === "before") {
        if (!record.begun && chunk[from] === OPEN_ARRAY) {
          place = "first";
          from += 1;
          continue;
        }
        // Not an array: what it is will be known at its end.
        record.take(chunk.subarray(from));
        break;
      }
      const end = cutter.end(chunk, from);
      record.take(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) break;
      from = end + 1;
      const last = chunk[end] === CLOSE_ARRAY;
      const none = place === "first" && last && !record.begun;
      const closed = record.close();
      const tooDeep = cutter.close() > MAX_IMPORT_ROW_DEPTH;
      if (!none) yield tooDeep && "text" in closed ? { fault: "too_deep" } : closed;
      place = last ? "after" : "later";
    }
  }
  if (place === "before") throw notAnArray(record.close());
  if (place !== "after") throw malformed("The body ends before its array does.");
}

/** Finds where elements end. Stateful: chunks end anywhere. */
function elementCutter() {
  let quoted = false;
  let escaped = false;
  let depth = 0;
  let deepest = 0;
  /** Index of the byte that ends the element which goes on at `from`; -1: not in this chunk. */
  const end = (chunk: Uint8Array, from: number): number => {
    for (let i = from; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) quoted = false;
      } else if (byte === QUOTE) {
        quoted = true;
      } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        depth += 1;
        if (depth > deepest) deepest = depth;
      } else if (depth === 0) {
        if (byte === COMMA || byte === CLOSE_ARRAY) return i;
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        depth -= 1;
      }
    }
    return -1;
  };
  /** How deep the element was that ended. */
  const close = (): number => {
    const was = deepest;
    deepest = 0;
    return was;
  };
  return { end, close };
}

/** A byte order mark may begin the body, whole. Throws a problem (400) for a part of one. */
async function* withoutMark(chunks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  let seen = 0;
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length && chunk[from] === BYTE_ORDER_MARK[seen]) {
      from += 1;
      seen += 1;
    }
    if (from < chunk.length) {
      if (seen > 0 && seen < BYTE_ORDER_MARK.length) throw malformed("The body is not UTF-8.");
      seen = BYTE_ORDER_MARK.length;
    }
    yield chunk.subarray(from);
  }
}

function afterSpace(chunk: Uint8Array, from: number): number {
  let at = from;
  while (at < chunk.length && isSpace(chunk[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function notAnArray(body: RecordText): ProblemError {
  if ("text" in body) parseJson(body.text);
  else if (body.fault === "not_utf8") return malformed("The body is not UTF-8.");
  return badField("body", "invalid_type", "must be an array of products");
}
