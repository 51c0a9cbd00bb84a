/** `Idempotency-Key`, the credential's own; the fingerprint says which request it was. */
import { createHash } from "node:crypto";
import { stringify } from "safe-stable-stringify";
import type { Envelope } from "../../domain/command";
import { DEFAULT_HOLD_TTL_SECONDS, MAX_IDEMPOTENCY_KEY_CHARS } from "../../limits";
import { badField } from "../problem";
import type { Call } from "../route";

/** Of a key, wherever it stands. */
export const PRINTABLE = /^[\x20-\x7e]+$/;

/** undefined: there is none. Throws a problem for one that is empty, too long or not printable ASCII. */
export function idempotencyKeyOf(headers: Headers): string | undefined {
  const key = headers.get("Idempotency-Key");
  if (key === null) return undefined;
  if (key.length <= MAX_IDEMPOTENCY_KEY_CHARS && PRINTABLE.test(key)) return key;
  const message = `must be 1 to ${MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters`;
  throw badField("header.Idempotency-Key", "invalid_key", message);
}

/** A key as objects know it: the credential's own, and which request it stands for. */
export type RequestKey = NonNullable<Envelope["key"]>;

/** undefined: the request has no key. Throws a problem for a malformed one. `asked`: the body as the key knows it. */
export function requestKeyOf(call: Call, asked: unknown = call.body): RequestKey | undefined {
  const key = idempotencyKeyOf(call.headers);
  return key === undefined ? undefined : keyOf(call, key, requestParts(call, call.query, asked));
}

/** A hold as its key knows it. The first release wrote its own default into what the caller left out, and its keys still hold. */
export function holdAsked<Body extends { ttlSeconds?: number | null }>(body: Body): Body {
  return body.ttlSeconds === undefined ? { ...body, ttlSeconds: DEFAULT_HOLD_TTL_SECONDS } : body;
}

/** `parts` say which request it stands for. */
export function keyOf(call: Call, key: string, parts: unknown[]): RequestKey {
  return { id: `${call.credential.id}:${key}`, fingerprint: fingerprint(parts) };
}

export function requestParts({ request, c }: Call, ...content: unknown[]): unknown[] {
  return [request.method, c.req.path, ...content];
}

/** A request whose canonical form is no longer than this is its own fingerprint. */
const MAX_PLAIN_CHARS = 512;

/**
 * Which request it was: the parts as JSON with sorted names, so that the order of fields does not matter. A long one is
 * reduced to its SHA-256; a short one, and nearly all are, says the same exactly and spares every request a digest.
 */
export function fingerprint(parts: unknown[]): string {
  const canonical = stringify(parts);
  if (canonical.length <= MAX_PLAIN_CHARS) return canonical;
  return createHash("sha256").update(canonical).digest("hex");
}
