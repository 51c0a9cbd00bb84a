/** Products by the hundred, for whoever runs the shop: created, set to a count, deleted; each row by itself. */
import { z } from "@hono/zod-openapi";
import type { Command } from "../../domain/command";
import { MAIN_LOCATION } from "../../domain/ids";
import { parseRow, rowEnvelope, rowKeys, rowList, textIn } from "../batch/row-list";
import { problemFields } from "../batch/row-problem";
import { applyRows, type Outcome, type Row } from "../batch/rows";
import { endpoint, type App, type Call, type Method } from "../endpoint";
import { jsonAnswer } from "../json-answer";
import { forgetMissing } from "../missing-products";
import {
  idempotencyKey,
  locationId,
  maybe,
  nonNegative,
  productId,
  reason,
  version,
} from "../schemas/primitives";
import { newProduct, productName } from "../schemas/product";
import { countShape, isCountable, NOT_COUNTABLE } from "../schemas/stock";
import { MAX_ADMIN_ROWS } from "../wire-limits";

const key = maybe(idempotencyKey);

const creation = newProduct.extend({
  name: maybe(productName).openapi({ description: "The productId when it is left out." }),
  initialQuantity: nonNegative.default(0),
  locationId: locationId.default(MAIN_LOCATION),
  idempotencyKey: key,
});

const setting = z
  .strictObject({
    ...countShape,
    productId,
    reason: reason.default("set by an administrator"),
    idempotencyKey: key,
  })
  .refine(isCountable, NOT_COUNTABLE);

const deletion = z.strictObject({
  productId,
  force: z.boolean().default(false),
  reason: maybe(reason),
  version: maybe(version),
  idempotencyKey: key,
});

/** What every row has, whatever is done to its product. */
interface Fields {
  productId: string;
  locationId?: string;
  version?: number;
  idempotencyKey?: string;
}

interface Kind<F extends Fields> {
  method: Method;
  path: string;
  operationId: string;
  summary: string;
  /** One row, and its name in the document. */
  row: z.ZodType<F>;
  name: string;
  /** Of the summary: `successfulCreations`, `failedCreations`. */
  noun: "Creations" | "Updates" | "Deletions";
  command(fields: F): Command;
  awaitBook: boolean;
  /** What follows a success before the answer goes out. */
  applied?(productId: string): Promise<void>;
}

const CREATE: Kind<z.output<typeof creation>> = {
  method: "post",
  path: "/v1/admin/products/create",
  operationId: "createProducts",
  summary: "Create up to 100 products, with their first stock",
  row: creation,
  name: "ProductCreation",
  noun: "Creations",
  command: (row) => {
    const { productId: _, idempotencyKey: __, initialQuantity, locationId: place, ...fields } = row;
    return { verb: "create", fields, initial: { locationId: place, quantity: initialQuantity } };
  },
  awaitBook: true,
  applied: forgetMissing,
};

const SET: Kind<z.output<typeof setting>> = {
  method: "put",
  path: "/v1/admin/products/set",
  operationId: "setProducts",
  summary: "Set what is on hand of up to 100 products, as counted",
  row: setting,
  name: "ProductSetting",
  noun: "Updates",
  command: (row) => {
    const { productId: _, idempotencyKey: __, version: ___, ...count } = row;
    return { verb: "count", ...count };
  },
  awaitBook: false,
};

const DELETE: Kind<z.output<typeof deletion>> = {
  method: "delete",
  path: "/v1/admin/products/delete",
  operationId: "deleteProducts",
  summary: "Delete up to 100 products",
  row: deletion,
  name: "ProductDeletion",
  noun: "Deletions",
  command: (row) => {
    const { productId: _, idempotencyKey: __, version: ___, ...how } = row;
    return { verb: "delete", ...how };
  },
  awaitBook: true,
};

const rowResult = z
  .looseObject({
    index: nonNegative,
    productId: z.string().nullable(),
    success: z.boolean(),
    version: version.optional(),
    replayed: z.boolean().optional(),
    status: z.int().optional().openapi({ description: "What the single route would have answered with." }),
    code: z.string().optional().openapi({ description: "The problem's." }),
    detail: z.string().optional(),
  })
  .openapi("ProductBatchResult");

export function adminProductRoutes(app: App): void {
  batchRoute(app, CREATE);
  batchRoute(app, SET);
  batchRoute(app, DELETE);
}

function batchRoute<F extends Fields>(app: App, kind: Kind<F>): void {
  const { method, path, operationId, summary, row, name, noun } = kind;
  const answer = z.object({
    results: z.array(rowResult).openapi({ description: "In the order of the rows." }),
    summary: z.object({
      totalRequests: nonNegative,
      [`successful${noun}`]: nonNegative,
      [`failed${noun}`]: nonNegative,
    }),
  });
  endpoint(
    app,
    {
      method,
      path,
      operationId,
      summary,
      tag: "Operation",
      scope: "admin",
      body: z.strictObject({ products: rowList(app, row, { name, most: MAX_ADMIN_ROWS }) }),
      answers: { 200: { description: "A result per row and a summary", schema: answer } },
    },
    async (call) => {
      const values = call.body.products;
      const rows = await rowsOf(call, kind, values);
      const outcomes = await applyRows(call, rows, { awaitBook: kind.awaitBook });
      await follow(kind, rows, outcomes);
      const results = values.map((value, index) => resultOf(index, value, outcomes[index]));
      const successes = results.filter((result) => result.success).length;
      const counts = {
        totalRequests: values.length,
        [`successful${noun}`]: successes,
        [`failed${noun}`]: values.length - successes,
      };
      return jsonAnswer(call, { results, summary: counts });
    },
  );
}

async function rowsOf<F extends Fields>(
  call: Call,
  kind: Kind<F>,
  values: readonly unknown[],
): Promise<Row[]> {
  const keyOf = rowKeys(call);
  const parsed = values.map((value, index) => parseRow(kind.row, value, `body.products[${index}]`));
  return Promise.all(
    parsed.map(async (row, index): Promise<Row> => {
      if ("problem" in row) return row;
      const { idempotencyKey: own, ...content } = row.fields;
      const { productId: id, version: seen } = row.fields;
      const command = kind.command(row.fields);
      const asked = { command, content, version: seen, key: keyOf(index, own) };
      return { productId: id, envelope: await rowEnvelope(call, asked) };
    }),
  );
}

async function follow<F extends Fields>(
  { applied }: Kind<F>,
  rows: readonly Row[],
  outcomes: readonly Outcome[],
): Promise<void> {
  if (!applied) return;
  const done = rows.flatMap((row, index) => {
    const outcome = outcomes[index];
    return "productId" in row && outcome && "result" in outcome ? [row.productId] : [];
  });
  await Promise.all(done.map(applied));
}

function resultOf(index: number, value: unknown, outcome: Outcome | undefined) {
  const row = { index, productId: textIn(value, "productId") };
  if (outcome && "result" in outcome) {
    const { version: at, replayed } = outcome.result;
    return { ...row, success: true, version: at, ...(replayed && { replayed }) };
  }
  if (!outcome || "skipped" in outcome) throw new Error("a row was not tried");
  return { ...row, success: false, ...problemFields(outcome.problem) };
}
