/** The operations of a bulk request: each has the fields of its single route, by the same schemas. */
import type { Command } from "../../domain/command";
import { parseRow, rowEnvelope, rowKeys, textIn } from "../batch/row-list";
import type { Row } from "../batch/rows";
import { ProblemError } from "../problem";
import { requireScope } from "../request/auth";
import { orderReleaseBody, reserveBody } from "../reservations/schemas";
import type { Call } from "../route";
import { idempotencyKey, maybe, productId } from "../schemas/primitives";
import * as z from "../zod";
import { reserveCommand } from "./reserve-command";
import { adjustBody, countBody, transferBody } from "./schemas";

const head = { productId, idempotencyKey: maybe(idempotencyKey) };

export const bulkOperation = z.discriminatedUnion("op", [
  countBody.safeExtend({ op: z.literal("count"), ...head }).openapi("BulkCount"),
  adjustBody.safeExtend({ op: z.literal("adjust"), ...head }).openapi("BulkAdjust"),
  reserveBody.safeExtend({ op: z.literal("reserve"), ...head }).openapi("BulkReserve"),
  orderReleaseBody.safeExtend({ op: z.literal("release"), ...head }).openapi("BulkRelease"),
  transferBody.safeExtend({ op: z.literal("transfer"), ...head }).openapi("BulkTransfer"),
]);
type Operation = z.output<typeof bulkOperation>;

/** A row as the caller named it, and what may be tried of it. */
export interface BulkRow {
  op: string | null;
  productId: string | null;
  row: Row;
}

/**
 * Throws a problem (403) when the key may not do what a row asks; nothing has been done then. Whatever else is wrong with a
 * row is in the row.
 */
export async function bulkRows(call: Call, values: readonly unknown[]): Promise<BulkRow[]> {
  const keyOf = rowKeys(call);
  const parsed = values.map((value, index) => ({
    value,
    root: rootOf(index),
    ...parseRow(bulkOperation, value, rootOf(index)),
  }));
  const operations = parsed.flatMap((row) => ("fields" in row ? [row.fields] : []));
  if (operations.some(({ op }) => op === "reserve" || op === "release")) {
    requireScope(call.credential, "reservations:write");
  }
  const rows: BulkRow[] = [];
  for (const [index, { value, root, ...found }] of parsed.entries()) {
    let row: Row;
    if ("problem" in found) row = found;
    else {
      const { idempotencyKey: own } = found.fields;
      row = await tryRow(call, found.fields, { root, key: keyOf(index, own) });
    }
    rows.push({ op: textIn(value, "op"), productId: textIn(value, "productId"), row });
  }
  return rows;
}

function rootOf(index: number): string {
  return `body.operations[${index}]`;
}

async function tryRow(
  call: Call,
  operation: Operation,
  { root, key }: { root: string; key: string | undefined },
): Promise<Row> {
  const { idempotencyKey: _, ...content } = operation;
  const version = "version" in operation ? operation.version : undefined;
  try {
    const command = await commandOf(call, operation, root);
    const envelope = await rowEnvelope(call, { command, content, version, key });
    return { productId: operation.productId, envelope };
  } catch (error) {
    if (error instanceof ProblemError) return { problem: error.problem };
    throw error;
  }
}

function commandOf(call: Call, operation: Operation, root: string): Command | Promise<Command> {
  switch (operation.op) {
    case "count": {
      const { op: verb, productId: _, idempotencyKey: __, version: ___, ...count } = operation;
      return { verb, ...count };
    }
    case "adjust": {
      const { op: verb, productId: _, idempotencyKey: __, version: ___, ...adjust } = operation;
      return { verb, ...adjust };
    }
    case "transfer": {
      const { op: verb, productId: _, idempotencyKey: __, version: ___, ...transfer } = operation;
      return { verb, ...transfer };
    }
    case "reserve": {
      const { op: _, productId: id, idempotencyKey: __, ...body } = operation;
      return reserveCommand(call, body, { productId: id, root });
    }
    case "release": {
      const { op: _, productId: __, idempotencyKey: ___, ...release } = operation;
      return { verb: "release-order", ...release };
    }
  }
}
