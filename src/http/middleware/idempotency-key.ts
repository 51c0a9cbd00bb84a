/**
 * `Idempotency-Key`: one request, one effect. The key is the credential's own; the fingerprint says which
 * request it was.
 */
import { Buffer } from "node:buffer";
import { stringify } from "safe-stable-stringify";
import { MAX_IDEMPOTENCY_KEY_CHARS } from "../../limits";
import { invalid, ProblemError } from "../problem";

const PRINTABLE = /^[\x20-\x7e]+$/;

/**
 * undefined: the request has none. Throws a problem for one that is empty, too long or not printable ASCII.
 */
export function idempotencyKeyOf(headers: Headers): string | undefined {
  const key = headers.get("Idempotency-Key");
  if (key === null) return undefined;
  if (key.length <= MAX_IDEMPOTENCY_KEY_CHARS && PRINTABLE.test(key)) return key;
  const message = `must be 1 to ${MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters`;
  throw new ProblemError(invalid([{ path: "header.Idempotency-Key", code: "invalid_key", message }]));
}

const encoder = new TextEncoder();

/**
 * SHA-256 of what was asked: the parts as JSON with sorted names, so that the order of fields does not
 * matter.
 */
export async function fingerprint(parts: unknown[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(stringify(parts)));
  return Buffer.from(digest).toString("hex");
}
