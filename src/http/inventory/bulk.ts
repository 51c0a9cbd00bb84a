/** Many operations on the stock in one request, each validated and answered by itself. */
import type { Command } from "../../domain/command";
import { REPLAYED, jsonAnswer, ok } from "../answers";
import { commandRows, parseRows, ref, rowList, textIn, type RowFields } from "../batch/row-list";
import * as batch from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { requireScope } from "../request/auth";
import { requireHoldRoom } from "../request/hold-bound";
import { orderReleaseBody, reserveBody } from "../reservations/schemas";
import { route, routesOf, type Call } from "../route";
import { idempotencyKey, nonNegative, productId, version } from "../schemas/primitives";
import { MAX_BULK_OPERATIONS } from "../wire-limits";
import * as z from "../zod";
import { reserveCommand } from "./holds";
import { adjustBody, countBody, transferBody } from "./schemas";

/** Each has the fields of its single route, by the same schemas. */
const head = { productId, idempotencyKey: z.maybe(idempotencyKey) };

const bulkOperation = z.discriminatedUnion("op", [
  countBody.safeExtend({ op: z.literal("count"), ...head }).openapi("BulkCount"),
  adjustBody.safeExtend({ op: z.literal("adjust"), ...head }).openapi("BulkAdjust"),
  reserveBody.safeExtend({ op: z.literal("reserve"), ...head }).openapi("BulkReserve"),
  orderReleaseBody.safeExtend({ op: z.literal("release"), ...head }).openapi("BulkRelease"),
  transferBody.safeExtend({ op: z.literal("transfer"), ...head }).openapi("BulkTransfer"),
]);
type Operation = z.output<typeof bulkOperation>;

const APPLY = { continue: batch.applyRows, stop: batch.applyUntilFailure, rejectAll: batch.applyAllOrNone };

export const bulkResult = z
  .looseObject({
    index: nonNegative,
    op: z.string().nullable(),
    productId: z.string().nullable(),
    applied: z.boolean(),
    changed: z.boolean().optional().describe("Whether an event was written."),
    version: version.optional(),
    replayed: z.boolean().optional(),
    result: z.looseObject({}).optional().describe("What the single route answers."),
    status: z.int().optional().describe("What the single route would have answered with."),
    code: z.string().optional().describe("The problem's, or `skipped`: it was not tried."),
    detail: z.string().optional(),
  })
  .openapi("BulkResult");

export const bulkAnswer = z.component("BulkAnswer", {
  results: z.array(bulkResult).describe("In the order of the rows."),
  summary: z.object({
    total: nonNegative,
    applied: nonNegative,
    changed: nonNegative,
    failed: nonNegative,
    skipped: nonNegative,
  }),
});

export const BULK_ROUTES = routesOf("Stock", {
  bulkChangeStock: route({
    at: "POST /v1/inventory/bulk",
    summary: "Count, adjust, reserve, release and transfer many; a result per row",
    scope: "stock:write",
    body: z.strictComponent("BulkRequest", {
      operations: rowList(ref("BulkOperation"), MAX_BULK_OPERATIONS),
      onError: z
        .enum(["continue", "stop", "rejectAll"])
        .default("continue")
        .describe(
          "`continue`: each row by itself, those of one product in order. `stop`: strictly in order, nothing " +
            "after the first failure. `rejectAll`: everything is checked first and nothing applied if anything " +
            "would fail; what changes between the check and the application fails in its row. Rows that reserve " +
            "or release need the scope reservations:write.",
        ),
    }),
    components: { BulkOperation: bulkOperation },
    answers: ok("A result per row and a summary", bulkAnswer, REPLAYED),
    once: true,
    handle: async (call, run) => {
      const { operations, onError } = call.body;
      const rows = await rowsOf(call, operations);
      const outcomes = await applyKnown(call, { run, rows, apply: APPLY[onError] });
      const results = outcomes.map((outcome, index) => ({
        index,
        op: textIn(operations[index], "op"),
        productId: textIn(operations[index], "productId"),
        ...resultOf(outcome),
      }));
      return jsonAnswer(call, { results, summary: summaryOf(outcomes) });
    },
  }),
});

function resultOf(outcome: batch.Outcome) {
  if ("skipped" in outcome) {
    return { applied: false, code: "skipped", detail: "Not tried, since another row fails." };
  }
  if ("problem" in outcome) return { applied: false, ...batch.problemFields(outcome.problem) };
  const { body, version: at, replayed, unchanged } = outcome.result;
  const result: unknown = JSON.parse(body);
  return { applied: true, changed: !unchanged, version: at, ...(replayed && { replayed }), result };
}

function summaryOf(outcomes: readonly batch.Outcome[]) {
  const applied = outcomes.filter((outcome) => "result" in outcome);
  const failed = outcomes.filter((outcome) => "problem" in outcome).length;
  return {
    total: outcomes.length,
    applied: applied.length,
    changed: applied.filter(({ result }) => !result.unchanged).length,
    failed,
    skipped: outcomes.length - applied.length - failed,
  };
}

/** Throws a problem (403) when the key may not do what some row asks. What else is wrong is in its row. */
function rowsOf(call: Call, values: readonly unknown[]): Promise<batch.Row[]> {
  const parsed = parseRows(bulkOperation, values, ROOT);
  const verbs = new Set(parsed.flatMap((row) => ("fields" in row ? [row.fields.op] : [])));
  if (verbs.has("reserve") || verbs.has("release")) requireScope(call.credential, "reservations:write");
  return commandRows(call, parsed, async (operation, index) => ({
    command: await commandOf(call, operation, `${ROOT}[${index}]`),
  }));
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
      requireHoldRoom(call, operation.supersedes === undefined ? 1 : 0);
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
