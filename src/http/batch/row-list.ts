/** Lists whose rows are validated one by one: a bad row is an error of its own, and the others go on. */
import type { Command, Envelope } from "../../domain/command";
import { isDeeperThan } from "../../domain/metadata";
import { invalid, type Problem } from "../problem";
import { callerOf } from "../request/auth";
import { fieldErrors } from "../request/fields";
import { fingerprint, idempotencyKeyOf } from "../request/idempotency-key";
import type { Call } from "../route";
import * as z from "../zod";

/**
 * Stands for a row too deep to be walked through: recursion runs out of stack at some 3,000 levels. The bound is far above
 * what a field may nest, so that the answer to most rows that are too deep names the field.
 */
const TOO_DEEP = "nested too deeply";
const MAX_ROW_DEPTH = 1024;
const DEPTH = `may be at most ${MAX_ROW_DEPTH} levels deep`;

/** 1 to `most` rows of anything: each is validated by itself. */
export function anyRows(most: number) {
  return z
    .array(z.unknown().transform((row) => (isDeeperThan(row, MAX_ROW_DEPTH) ? TOO_DEEP : row)))
    .min(1)
    .max(most);
}

/** As a field it takes 1 to `most` rows of anything; the document says that they are what the contract's component is. */
export function rowList(component: string, most: number) {
  return anyRows(most).openapi({
    type: "array",
    minItems: 1,
    maxItems: most,
    items: { $ref: `#/components/schemas/${component}` },
  });
}

/** `root` is where the row stands: `body.operations[3]`. */
export function parseRow<S extends z.ZodType>(
  schema: S,
  value: unknown,
  root: string,
): { fields: z.output<S> } | { problem: Problem } {
  if (value === TOO_DEEP) return { problem: invalid([{ path: root, code: "too_deep", message: DEPTH }]) };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { fields: parsed.data };
  return { problem: invalid(fieldErrors(parsed.error, root)) };
}

/** A field of a row that may be malformed; null when it is not a text. */
export function textIn(row: unknown, field: string): string | null {
  const value: unknown = typeof row === "object" && row !== null ? Reflect.get(row, field) : null;
  return typeof value === "string" ? value : null;
}

/**
 * The key of each row: its own, else its part of the request's, so that a request that was cut off and is sent again does no
 * row twice. No caller can send such a key: a line feed is not printable. Throws a problem for a malformed `Idempotency-Key`.
 */
export function rowKeys(call: Call): (index: number, own: string | undefined) => string | undefined {
  const whole = idempotencyKeyOf(call.headers);
  return (index, own) => own ?? (whole === undefined ? undefined : rowKey(whole, index));
}

export function rowKey(key: string, index: number): string {
  return `${key}\n${index}`;
}

export interface RowCommand {
  command: Command;
  /** The row as it was validated, without its key: what a key's other use is compared with. */
  content: unknown;
  key: string | undefined;
  version?: number | undefined;
}

export async function rowEnvelope(call: Call, row: RowCommand): Promise<Envelope> {
  const { credential } = call;
  const { command, content, key, version } = row;
  const envelope: Envelope = { command, ...callerOf(credential) };
  if (version !== undefined) envelope.expected = { version, via: "body" };
  if (key !== undefined) {
    const print = await fingerprint([call.request.method, call.c.req.path, content]);
    envelope.key = { id: `${credential.id}:${key}`, fingerprint: print };
  }
  return envelope;
}
