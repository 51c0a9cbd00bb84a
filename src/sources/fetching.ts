/**
 * One GET of JSON from outside. Head and body together are bounded in time, and the body in bytes while it comes in. No redirect
 * is followed: it would carry the key elsewhere. Whatever goes wrong is a `SourceFailure`.
 */
import { Buffer } from "node:buffer";
import { MAX_SOURCE_BYTES, MAX_SOURCE_RETRY_AFTER_MS, SOURCE_FETCH_TIMEOUT_MS } from "../limits/sources";
import { TimeoutError, withTimeout } from "../timeout";
import { retryAfterMs, SourceFailure } from "./failure";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Bounds {
  timeoutMs: number;
  maxBytes: number;
}

const BOUNDS: Bounds = { timeoutMs: SOURCE_FETCH_TIMEOUT_MS, maxBytes: MAX_SOURCE_BYTES };

/** The body's text, which claims to be JSON. */
export async function fetchText(
  fetch: Fetch,
  { url, headers }: { url: string; headers: Record<string, string> },
  { timeoutMs, maxBytes }: Bounds = BOUNDS,
): Promise<string> {
  const stop = new AbortController();
  const init = {
    headers: { accept: "application/json", "user-agent": "holdfast", ...headers },
    redirect: "manual",
    signal: stop.signal,
  } as const;
  const reading = async () => {
    const response = await fetch(url, init);
    requireJson(response);
    return readText(response, maxBytes);
  };
  try {
    return await withTimeout(reading(), timeoutMs, "the source");
  } catch (error) {
    throw failureOf(error);
  } finally {
    // Ends a request that goes on, and a body that nobody reads to its end.
    stop.abort();
  }
}

function failureOf(error: unknown): SourceFailure {
  if (error instanceof SourceFailure) return error;
  if (error instanceof TimeoutError) return new SourceFailure("timed_out", error.message);
  // What the platform says of a connection may name the address.
  return new SourceFailure("unavailable", "the connection failed or broke off");
}

function requireJson({ status, ok, headers }: Response): void {
  const type = headers.get("Content-Type") ?? "";
  if (ok && /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) return;
  if (ok)
    throw new SourceFailure("bad_answer", `the answer is ${type.slice(0, 60) || "of no type"}, not JSON`);
  const what = `answered ${status}`;
  const waitMs = retryAfterMs(headers.get("Retry-After"), Date.now(), MAX_SOURCE_RETRY_AFTER_MS);
  if (status === 429) throw new SourceFailure("rate_limited", what, waitMs);
  if (status >= 500) throw new SourceFailure("unavailable", what, status === 503 ? waitMs : 0);
  if (status === 401 || status === 403) throw new SourceFailure("key_refused", what);
  if (status === 404) throw new SourceFailure("not_found", what);
  const isRedirect = status >= 300 && status < 400;
  throw new SourceFailure("bad_answer", isRedirect ? `${what}: redirects are not followed` : what);
}

async function readText({ body, headers }: Response, maxBytes: number): Promise<string> {
  const tooLong = new SourceFailure("bad_answer", `the answer is longer than ${maxBytes} bytes`);
  if (Number(headers.get("Content-Length") ?? 0) > maxBytes) throw tooLong;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLong;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(Buffer.concat(chunks));
  } catch {
    throw new SourceFailure("bad_answer", "the answer is not UTF-8");
  }
}
