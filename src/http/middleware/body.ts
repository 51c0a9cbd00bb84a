/** Reading a JSON body once: its type, its size (counted where it is not declared) and its syntax. */
import { MAX_BODY_BYTES } from "../../limits";
import { ProblemError } from "../problem";

const JSON_TYPES = ["application/json", "application/merge-patch+json"];

/** The parsed body; `empty` when there is none. Throws a problem: 413, 415, or 400 malformed_json. */
export async function readJson(request: Request, empty: unknown): Promise<unknown> {
  if (request.body === null) return empty ?? parseJson("");
  const { headers } = request;
  requireType(headers, JSON_TYPES);
  const declared = headers.get("Content-Length");
  if (declared !== null && Number(declared) > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  const text = declared === null ? await readCounted(request.body, MAX_BODY_BYTES) : await request.text();
  return text === "" ? (empty ?? parseJson(text)) : parseJson(text);
}

/** Throws a problem (400) for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError({ code: "malformed_json", detail: "The body is not valid JSON." });
  }
}

/**
 * The body's media type, one of `types`; the first of them when none is declared. Throws a problem (415)
 * otherwise.
 */
export function requireType<T extends string>(headers: Headers, types: readonly T[]): T {
  const declared = headers.get("Content-Type");
  const type = declared === null ? types[0] : types.find((known) => known === essence(declared));
  if (type !== undefined) return type;
  const detail = `The body may be ${types.join(" or ")}.`;
  throw new ProblemError({ code: "unsupported_media_type", detail, facts: { supported: types } });
}

function essence(contentType: string): string {
  const semicolon = contentType.indexOf(";");
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

export function tooLarge(limitBytes: number): ProblemError {
  return new ProblemError({
    code: "body_too_large",
    detail: `At most ${limitBytes} bytes are read.`,
    facts: { limitBytes },
  });
}

/** The whole text of a body that did not say how long it is; stops reading where it passes the limit. */
export async function readCounted(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
