/** One call of POST /v1/products/import: rows go up as a stream, the answer, NDJSON, is read as it comes. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

const CHUNK_CHARS = 64 * 1024;

/**
 * Throws when the call itself fails (refused, cut off, no summary); a failed row is a result like any other.
 * @param {{
 *   url: string,
 *   key: string,
 *   contentType: string,
 *   parts: Iterable<string>,
 *   onResult?: (result: Record<string, any>) => void,
 *   signal?: AbortSignal,
 * }} call
 * @returns {Promise<Record<string, any>>} the summary
 */
export async function importProducts({ url, key, contentType, parts, onResult, signal }) {
  const response = await fetch(new URL("/v1/products/import", url), {
    method: "POST",
    headers: { "Content-Type": contentType, "X-API-Key": key },
    body: ReadableStream.from(chunks(parts)).pipeThrough(new TextEncoderStream()),
    duplex: "half",
    signal,
  });
  if (!response.ok) throw new Error(refusalText(response.status, await response.text()));

  let summary;
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
    if (line === "") continue;
    const result = JSON.parse(line);
    if (result.summary) summary = result.summary;
    else onResult?.(result);
  }
  if (!summary) throw new Error("the answer broke off before its summary");
  return summary;
}

/** @param {Iterable<object>} products @returns {Generator<string>} */
export function* ndjsonLines(products) {
  for (const product of products) yield `${JSON.stringify(product)}\n`;
}

/** Small parts gathered into chunks worth a packet. */
function* chunks(parts) {
  let chunk = "";
  for (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}

function refusalText(status, body) {
  try {
    const problem = JSON.parse(body);
    return `${status} ${problem.code}: ${problem.detail ?? problem.title}`;
  } catch {
    return `${status} ${body.slice(0, 200)}`;
  }
}
