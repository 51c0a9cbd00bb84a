/** Reading a JSON body once: its type, its size (counted where it is not declared), its encoding and its syntax. */
import { MAX_BODY_BYTES } from "../../limits";
import { ProblemError } from "../problem";
import type * as z from "../zod";
import { check } from "./fields";

const JSON_TYPES = ["application/json", "application/merge-patch+json"];

const NONE = Object.freeze({});

/** Nothing is as good as `{}` where every field may be left out. Throws a problem (400). */
export function checkBody(schema: z.ZodType, value: unknown): unknown {
  if (value !== undefined) return check(schema, value, "body");
  const empty = schema.safeParse(NONE);
  return empty.success ? empty.data : parseJson("");
}

/** The parsed body; undefined when there is none. Throws a problem: 413, 415, or 400 malformed_json. */
export async function readJson(request: Request): Promise<unknown> {
  const { headers } = request;
  const declared = headers.get("Content-Length");
  if (declared === "0") return undefined;
  // The body as a stream costs: it is only asked for where nothing says how long it is.
  const body = declared === null ? request.body : undefined;
  if (body === null) return undefined;
  requireType(headers, JSON_TYPES);
  if (Number(declared) > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  const text = body ? await readCounted(body, MAX_BODY_BYTES) : decode(whole, await request.arrayBuffer());
  return text === "" ? undefined : parseJson(text);
}

/** Skips a byte order mark. One of its own for every body that comes in pieces. */
function utf8(): TextDecoder {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
}

/** For bodies in one piece, which leave nothing behind in it. */
const whole = utf8();

/** Throws a problem (400) for bytes that are not UTF-8. */
function decode(decoder: TextDecoder, bytes?: ArrayBuffer | Uint8Array, stream = false): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    throw malformed("The body is not UTF-8.");
  }
}

/** Throws a problem (400) for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("The body is not valid JSON.");
  }
}

export function malformed(detail: string): ProblemError {
  return new ProblemError({ code: "malformed_json", detail });
}

/** One of `types`, the first when none is declared. Throws a problem (415), also for other charsets. */
export function requireType<T extends string>(headers: Headers, types: readonly T[]): T {
  const declared = headers.get("Content-Type") ?? types[0];
  const plain = types.find((known) => known === declared);
  if (plain !== undefined) return plain;
  const [essence, ...parameters] = declared?.toLowerCase().split(";") ?? [];
  const type = types.find((known) => known === essence?.trim());
  if (type !== undefined && parameters.every(isReadable)) return type;
  const detail = `The body may be ${types.join(" or ")}, in UTF-8.`;
  throw new ProblemError({ code: "unsupported_media_type", detail, extensions: { supported: types } });
}

/** Of a media type's parameters only a charset matters. */
function isReadable(parameter: string): boolean {
  const [, charset = "utf-8"] = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter) ?? [];
  return charset === "utf-8" || charset === "utf8";
}

export function tooLarge(limitBytes: number): ProblemError {
  return new ProblemError({
    code: "body_too_large",
    detail: `At most ${limitBytes} bytes are read.`,
    extensions: { limitBytes },
  });
}

/** The whole text of a body that did not say how long it is; stops reading where it passes the limit. */
export async function readCounted(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<string> {
  const decoder = utf8();
  let bytes = 0;
  let text = "";
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    text += decode(decoder, chunk, true);
  }
  return text + decode(decoder);
}
