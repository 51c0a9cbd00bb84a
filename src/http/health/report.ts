/**
 * How each part is that the service stands on: asked now, all at once, each with a bound. What a part answers is thrown away,
 * and no question leaves anything behind. Reports tell nothing of the inside; the log does.
 */
import { BookNotMigrated, requireBookSchema } from "../../d1/book-schema";
import { HEALTH_PART_TIMEOUT_MS, HEALTH_REPORT_FRESH_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { TimeoutError, withTimeout } from "../../timeout";
import * as z from "../zod";
import type { SourceStatus } from "../../domain/source";
import { sourceProbes, type SourceProbe } from "./sources";

const status = z.enum(["healthy", "degraded", "unhealthy"]);
type Status = z.output<typeof status>;

const part = z
  .object({
    status,
    latencyMs: z.int().describe("How long it took to answer, or to fail."),
    lastSuccessAt: z.string().nullable().describe("null: not since this place began to serve."),
    detail: z.string().optional(),
  })
  .openapi("HealthOfPart");
type Part = z.output<typeof part>;

export const healthReport = z
  .object({
    status: status.describe(
      "`degraded`: something fails without which stock is still decided and the book is still read.",
    ),
    checkedAt: z.string(),
    parts: z.object({
      book: part.describe("The log and the read model in D1."),
      search: part.describe("The search index in D1."),
      catalogCache: part.describe("Catalog entries in KV; without them the book answers."),
      objects: part.describe("Durable Objects, which decide about stock."),
      sources: z.record(z.string(), part).describe("Market prices and catalogs from outside, by name."),
    }),
  })
  .openapi("HealthReport");
type Report = z.output<typeof healthReport>;

/** No product can have this name, so that none ever comes to be where it is asked. */
const NO_PRODUCT = "~health";

/** What was found last, not what is being looked for: no request may wait for what another one has begun. */
const lastReports = new WeakMap<D1Database, Report>();
const successByPart = new WeakMap<D1Database, Map<string, string>>();

export async function reportHealth(env: Env): Promise<Report> {
  const last = lastReports.get(env.BOOK);
  if (last && Date.now() - Date.parse(last.checkedAt) < HEALTH_REPORT_FRESH_MS) return last;
  const report = await examine(env, sourceProbes(env));
  lastReports.set(env.BOOK, report);
  return report;
}

export async function examine(env: Env, probes: readonly SourceProbe[]): Promise<Report> {
  const { BOOK, SEARCH, CATALOG, PRODUCT } = env;
  const ask = (name: string, failed: Status, question: () => Promise<unknown>) =>
    examinePart({ name, failed, question, successes: successesOf(env) });
  const [book, search, catalogCache, objects, ...sources] = await Promise.all([
    ask("book", "unhealthy", () => Promise.all([requireBookSchema(BOOK), BOOK.prepare("SELECT 1").first()])),
    ask("search", "degraded", () => SEARCH.prepare("SELECT 1").first()),
    ask("catalogCache", "degraded", () => CATALOG.get(NO_PRODUCT)),
    ask("objects", "unhealthy", async () => PRODUCT.getByName(NO_PRODUCT).wake()),
    ...probes.map(examineSource),
  ]);
  const parts = { book, search, catalogCache, objects };
  const vital = [book.status, objects.status];
  const all = [...Object.values(parts), ...sources.map((source) => source.part)];
  const ailing = all.some((one) => one.status !== "healthy");
  return {
    status: vital.includes("unhealthy") ? "unhealthy" : ailing ? "degraded" : "healthy",
    checkedAt: new Date().toISOString(),
    parts: { ...parts, sources: Object.fromEntries(sources.map(({ name, part }) => [name, part])) },
  };
}

function successesOf({ BOOK }: Env): Map<string, string> {
  const successes = successByPart.get(BOOK) ?? new Map<string, string>();
  successByPart.set(BOOK, successes);
  return successes;
}

interface Examined {
  name: string;
  /** What it means when the part does not answer. */
  failed: Status;
  question: () => Promise<unknown>;
  successes: Map<string, string>;
}

async function examinePart({ name, failed, question, successes }: Examined): Promise<Part> {
  const startedAt = Date.now();
  try {
    await withTimeout(question(), HEALTH_PART_TIMEOUT_MS, name);
    const at = new Date().toISOString();
    successes.set(name, at);
    return { status: "healthy", latencyMs: Date.now() - startedAt, lastSuccessAt: at };
  } catch (error) {
    const lastSuccessAt = successes.get(name) ?? null;
    return {
      status: failed,
      latencyMs: Date.now() - startedAt,
      lastSuccessAt,
      detail: reasonOf(name, error),
    };
  }
}

const STATUS_BY_STATE = { ok: "healthy", idle: "healthy", degraded: "degraded", down: "unhealthy" } as const;

async function examineSource({ name, status }: SourceProbe): Promise<{ name: string; part: Part }> {
  const startedAt = Date.now();
  try {
    const answer = await withTimeout(status(), HEALTH_PART_TIMEOUT_MS, name);
    const { state, lastSuccessAt } = answer;
    const latencyMs = Date.now() - startedAt;
    return { name, part: { status: STATUS_BY_STATE[state], latencyMs, lastSuccessAt, ...detailOf(answer) } };
  } catch (error) {
    const latencyMs = Date.now() - startedAt;
    return {
      name,
      part: { status: "unhealthy", latencyMs, lastSuccessAt: null, detail: reasonOf(name, error) },
    };
  }
}

function detailOf({ configured, state, lastError }: SourceStatus): { detail?: string } {
  if (!configured) return { detail: "not configured" };
  return state === "ok" || lastError === null ? {} : { detail: lastError.reason };
}

/** In our words. What it was goes to the log, at most once in a report. */
function reasonOf(name: string, error: unknown): string {
  logError("a part is not healthy", error, { part: name });
  if (error instanceof TimeoutError) return `did not answer within ${HEALTH_PART_TIMEOUT_MS} ms`;
  return error instanceof BookNotMigrated ? "waits for its migrations" : "failed";
}
