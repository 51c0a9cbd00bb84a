/** A whole catalog in one call: rows stream in, results stream out in their order, a summary comes last. */
import { pMapIterable } from "p-map";
import type { Envelope, Result } from "../../domain/command";
import { IMPORT_CONCURRENCY, MAX_IMPORT_ROWS } from "../../limits";
import { REPLAYED, bodyAnswer, streamOf } from "../answers";
import { rowKey, textIn } from "../batch/row-list";
import { rowProblem } from "../batch/rows";
import { awaitIndex } from "../clients/indexer";
import { execute } from "../clients/product";
import { invalid, type Problem } from "../problem";
import { refusalProblem } from "../refusal-problem";
import { claimKey } from "../request/answer-once";
import { callerOf } from "../request/credential";
import { requireType } from "../request/body";
import { fieldErrors } from "../request/fields";
import { idempotencyKeyOf, keyOf } from "../request/idempotency-key";
import { route, type Call, routesOf } from "../route";
import { version } from "../schemas/primitives";
import * as z from "../zod";
import { IMPORT_TYPES, openRows, type ImportRow, type ImportRows } from "./file/import-rows";
import { QueueByName } from "./file/queue-by-name";
import { uploadOf } from "./file/upload";
import { forgetMissing } from "./missing-products";
import { newProduct } from "./schemas";

const APPLIED = ["created", "updated", "unchanged"] as const;

const upserted = z.object({ result: z.enum(APPLIED) });

export const rowResult = z.component("ImportResult", {
  row: z.int().describe("From 1; blank lines and a CSV's head are not counted."),
  productId: z.string().nullable(),
  result: z.enum([...APPLIED, "error"]),
  version: version.optional(),
  error: z.looseObject({ code: z.string(), detail: z.string() }).optional(),
});

export const summary = z.component("ImportSummary", {
  summary: z.object({
    rows: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    errors: z.int(),
    durationMs: z.int(),
  }),
});

type RowResult = Omit<z.output<typeof rowResult>, "row">;

export const IMPORT_ROUTES = routesOf("Catalog", {
  importProducts: route({
    at: "POST /v1/products/import",
    summary: "Create or update many products: NDJSON, CSV or a JSON array",
    scope: "admin",
    consumes: IMPORT_TYPES,
    produces: ["application/x-ndjson", "application/json"],
    answers: {
      200: {
        description:
          "A line per row in the order of the rows, then one with the summary. At most " +
          `${MAX_IMPORT_ROWS} rows are read: of more, the line after the last of them is the error ` +
          "`too_many_rows`, and the rest was not read. An upload that breaks off ends the same way.",
        schema: z.union([rowResult, summary]),
        types: ["application/x-ndjson"],
        headers: REPLAYED,
      },
    },
    handle: async (call) => {
      const key = idempotencyKeyOf(call.headers);
      const type = requireType(call.headers, IMPORT_TYPES);
      // Under a key only the whole file says which request it is. The answer, which may be as long, is not kept: a repeat
      // runs the rows again, and each that was applied gives the same result by its own key.
      const { body, sha256 } = await uploadOf(call.request, key !== undefined);
      const rows = await openRows(body, type);
      const replayed = key !== undefined && (await claimKey(call, key, [type, sha256]));
      const lines = importLines(rows, rowWriter(call, key), call);
      const headers = { "Content-Type": "application/x-ndjson" };
      return bodyAnswer(call, streamOf(lines), { replayed, headers });
    },
  }),
});

async function* importLines(
  rows: ImportRows,
  write: (row: ImportRow, index: number) => Promise<RowResult>,
  { env, requestId }: Call,
): AsyncGenerator<string, void> {
  const startedAtMs = Date.now();
  const counts = { created: 0, updated: 0, unchanged: 0, error: 0 };
  let row = 0;
  const line = ({ result, productId, ...rest }: RowResult) => {
    row += 1;
    counts[result] += 1;
    return `${JSON.stringify({ row, productId, result, ...rest })}\n`;
  };
  try {
    const results = pMapIterable(rows, write, { concurrency: IMPORT_CONCURRENCY });
    for await (const result of results) yield line(result);
  } catch (error) {
    // The upload broke off or has too many rows: what came before is in, and the last line says where it ended.
    yield line(failed(null, rowProblem(error, { requestId })));
  }
  await awaitIndex(env);
  const { error: errors, ...others } = counts;
  const durationMs = Date.now() - startedAtMs;
  yield `${JSON.stringify({ summary: { rows: row, ...others, errors, durationMs } })}\n`;
}

/** Writes one row and never rejects. Rows of one product wait for each other, in the order of the file. */
function rowWriter(call: Call, key: string | undefined) {
  const queue = new QueueByName();
  return async (row: ImportRow, index: number): Promise<RowResult> => {
    if ("error" in row) return failed(null, invalid([row.error]));
    const parsed = newProduct.safeParse(row.value);
    if (!parsed.success) {
      return failed(textIn(row.value, "productId"), invalid(fieldErrors(parsed.error, "row")));
    }
    const { productId, ...fields } = parsed.data;
    return queue.run(productId, async (isFollowed) => {
      try {
        const envelope: Envelope = { command: { verb: "upsert", fields }, ...callerOf(call.credential) };
        // Each row has its part of the key, so that a file sent again is answered row by row as it was.
        if (key !== undefined) envelope.key = keyOf(call, rowKey(key, index), ["import", fields]);
        // The row behind it waits for the book with all that is before it.
        const delivery = { envelopes: [envelope], awaitBook: !isFollowed() };
        const [result] = await execute(call.env, productId, delivery);
        const written = resultOf(productId, result);
        if (written.result === "created") await forgetMissing(productId);
        return written;
      } catch (error) {
        return failed(productId, rowProblem(error, { requestId: call.requestId, productId }));
      }
    });
  };
}

function resultOf(productId: string, result: Result | undefined): RowResult {
  if (!result) throw new Error("the object answered nothing");
  if (!result.ok) return failed(productId, refusalProblem(result.refusal));
  return { ...upserted.parse(JSON.parse(result.body)), productId, version: result.version };
}

function failed(productId: string | null, { code, detail, extensions }: Problem): RowResult {
  return { result: "error", productId, error: { code, detail, ...extensions } };
}
