/**
 * Optimistic updates, one or many: what tills, shops and marketplaces report of their own sales and deliveries. A refused one
 * is answered with the numbers of the moment, so that whoever sent it can decide again without a read; one alone is a problem
 * document then, a batch never.
 */
import { MAIN_LOCATION } from "../../domain/ids";
import { inParallel } from "../../in-parallel";
import { BATCH_CALL_TIMEOUT_MS, BATCH_CONCURRENCY } from "../../limits";
import { withTimeout } from "../../timeout";
import { ARRIVES, CHANGED, jsonAnswer, ok } from "../answers";
import { commandRows, parseRows, ref, rowList, textIn } from "../batch/row-list";
import { applyRows, rowProblem, summary, summaryOf, type Row, type Tried } from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { read } from "../clients/product";
import { isLocation } from "../locations/known-locations";
import { badField, problemResponse, type Problem, type ProblemCode } from "../problem";
import { answerOnce, type Run } from "../request/answer-once";
import { idempotencyKeyOf } from "../request/idempotency-key";
import { etag, expectedVersion } from "../request/preconditions";
import { route, type Call, routesOf } from "../route";
import * as field from "../schemas/primitives";
import { MAX_UPDATES } from "../wire-limits";
import * as z from "../zod";
import { delta, update, type StockUpdate } from "./schemas";

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

export const updateResult = z
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

export const batchResult = z.component("StockUpdateResults", {
  results: z.array(updateResult).describe("In the order of the updates."),
  summary,
});

const stockRead = z.object({
  version: z.number(),
  updatedAt: z.string(),
  levels: z.array(z.object({ locationId: z.string(), onHand: z.number() })),
});

const UNKNOWN = { newQuantity: null, newVersion: null, lastUpdated: null };

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
  const [result] = await applyUpdates(call, [single], apply);
  if (!result) throw new Error("an update without a result");
  const { fields, problem, replayed = false, version = 0 } = result;
  if (!problem) return jsonAnswer(call, fields, { replayed, headers: { ETag: etag(version) } });
  return problemResponse(call.c, { ...problem, extensions: { ...problem.extensions, ...fields } });
}

/** Every update has a key of its own; the request's is about the request as a whole. */
async function updateMany(call: UpdateCall, values: readonly unknown[], run: Run): Promise<Response> {
  const apply = (rows: Row[]) => applyKnown(call, { run, rows, apply: applyRows });
  const updated = await applyUpdates(call, values, apply);
  const results = updated.map(({ fields, replayed }) => ({ ...fields, ...(replayed && { replayed }) }));
  return jsonAnswer(call, { results, summary: summaryOf(results) });
}

/** What became of an update: `fields` as a batch answers it, and what one alone is answered with. */
interface UpdateResult {
  fields: { applied: boolean; [name: string]: unknown };
  problem?: Problem;
  replayed?: boolean;
  version?: number;
}

/** The store's location, when it is one, else the first place. Throws a problem (503). */
export async function placeOf(call: Call, storeId: string): Promise<string> {
  return (await isLocation(call, storeId)) ? storeId : MAIN_LOCATION;
}

/** The same update is the same request, alone or among others. Each product that refused one is read once. */
async function applyUpdates(
  call: UpdateCall,
  values: readonly unknown[],
  apply: (rows: Row[]) => Promise<Tried[]>,
): Promise<UpdateResult[]> {
  const { storeId } = call.body;
  const locationId = await placeOf(call, storeId);
  const parsed = parseRows(update, values, "body.updates");
  const rows = await commandRows(call, parsed, ({ productId, delta, version, idempotencyKey: reference }) => {
    const how = { type: "correction", reason: `update from ${storeId}`, reference, force: false } as const;
    const content = { storeId, productId, delta, version };
    return { command: { verb: "adjust", locationId, delta, ...how }, content };
  });
  const outcomes = await apply(rows);
  const refused = rows.flatMap((row, index) =>
    isRefused(outcomes[index]) && "productId" in row ? [row.productId] : [],
  );
  const stockById = new Map<string | null, string>();
  await inParallel(new Set(refused), BATCH_CONCURRENCY, async (productId) => {
    const found = await readStock(call, productId);
    if (found) stockById.set(productId, found);
  });
  return outcomes.map((outcome, index): UpdateResult => {
    const productId = textIn(values[index], "productId");
    if ("result" in outcome) {
      const { body, replayed } = outcome.result;
      const numbers = numbersOf(body, locationId);
      return { fields: { productId, applied: true, ...numbers }, replayed, version: numbers.newVersion };
    }
    const { problem } = outcome;
    const { code: errorType, detail: errorMessage, extensions = {} } = problem;
    const now = stockById.get(productId);
    const numbers = now ? numbersOf(now, locationId) : UNKNOWN;
    // Of a version conflict, else neither.
    const { expected, current } = extensions;
    const fields = { productId, applied: false, errorType, errorMessage, ...numbers, expected, current };
    return { fields, problem };
  });
}

/** A product that is not there has no numbers, and one that was too busy to decide is not asked again. */
function isRefused(outcome: Tried | undefined): boolean {
  const undecided: readonly ProblemCode[] = ["product_not_found", "overloaded", "internal"];
  return outcome !== undefined && "problem" in outcome && !undecided.includes(outcome.problem.code);
}

/** Never rejects: numbers that cannot be read are not known. */
async function readStock(call: Call, productId: string): Promise<string | undefined> {
  try {
    const query = { view: "stock" as const, clamped: call.credential.clamped };
    const found = await withTimeout(read(call.env, productId, query), BATCH_CALL_TIMEOUT_MS, "product");
    return found.ok ? found.body : undefined;
  } catch (error) {
    rowProblem(error, { requestId: call.requestId, productId });
    return undefined;
  }
}

/** An answer from before the store became a location shows where its updates went then. */
function numbersOf(stock: string, locationId: string) {
  const { levels, version, updatedAt } = stockRead.parse(JSON.parse(stock));
  const at = (place: string) => levels.find((level) => level.locationId === place);
  const level = at(locationId) ?? at(MAIN_LOCATION);
  return { newQuantity: level?.onHand ?? 0, newVersion: version, lastUpdated: updatedAt };
}
