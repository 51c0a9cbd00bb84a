/** The operations of a bulk request: each has the fields of its single route, by the same schemas. */
import type { Command } from "../../domain/command";
import { commandRows, parseRows, type RowFields } from "../batch/row-list";
import type { Row } from "../batch/rows";
import { requireScope } from "../request/auth";
import { orderReleaseBody, reserveBody } from "../reservations/schemas";
import type { Call } from "../route";
import { idempotencyKey, productId } from "../schemas/primitives";
import * as z from "../zod";
import { reserveCommand } from "./reserve-command";
import { adjustBody, countBody, transferBody } from "./schemas";

const head = { productId, idempotencyKey: z.maybe(idempotencyKey) };

export const bulkOperation = z.discriminatedUnion("op", [
  countBody.safeExtend({ op: z.literal("count"), ...head }).openapi("BulkCount"),
  adjustBody.safeExtend({ op: z.literal("adjust"), ...head }).openapi("BulkAdjust"),
  reserveBody.safeExtend({ op: z.literal("reserve"), ...head }).openapi("BulkReserve"),
  orderReleaseBody.safeExtend({ op: z.literal("release"), ...head }).openapi("BulkRelease"),
  transferBody.safeExtend({ op: z.literal("transfer"), ...head }).openapi("BulkTransfer"),
]);
type Operation = z.output<typeof bulkOperation>;

/** Throws a problem (403) when the key may not do what some row asks. What else is wrong is in its row. */
export function bulkRows(call: Call, values: readonly unknown[]): Promise<Row[]> {
  const parsed = parseRows(bulkOperation, values, ROOT);
  const verbs = new Set(parsed.flatMap((row) => ("fields" in row ? [row.fields.op] : [])));
  if (verbs.has("reserve") || verbs.has("release")) {
    requireScope(call.credential, "reservations:write");
  }
  return commandRows(call, parsed, async (operation, index) => {
    const { idempotencyKey: _, ...content } = operation;
    return { command: await commandOf(call, operation, `${ROOT}[${index}]`), content };
  });
}

const ROOT = "body.operations";

function commandOf(call: Call, operation: Operation, root: string): Command | Promise<Command> {
  switch (operation.op) {
    case "count":
      return { verb: "count", ...fieldsOf(operation) };
    case "adjust":
      return { verb: "adjust", ...fieldsOf(operation) };
    case "transfer":
      return { verb: "transfer", ...fieldsOf(operation) };
    case "reserve":
      return reserveCommand(call, fieldsOf(operation), { productId: operation.productId, root });
    case "release":
      return { verb: "release-order", ...fieldsOf(operation) };
  }
}

/** Those of the single route's body, but its version. */
function fieldsOf<O extends RowFields & { op: string }>(operation: O) {
  const { op: _, productId: __, idempotencyKey: ___, version: ____, ...fields } = operation;
  return fields;
}
