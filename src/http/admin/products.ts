/** Products by the hundred, for whoever runs the shop: created, set, deleted; each row by itself. */
import type { Command } from "../../domain/command";
import { readConfig } from "../../env";
import { anyRows, parseRow, rowEnvelope, rowKeys, rowList, textIn } from "../batch/row-list";
import { problemFields } from "../batch/row-problem";
import { applyRows, isDecided, type Outcome, type Row } from "../batch/rows";
import { withoutUnknown } from "../batch/unknown-products";
import { forgetMissing } from "../products/missing-products";
import { type Run } from "../request/answer-once";
import { jsonAnswer } from "../request/answers";
import { route, type Call, type Contract, routesOf } from "../route";
import { REPLAYED } from "../schemas/answers";
import { maybe, nonNegative, timestamp, version } from "../schemas/primitives";
import { MAX_ADMIN_ROWS } from "../wire-limits";
import * as z from "../zod";
import {
  changesCatalog,
  creation,
  creationCommand,
  deletion,
  deletionById,
  deletionCommand,
  setting,
  settingCommand,
} from "./product-rows";

/** What every row has, whatever is done to its product. */
interface Fields {
  productId: string;
  version?: number;
  idempotencyKey?: string;
}

interface Kind<F extends Fields> extends Pick<Contract, "at" | "summary"> {
  /** One row, and its name in the document. */
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

const rowResult = z
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
    row: creation,
    name: "ProductCreation",
    noun: "Creations",
    command: creationCommand,
  }),
  setProducts: batchRoute({
    at: "PUT /v1/admin/products/set",
    summary: "Change catalog fields and set what is on hand or available of up to 100 products",
    row: setting,
    name: "ProductSetting",
    noun: "Updates",
    command: settingCommand,
  }),
  deleteProducts: batchRoute({
    at: "DELETE /v1/admin/products/delete",
    summary: "Delete up to 100 products",
    row: deletion,
    name: "ProductDeletion",
    byId: deletionById,
    noun: "Deletions",
    command: deletionCommand,
  }),
});

function batchRoute<F extends Fields>(kind: Kind<F>) {
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
    answers: { 200: { description: "A result per row and a summary", schema: answer, headers: REPLAYED } },
    once: true,
    handle: (call, run) => applied(call, kind, run),
  });
}

function bodyOf<F extends Fields>({ name, byId }: Kind<F>): z.ZodType<Body> {
  const products = rowList(name, MAX_ADMIN_ROWS);
  if (!byId) return z.strictObject({ products });
  const items = { type: "string" as const };
  const bounds = { minItems: 1, maxItems: MAX_ADMIN_ROWS };
  const productIds = anyRows(MAX_ADMIN_ROWS);
  return z
    .strictObject({
      products: maybe(products),
      productIds: maybe(productIds.openapi({ type: "array", ...bounds, items })),
    })
    .refine((body) => (body.products === undefined) !== (body.productIds === undefined), {
      path: ["products"],
      params: { code: "contradiction" },
      error: "give products or productIds, and not both",
    });
}

async function applied<F extends Fields>(call: BatchCall, kind: Kind<F>, run: Run): Promise<Response> {
  const { products, productIds = [] } = call.body;
  const values = products ?? productIds;
  const rows = await rowsOf(call, kind);
  const awaitBook = rows.some((row) => "envelope" in row && changesCatalog(row.envelope.command));
  const creates = kind.noun === "Creations";
  const outcomes = await applyRows(call, creates ? rows : await withoutUnknown(call, rows), { awaitBook });
  run.keep = isDecided(outcomes);
  if (creates) await forgetMade(rows, outcomes);
  const results = values.map((value, index) => resultOf(index, value, outcomes[index]));
  const successes = results.filter((result) => result.success).length;
  const counts = {
    totalRequests: values.length,
    [`successful${kind.noun}`]: successes,
    [`failed${kind.noun}`]: values.length - successes,
  };
  return jsonAnswer(call, { results, summary: counts });
}

async function rowsOf<F extends Fields>(call: BatchCall, kind: Kind<F>): Promise<Row[]> {
  const keyOf = rowKeys(call);
  const { defaultCurrency } = readConfig(call.env);
  const { products, productIds = [] } = call.body;
  const parsed = products
    ? products.map((value, index) => parseRow(kind.row, value, `body.products[${index}]`))
    : productIds.map((id, index) => parseRow(kind.byId ?? kind.row, id, `body.productIds[${index}]`));
  return Promise.all(
    parsed.map(async (found, index): Promise<Row> => {
      if ("problem" in found) return found;
      const { idempotencyKey: own, ...content } = found.fields;
      const { productId: id, version: seen } = found.fields;
      const command = kind.command(found.fields, defaultCurrency);
      const row = { command, content, version: seen, key: keyOf(index, own) };
      return { productId: id, envelope: await rowEnvelope(call, row) };
    }),
  );
}

/** That they were missing a moment ago. */
async function forgetMade(rows: readonly Row[], outcomes: readonly Outcome[]): Promise<void> {
  const made = rows.flatMap((row, index) => {
    const outcome = outcomes[index];
    return "productId" in row && outcome && "result" in outcome ? [row.productId] : [];
  });
  await Promise.all(made.map(forgetMissing));
}

function resultOf(index: number, value: unknown, outcome: Outcome | undefined) {
  const row = { index, productId: typeof value === "string" ? value : textIn(value, "productId") };
  if (outcome && "result" in outcome) {
    const { version: at, replayed, body } = outcome.result;
    const { updatedAt: lastUpdated } = written.parse(JSON.parse(body));
    const done = { success: true, newVersion: at, version: at, lastUpdated };
    return { ...row, ...done, ...(replayed && { replayed }) };
  }
  if (!outcome || "skipped" in outcome) throw new Error("a row was not tried");
  const { code: errorType, detail: errorMessage } = outcome.problem;
  return { ...row, success: false, errorType, errorMessage, ...problemFields(outcome.problem) };
}
