/** Many operations on the stock in one request, each validated and answered by itself. */
import { rowList, textIn } from "../batch/row-list";
import { problemFields } from "../batch/row-problem";
import { applyAllOrNone, applyRows, applyUntilFailure, type Outcome } from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { jsonAnswer } from "../request/answers";
import { route, routesOf } from "../route";
import { REPLAYED, ok } from "../schemas/answers";
import { nonNegative, version } from "../schemas/primitives";
import { MAX_BULK_OPERATIONS } from "../wire-limits";
import * as z from "../zod";
import { bulkOperation, bulkRows } from "./bulk-operations";

const APPLY = { continue: applyRows, stop: applyUntilFailure, rejectAll: applyAllOrNone };

const bulkResult = z
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

const bulkAnswer = z
  .object({
    results: z.array(bulkResult).describe("In the order of the rows."),
    summary: z.object({
      total: nonNegative,
      applied: nonNegative,
      changed: nonNegative,
      failed: nonNegative,
      skipped: nonNegative,
    }),
  })
  .openapi("BulkAnswer");

export const BULK_ROUTES = routesOf("Stock", {
  bulkChangeStock: route({
    at: "POST /v1/inventory/bulk",
    summary: "Count, adjust, reserve, release and transfer many; a result per row",
    scope: "stock:write",
    body: z
      .strictObject({
        operations: rowList("BulkOperation", MAX_BULK_OPERATIONS),
        onError: z
          .enum(["continue", "stop", "rejectAll"])
          .default("continue")
          .describe(
            "`continue`: each row by itself, those of one product in order. `stop`: strictly in order, nothing " +
              "after the first failure. `rejectAll`: everything is checked first and nothing applied if anything " +
              "would fail; what changes between the check and the application fails in its row. Rows that reserve " +
              "or release need the scope reservations:write.",
          ),
      })
      .openapi("BulkRequest"),
    components: { BulkOperation: bulkOperation },
    answers: ok("A result per row and a summary", bulkAnswer, REPLAYED),
    once: true,
    handle: async (call, run) => {
      const { operations, onError } = call.body;
      const rows = await bulkRows(call, operations);
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

function resultOf(outcome: Outcome) {
  if ("skipped" in outcome) {
    return { applied: false, code: "skipped", detail: "Not tried, since another row fails." };
  }
  if ("problem" in outcome) return { applied: false, ...problemFields(outcome.problem) };
  const { body, version: at, replayed, unchanged } = outcome.result;
  const result: unknown = JSON.parse(body);
  return { applied: true, changed: !unchanged, version: at, ...(replayed && { replayed }), result };
}

function summaryOf(outcomes: readonly Outcome[]) {
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
