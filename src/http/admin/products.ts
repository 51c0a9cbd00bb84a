/** Products by the hundred, for whoever runs the shop: created, set, deleted; each row by itself. */
import type { Command } from "../../domain/command";
import { readConfig } from "../../env";
import { REPLAYED, jsonAnswer, ok } from "../answers";
import { commandRows, parseRows, ref, rowList, textIn, type RowFields } from "../batch/row-list";
import { applyRows, isDecided, problemFields, type Row, type Tried } from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { awaitIndex } from "../clients/indexer";
import { forgetMissing } from "../products/missing-products";
import type { Run } from "../request/answer-once";
import { route, type Call, type Contract, routesOf } from "../route";
import { either, nonNegative, timestamp, version } from "../schemas/primitives";
import { MAX_ADMIN_ROWS } from "../wire-limits";
import * as z from "../zod";
import * as product from "./product-rows";

interface Kind<F extends RowFields> extends Pick<Contract, "at" | "summary"> {
  row: z.ZodType<F>;
  name: string;
  /** A row that is a mere id, where `productIds` may be given instead. */
  byId?: z.ZodType<F>;
  /** Of the summary: `successfulCreations`, `failedCreations`. */
  noun: "Creations" | "Updates" | "Deletions";
  command(fields: F, currency: string): Command;
}

/** What an object's answer says of a row; nothing of a deletion. */
const written = z.object({ updatedAt: z.string().optional() });

export const rowResult = z
  .looseObject({
    index: nonNegative,
    productId: z.string().nullable(),
    success: z.boolean(),
    newVersion: version.optional(),
    version: version.optional().describe("As newVersion."),
    lastUpdated: timestamp.optional(),
    replayed: z.boolean().optional(),
    errorType: z.string().optional().describe("As code."),
    errorMessage: z.string().optional().describe("As detail."),
    status: z.int().optional().describe("What the single route would have answered with."),
    code: z.string().optional().describe("The problem's."),
    detail: z.string().optional(),
  })
  .openapi("ProductBatchResult");

interface Body {
  products?: unknown[];
  productIds?: unknown[];
}
type BatchCall = Call<unknown, unknown, Body>;

export const ADMIN_PRODUCT_ROUTES = routesOf("Operation", {
  createProducts: batchRoute({
    at: "POST /v1/admin/products/create",
    summary: "Create up to 100 products, with their first stock",
    row: product.creation,
    name: "ProductCreation",
    noun: "Creations",
    command: product.creationCommand,
  }),
  setProducts: batchRoute({
    at: "PUT /v1/admin/products/set",
    summary: "Change catalog fields and set what is on hand or available of up to 100 products",
    row: product.setting,
    name: "ProductSetting",
    noun: "Updates",
    command: product.settingCommand,
  }),
  deleteProducts: batchRoute({
    at: "DELETE /v1/admin/products/delete",
    summary: "Delete up to 100 products",
    row: product.deletion,
    name: "ProductDeletion",
    byId: product.deletionById,
    noun: "Deletions",
    command: product.deletionCommand,
  }),
});

function batchRoute<F extends RowFields>(kind: Kind<F>) {
  const { at, summary, noun } = kind;
  const answer = z.object({
    results: z.array(rowResult).describe("In the order of the rows."),
    summary: z.object({
      totalRequests: nonNegative,
      [`successful${noun}`]: nonNegative,
      [`failed${noun}`]: nonNegative,
    }),
  });
  return route({
    at,
    summary,
    scope: "admin",
    body: bodyOf(kind),
    components: { [kind.name]: kind.row },
    answers: ok("A result per row and a summary", answer, REPLAYED),
    once: true,
    handle: (call, run) => applied(call, kind, run),
  });
}

function bodyOf<F extends RowFields>({ name, byId }: Kind<F>): z.ZodType<Body> {
  const products = rowList(ref(name), MAX_ADMIN_ROWS);
  if (!byId) return z.strictObject({ products });
  const productIds = rowList({ type: "string" }, MAX_ADMIN_ROWS);
  return z
    .strictObject({ products: z.maybe(products), productIds: z.maybe(productIds) })
    .refine(...either("products", "productIds", "products"));
}

async function applied<F extends RowFields>(call: BatchCall, kind: Kind<F>, run: Run): Promise<Response> {
  const { products, productIds = [] } = call.body;
  const { defaultCurrency } = readConfig(call.env);
  const parsed = products
    ? parseRows(kind.row, products, "body.products")
    : parseRows(kind.byId ?? kind.row, productIds, "body.productIds");
  const command = (fields: F) => ({ command: kind.command(fields, defaultCurrency) });
  const rows = await commandRows(call, parsed, command);
  const awaitBook = rows.some((row) => "envelope" in row && product.changesCatalog(row.envelope.command));
  const apply = (_: Call, those: readonly Row[]) => applyRows(call, those, { awaitBook });
  const creates = kind.noun === "Creations";
  const outcomes = creates ? await apply(call, rows) : await applyKnown(call, { run, rows, apply });
  run.keep = isDecided(outcomes);
  if (awaitBook) await awaitIndex(call.env);
  const values = products ?? productIds;
  const results = outcomes.map((outcome, index) => {
    const value = values[index];
    const productId = typeof value === "string" ? value : textIn(value, "productId");
    return { index, productId, ...resultOf(outcome) };
  });
  const successes = results.filter((result) => result.success);
  // That they were missing a moment ago.
  if (creates) await Promise.all(successes.map(({ productId }) => forgetMissing(productId ?? "")));
  const summary = {
    totalRequests: results.length,
    [`successful${kind.noun}`]: successes.length,
    [`failed${kind.noun}`]: results.length - successes.length,
  };
  return jsonAnswer(call, { results, summary });
}

function resultOf(outcome: Tried) {
  if ("problem" in outcome) {
    const { code: errorType, detail: errorMessage } = outcome.problem;
    return { success: false, errorType, errorMessage, ...problemFields(outcome.problem) };
  }
  const { version: at, replayed, body } = outcome.result;
  const { updatedAt: lastUpdated } = written.parse(JSON.parse(body));
  return { success: true, newVersion: at, version: at, lastUpdated, ...(replayed && { replayed }) };
}
