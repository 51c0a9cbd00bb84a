/** Lists whose rows are validated one by one: a bad row is an error of its own, and the others go on. */
import type { Command, Envelope } from "../../domain/command";
import { isDeeperThan } from "../../domain/metadata";
import { invalid, ProblemError, type Problem } from "../problem";
import { callerOf } from "../request/credential";
import { fieldErrors } from "../request/fields";
import { idempotencyKeyOf, keyOf, requestParts } from "../request/idempotency-key";
import type { Call } from "../route";
import * as z from "../zod";
import type { Row } from "./rows";

/** Stands for a row too deep to be walked through: recursion runs out of stack at some 3,000 levels. */
const TOO_DEEP = "nested too deeply";
const MAX_ROW_DEPTH = 1024;
const DEPTH = `may be at most ${MAX_ROW_DEPTH} levels deep`;

/** As a field it takes 1 to `most` rows of anything, each validated by itself; the document says that they are `items`. */
export function rowList(items: { $ref: string } | { type: "string" }, most: number) {
  return z
    .array(z.unknown().transform((row) => (isDeeperThan(row, MAX_ROW_DEPTH) ? TOO_DEEP : row)))
    .min(1)
    .max(most)
    .openapi({ type: "array", minItems: 1, maxItems: most, items });
}

/** A component of the contract. */
export function ref(component: string) {
  return { $ref: `#/components/schemas/${component}` };
}

type Parsed<F> = { fields: F } | { problem: Problem };

/** `root` is where the rows stand: `body.operations`. */
export function parseRows<F>(schema: z.ZodType<F>, values: readonly unknown[], root: string): Parsed<F>[] {
  return values.map((value, index) => {
    const path = `${root}[${index}]`;
    if (value === TOO_DEEP) return { problem: invalid([{ path, code: "too_deep", message: DEPTH }]) };
    const parsed = schema.safeParse(value);
    return parsed.success ? { fields: parsed.data } : { problem: invalid(fieldErrors(parsed.error, path)) };
  });
}

/** A field of a row that may be malformed; null when it is not a text. */
export function textIn(row: unknown, field: string): string | null {
  const value: unknown = typeof row === "object" && row !== null ? Reflect.get(row, field) : null;
  return typeof value === "string" ? value : null;
}

export interface RowFields {
  productId: string;
  version?: number;
  idempotencyKey?: string;
}

interface RowCommand {
  command: Command;
  /** What a key's other use is compared with; left out: the row as it was validated, without its key. */
  content?: unknown;
}

/**
 * The rows as commands for their products; a problem that `commandOf` throws is the row's. The key of a row is its own, else
 * its part of the request's, so that a request that was cut off and is sent again does no row twice. Throws a problem for a
 * malformed `Idempotency-Key`.
 */
export async function commandRows<F extends RowFields>(
  call: Call,
  parsed: readonly Parsed<F>[],
  commandOf: (fields: F, index: number) => RowCommand | Promise<RowCommand>,
): Promise<Row[]> {
  const whole = idempotencyKeyOf(call.headers);
  const rows: Row[] = [];
  for (const [index, row] of parsed.entries()) {
    if ("problem" in row) {
      rows.push(row);
      continue;
    }
    try {
      const { idempotencyKey, ...own } = row.fields;
      const { productId, version } = row.fields;
      const isOwn = idempotencyKey !== undefined || whole === undefined;
      const key = isOwn ? idempotencyKey : rowKey(whole, index);
      const { command, content = own } = await commandOf(row.fields, index);
      const envelope: Envelope = { command, ...callerOf(call.credential) };
      if (version !== undefined) envelope.expected = { version, via: "body" };
      if (key !== undefined) envelope.key = keyOf(call, key, requestParts(call, content));
      if (envelope.key && !isOwn) envelope.key.formerId = `${call.credential.id}:${whole}#${index}`;
      rows.push({ productId, envelope });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      rows.push({ problem: error.problem });
    }
  }
  return rows;
}

/** No caller can send such a key: a line feed is not printable. */
export function rowKey(key: string, index: number): string {
  return `${key}\n${index}`;
}
