/** Optimistic updates, one or many. One alone is answered with a problem document when it is refused, a batch never. */
import { CHANGED, ok, jsonAnswer, ARRIVES } from "../answers";
import { parseRows, ref, rowList } from "../batch/row-list";
import { applyRows, summary, summaryOf, type Row } from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { badField, problemResponse } from "../problem";
import { answerOnce, type Run } from "../request/answer-once";
import { idempotencyKeyOf } from "../request/idempotency-key";
import { etag, expectedVersion } from "../request/preconditions";
import { route, type Call, routesOf } from "../route";
import * as field from "../schemas/primitives";
import { MAX_UPDATES } from "../wire-limits";
import * as z from "../zod";
import { delta, update, type StockUpdate } from "./schemas";
import { applyUpdates } from "./stock-updates";

const updateBody = z
  .strictObject({
    storeId: field.reference.describe(
      "The location whose stock changes, when there is one of that id. Else it only says who sends, and the " +
        "stock at `main` changes.",
    ),
    productId: z.maybe(field.productId),
    delta: z.maybe(delta),
    version: z.maybe(field.version).describe("Applied only if the product is still at this version."),
    idempotencyKey: z
      .maybe(field.idempotencyKey)
      .describe("Of a single update: required, unless the header `Idempotency-Key` is there."),
    updates: z
      .maybe(rowList(ref("StockUpdate"), MAX_UPDATES))
      .describe(
        "Instead of productId, delta, version and idempotencyKey. Each is judged by itself, a malformed one too.",
      ),
  })
  .superRefine((body, context) => {
    const demand = (path: string, code: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], params: { code }, message });
    if (body.updates === undefined) {
      if (body.productId === undefined) demand("productId", "required", "is required without updates");
      if (body.delta === undefined) demand("delta", "required", "is required without updates");
      return;
    }
    for (const field of ["productId", "delta", "version", "idempotencyKey"] as const) {
      if (body[field] !== undefined) demand(field, "contradiction", "may not stand beside updates");
    }
  })
  .openapi("StockUpdates");
type UpdateCall = Call<unknown, unknown, z.output<typeof updateBody>>;

const updateResult = z
  .object({
    productId: z.string().nullable(),
    applied: z.boolean(),
    newQuantity: z.int().nullable().describe("On hand where the update went to."),
    newVersion: field.version.nullable(),
    lastUpdated: field.timestamp.nullable(),
    replayed: z.boolean().optional(),
    errorType: z.string().optional().describe("A problem's code."),
    errorMessage: z.string().optional(),
    expected: field.version.optional(),
    current: field.version.optional(),
  })
  .openapi("StockUpdateResult", {
    description: "A refused update carries the numbers of the moment; null where they are not known.",
  });

const batchResult = z
  .object({
    results: z.array(updateResult).describe("In the order of the updates."),
    summary,
  })
  .openapi("StockUpdateResults");

export const STOCK_UPDATE_ROUTES = routesOf("Stock", {
  updateStock: route({
    at: "POST /v1/inventory/updates",
    summary: "Change what is on hand if nobody else has, one product or up to 100",
    scope: "stock:write",
    versioned: true,
    body: updateBody,
    components: { StockUpdate: update },
    answers: ok(
      "The update alone, or a result per update and a summary",
      z.union([updateResult, batchResult]),
      CHANGED,
    ),
    problems: ["product_not_found", ...ARRIVES, "insufficient_stock", "below_reserved", "book_unavailable"],
    handle: (call) => {
      const { updates } = call.body;
      if (!updates) return updateOne(call, singleUpdate(call));
      return answerOnce(call, (run) => updateMany(call, updates, run));
    },
  }),
});

/** Throws a problem (400) for an update without a key, or with two. */
function singleUpdate({ body, headers }: UpdateCall): StockUpdate {
  const inHeader = idempotencyKeyOf(headers);
  const { productId, delta, version, idempotencyKey = inHeader } = body;
  if (productId === undefined || delta === undefined) throw new Error("validated before");
  const path = "body.idempotencyKey";
  if (idempotencyKey === undefined)
    throw badField(path, "required", "is required, here or as Idempotency-Key");
  if (inHeader !== undefined && idempotencyKey !== inHeader)
    throw badField(path, "contradiction", "differs from Idempotency-Key");
  return { productId, delta, idempotencyKey, ...(version !== undefined && { version }) };
}

async function updateOne(call: UpdateCall, single: StockUpdate): Promise<Response> {
  const apply = (rows: Row[]) => {
    const expected = expectedVersion(call.headers, single.version);
    for (const row of rows) if ("envelope" in row && expected) row.envelope.expected = expected;
    return applyRows(call, rows);
  };
  const { storeId } = call.body;
  const [result] = await applyUpdates(call, {
    storeId,
    values: [single],
    parsed: [{ fields: single }],
    apply,
  });
  if (!result) throw new Error("an update without a result");
  const { fields, problem, replayed = false, version = 0 } = result;
  if (!problem) return jsonAnswer(call, fields, { replayed, headers: { ETag: etag(version) } });
  return problemResponse(call.c, { ...problem, extensions: { ...problem.extensions, ...fields } });
}

/** Every update has a key of its own; the request's is about the request as a whole. */
async function updateMany(call: UpdateCall, values: readonly unknown[], run: Run): Promise<Response> {
  const parsed = parseRows(update, values, "body.updates");
  const apply = (rows: Row[]) => applyKnown(call, { run, rows, apply: applyRows });
  const updated = await applyUpdates(call, { storeId: call.body.storeId, values, parsed, apply });
  const results = updated.map(({ fields, replayed }) => ({ ...fields, ...(replayed && { replayed }) }));
  return jsonAnswer(call, { results, summary: summaryOf(results) });
}
