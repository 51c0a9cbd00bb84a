/** Optimistic updates, one or many. One alone is answered with a problem document when it is refused, a batch never. */
import { parseRows, rowList, textIn } from "../batch/row-list";
import { applyRows } from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { badField, problemResponse } from "../problem";
import { answerOnce, type Run } from "../request/answer-once";
import { jsonAnswer } from "../request/answers";
import { idempotencyKeyOf } from "../request/idempotency-key";
import { etag, expectedVersion } from "../request/preconditions";
import { route, type Call, routesOf } from "../route";
import { ARRIVES, CHANGED, ok } from "../schemas/answers";
import { idempotencyKey, nonNegative, productId, reference, timestamp, version } from "../schemas/primitives";
import { MAX_UPDATES } from "../wire-limits";
import * as z from "../zod";
import { delta, update, type StockUpdate } from "./schemas";
import { placeOf, updateResults, updateRows, type UpdateResult } from "./stock-updates";

const updateBody = z
  .strictObject({
    storeId: reference.describe(
      "The location whose stock changes, when there is one of that id. Else it only says who sends, and the " +
        "stock at `main` changes.",
    ),
    productId: z.maybe(productId),
    delta: z.maybe(delta),
    version: z.maybe(version).describe("Applied only if the product is still at this version."),
    idempotencyKey: z
      .maybe(idempotencyKey)
      .describe("Of a single update: required, unless the header `Idempotency-Key` is there."),
    updates: z
      .maybe(rowList("StockUpdate", MAX_UPDATES))
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

const numbers = {
  newQuantity: z.int().nullable().describe("On hand where the update went to."),
  newVersion: version.nullable(),
  lastUpdated: timestamp.nullable(),
};

const updateResult = z
  .object({
    productId: z.string().nullable(),
    applied: z.boolean(),
    ...numbers,
    replayed: z.boolean().optional(),
    errorType: z.string().optional().describe("A problem's code."),
    errorMessage: z.string().optional(),
    expected: version.optional(),
    current: version.optional(),
  })
  .openapi("StockUpdateResult", {
    description: "A refused update carries the numbers of the moment; null where they are not known.",
  });

const batchResult = z
  .object({
    results: z.array(updateResult).describe("In the order of the updates."),
    summary: z.object({ total: nonNegative, applied: nonNegative, failed: nonNegative }),
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
  const key = body.idempotencyKey ?? inHeader;
  const { productId: id, delta: units } = body;
  if (id === undefined || units === undefined) throw new Error("validated before");
  const path = "body.idempotencyKey";
  if (key === undefined) throw badField(path, "required", "is required, here or as Idempotency-Key");
  if (inHeader !== undefined && key !== inHeader)
    throw badField(path, "contradiction", "differs from Idempotency-Key");
  const update: StockUpdate = { productId: id, delta: units, idempotencyKey: key };
  return body.version === undefined ? update : { ...update, version: body.version };
}

async function updateOne(call: UpdateCall, single: StockUpdate): Promise<Response> {
  const { storeId } = call.body;
  const locationId = await placeOf(call, storeId);
  const rows = await updateRows(call, [{ fields: single }], { storeId, locationId });
  const expected = expectedVersion(call.headers, single.version);
  for (const row of rows) if ("envelope" in row && expected) row.envelope.expected = expected;
  const outcomes = await applyRows(call, rows);
  const tried = outcomes.map((outcome) => ({ productId: single.productId, tried: true, outcome }));
  const [result] = await updateResults(call, tried, locationId);
  if (!result) throw new Error("an update without a result");
  if (!result.applied) {
    const { problem } = result;
    const extensions = { ...problem.extensions, ...fieldsOf(result) };
    return problemResponse(call.c, { ...problem, extensions });
  }
  const { replayed, ...body } = result;
  return jsonAnswer(call, body, { replayed, headers: { ETag: etag(result.newVersion) } });
}

/** Every update has a key of its own; the request's is about the request as a whole. */
async function updateMany(call: UpdateCall, updates: readonly unknown[], run: Run): Promise<Response> {
  const { storeId } = call.body;
  const locationId = await placeOf(call, storeId);
  const parsed = parseRows(update, updates, "body.updates");
  const rows = await updateRows(call, parsed, { storeId, locationId });
  const outcomes = await applyKnown(call, { run, rows, apply: applyRows });
  const tried = outcomes.map((outcome, index) => ({
    productId: textIn(updates[index], "productId"),
    tried: "productId" in (rows[index] ?? {}),
    outcome,
  }));
  const results = await updateResults(call, tried, locationId);
  const applied = results.filter((result) => result.applied).length;
  const summary = { total: results.length, applied, failed: results.length - applied };
  return jsonAnswer(call, { results: results.map(fieldsOf), summary });
}

function fieldsOf(result: UpdateResult) {
  if (result.applied) {
    const { replayed, ...rest } = result;
    return replayed ? { ...rest, replayed } : rest;
  }
  const { problem, applied, productId: id, ...rest } = result;
  return { productId: id, applied, errorType: problem.code, errorMessage: problem.detail, ...rest };
}
