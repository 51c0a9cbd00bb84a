/** Sources outside: how each fares, imports by its own ids, and a refresh of everything that came from it. */
import { SOURCE_NAMES, type ImportRow, type SourceName, type SourceStatus } from "../../domain/source";
import { COINGECKO_IDS_PER_CALL, SOURCE_IMPORT_TIMEOUT_MS } from "../../limits/sources";
import { withTimeout } from "../../timeout";
import { jsonAnswer, ok, REPLAYED } from "../answers";
import { orOverloaded } from "../clients/reach";
import { badField, nothingAt, ProblemError } from "../problem";
import { forgetMissing } from "../products/missing-products";
import { route, routesOf, type Call } from "../route";
import { nonNegative, reference, timestamp, version } from "../schemas/primitives";
import * as z from "../zod";

const progress = z
  .object({
    startedAt: timestamp,
    endedAt: timestamp.nullable().describe("null: it is under way."),
    total: nonNegative.describe("How many products of the source there were when it began."),
    products: nonNegative.describe("So many of them have been looked at."),
    quotes: nonNegative.describe("Market prices that were new."),
    changed: nonNegative.describe("Products whose catalog entry was changed."),
    refused: nonNegative.describe(
      "Products that the source did not know, or that would not take what it says.",
    ),
  })
  .openapi("SourceProgress");

export const status = z
  .object({
    name: z.enum(SOURCE_NAMES),
    configured: z.boolean().describe("false: it needs a key, and there is none."),
    state: z
      .enum(["ok", "degraded", "down", "idle"])
      .describe(
        "`degraded`: the last attempt failed, and prices grow old; `down`: several did, or the key was refused; " +
          "`idle`: it has not been asked yet.",
      ),
    lastSuccessAt: timestamp.nullable(),
    lastError: z.object({ reason: z.string(), at: timestamp }).nullable(),
    nextRunAt: timestamp.nullable().describe("When it is asked next; null: nothing came from it yet."),
    progress: progress.nullable().describe("Of the refresh under way, or of the last."),
  })
  .openapi("Source") satisfies z.ZodType<SourceStatus>;

const row = z
  .object({
    externalId: z.string(),
    productId: z.string().nullable(),
    result: z.enum(["created", "updated", "unchanged", "error"]),
    version: version.optional(),
    error: z.object({ code: z.string(), detail: z.string() }).optional(),
  })
  .openapi("SourceImportResult") satisfies z.ZodType<ImportRow>;

export const imported = z.object({
  results: z.array(row).describe("In the order of the ids."),
  summary: z.object({
    requested: nonNegative,
    created: nonNegative,
    updated: nonNegative,
    unchanged: nonNegative,
    errors: nonNegative,
  }),
});

const params = z.strictObject({
  name: z.string().openapi({ enum: [...SOURCE_NAMES], example: "coingecko" }),
});
type SourceCall = Call<z.output<typeof params>>;

export const SOURCE_ROUTES = routesOf("Operation", {
  listSources: route({
    at: "GET /v1/admin/sources",
    summary: "How each source outside fares",
    scope: "admin",
    answers: ok("All sources", z.object({ items: z.array(status) })),
    handle: async (call) => {
      const asking = SOURCE_NAMES.map((name) => askSource(call, name, async (stub) => stub.status()));
      return jsonAnswer(call, { items: await Promise.all(asking) });
    },
  }),
  importFromSource: route({
    at: "POST /v1/admin/sources/{name}/import",
    summary: "Create or update products by their ids at a source",
    scope: "admin",
    params,
    body: z
      .strictObject({ externalIds: z.array(reference).min(1).max(COINGECKO_IDS_PER_CALL) })
      .openapi("SourceImport", { example: { externalIds: ["bitcoin", "ethereum"] } }),
    answers: ok(
      "A result per id and a summary. A new product's id is its id at the source, never its symbol.",
      imported,
      REPLAYED,
    ),
    problems: ["route_not_found", "source_not_configured"],
    once: true,
    handle: async (call, run) => {
      const name = sourceOf(call);
      const { externalIds } = call.body;
      const answer = await askSource(call, name, async (stub) => stub.importIds(externalIds));
      if (!answer.ok) throw refused(name, answer);
      const { rows } = answer;
      // What could not be reached may be tried again under the same key.
      run.keep = rows.every(
        ({ error }) => error?.code !== "source_unavailable" && error?.code !== "overloaded",
      );
      const made = rows.filter(({ result }) => result === "created");
      await Promise.all(made.map(({ externalId }) => forgetMissing(externalId)));
      return jsonAnswer(call, { results: rows, summary: summaryOf(rows) });
    },
  }),
  refreshSource: route({
    at: "POST /v1/admin/sources/{name}/refresh",
    summary: "Refresh every product of a source, as soon as it may be asked",
    scope: "admin",
    params,
    answers: {
      202: {
        description: "It goes on by itself; a refresh that is under way is joined",
        schema: status,
        headers: REPLAYED,
      },
    },
    problems: ["route_not_found", "source_not_configured"],
    once: true,
    handle: async (call) => {
      const name = sourceOf(call);
      const begun = await askSource(call, name, async (stub) => stub.refresh());
      if (!begun) throw refused(name, { code: "not_configured" });
      return jsonAnswer(call, begun, { status: 202 });
    },
  }),
});

function sourceOf({ c, params }: SourceCall): SourceName {
  const name = SOURCE_NAMES.find((known) => known === params.name);
  if (!name) throw new ProblemError(nothingAt(c.req.path));
  return name;
}

type SourceStub = ReturnType<Env["SOURCE"]["getByName"]>;

/** Throws a problem (503) when the object cannot be reached or fails. */
function askSource<T>({ env }: Call, name: SourceName, ask: (stub: SourceStub) => Promise<T>): Promise<T> {
  const asking = ask(env.SOURCE.getByName(name));
  return orOverloaded(withTimeout(asking, SOURCE_IMPORT_TIMEOUT_MS, "source"));
}

function refused(
  name: SourceName,
  refusal: { code: "not_configured" } | { code: "too_many"; most: number },
): ProblemError {
  if (refusal.code === "too_many") {
    const message = `may be at most ${refusal.most} for ${name}, which answers slowly`;
    return badField("body.externalIds", "too_big", message);
  }
  return new ProblemError({ code: "source_not_configured", detail: `${name} has no key here.` });
}

function summaryOf(rows: readonly ImportRow[]) {
  const counts = { created: 0, updated: 0, unchanged: 0, error: 0 };
  for (const { result } of rows) counts[result] += 1;
  const { error: errors, ...others } = counts;
  return { requested: rows.length, ...others, errors };
}
