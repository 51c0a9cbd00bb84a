/** Products by their external ids, asked for by somebody who waits: a result for each, whatever becomes of the others. */
import pLimit from "p-limit";
import * as z from "zod";
import { collidingRouteWord, PRODUCT_ID } from "../../domain/ids";
import { knownAttributes, newQuote, type ImportRow, type SourceRecord } from "../../domain/source";
import { SOURCE_CONCURRENCY } from "../../limits/sources";
import { isOpenCircuit } from "../../sources/guard";
import { SourceFailure } from "../../sources/failure";
import { logError } from "../../telemetry/log";
import type { StepDeps } from "./step";

const upserted = z.object({ result: z.enum(["created", "updated", "unchanged"]) });

/** A row per id, in their order; one that is named twice is imported once. */
export async function importIds(deps: StepDeps, externalIds: readonly string[]): Promise<ImportRow[]> {
  const rowById = new Map<string, ImportRow>();
  const asked: string[] = [];
  for (const externalId of new Set(externalIds)) {
    const fault = idFault(externalId);
    if (fault) rowById.set(externalId, errorRow(externalId, "id_not_usable", fault));
    else asked.push(externalId);
  }
  const { idsPerCall } = deps.source;
  for (let from = 0; from < asked.length; from += idsPerCall) {
    const ids = asked.slice(from, from + idsPerCall);
    const rows = await importBatch(deps, ids).catch((error: unknown) => failedRows(deps, ids, error));
    for (const row of rows) rowById.set(row.externalId, row);
  }
  return externalIds.flatMap((externalId) => rowById.get(externalId) ?? []);
}

function idFault(externalId: string): string | undefined {
  if (!PRODUCT_ID.test(externalId)) return "cannot be a productId: 1 to 64 of A-Z a-z 0-9 . _ -";
  const word = collidingRouteWord(externalId);
  return word === undefined ? undefined : `cannot be a productId: ${word} is a word of the API`;
}

async function importBatch(deps: StepDeps, externalIds: readonly string[]): Promise<ImportRow[]> {
  const { source, ports, ask } = deps;
  const { records, rejected } = await ask(() => source.fetchRecords(externalIds));
  const origins = await ports.origins(records.map((record) => record.externalId));
  const recordById = new Map(records.map((record) => [record.externalId, record]));
  const reasonById = new Map(rejected.map(({ externalId, reason }) => [externalId, reason]));
  const importOne = async (externalId: string): Promise<ImportRow> => {
    const record = recordById.get(externalId);
    if (!record) {
      const reason = reasonById.get(externalId);
      return reason === undefined
        ? errorRow(externalId, "not_found", `${source.name} knows nothing of this id.`)
        : errorRow(externalId, "bad_record", `What ${source.name} has of it cannot be taken: ${reason}`);
    }
    const origin = origins.get(externalId);
    if (origin && (origin.name !== source.name || origin.externalId !== externalId)) {
      const detail = `The product ${externalId} comes from ${origin.name} (${origin.externalId}).`;
      return { ...errorRow(externalId, "product_exists", detail), productId: externalId };
    }
    return importRecord(deps, record).catch((error: unknown) => failedRow(deps, externalId, error));
  };
  const rows = await pLimit(SOURCE_CONCURRENCY).map([...externalIds], importOne);
  await recordPrices(deps, recordById, rows);
  return rows;
}

async function importRecord({ source, ports }: StepDeps, record: SourceRecord): Promise<ImportRow> {
  const { externalId, fields } = record;
  const attributes = knownAttributes(fields);
  const result = await ports.upsert(externalId, {
    ...fields,
    attributes,
    source: { name: source.name, externalId },
  });
  if (!result.ok) {
    const { code } = result.refusal;
    return { ...errorRow(externalId, code, "The product would not take it."), productId: externalId };
  }
  const { body, version } = result;
  return { externalId, productId: externalId, ...upserted.parse(JSON.parse(body)), version };
}

/** The products are in: a price that does not get in now comes with the next refresh. */
async function recordPrices(
  { source, ports }: StepDeps,
  recordById: ReadonlyMap<string, SourceRecord>,
  rows: readonly ImportRow[],
): Promise<void> {
  const quotes = rows.flatMap(({ externalId, result }) => {
    const quote = result === "error" ? null : recordById.get(externalId)?.quote;
    return quote ? [newQuote(externalId, source.name, quote)] : [];
  });
  if (quotes.length === 0) return;
  await ports.record(quotes).catch((error: unknown) => {
    logError("prices of an import not recorded", error, { source: source.name });
  });
}

function failedRows(deps: StepDeps, externalIds: readonly string[], error: unknown): ImportRow[] {
  return externalIds.map((externalId) => failedRow(deps, externalId, error));
}

function failedRow({ source }: StepDeps, externalId: string, error: unknown): ImportRow {
  if (error instanceof SourceFailure)
    return errorRow(externalId, "source_unavailable", `${source.name}: ${error.message}`);
  if (isOpenCircuit(error)) {
    const detail = `${source.name} has failed several times in a row and is left alone for a moment.`;
    return errorRow(externalId, "source_unavailable", detail);
  }
  logError("import from a source", error, { source: source.name, externalId });
  return errorRow(externalId, "overloaded", "It could not be brought in just now. Try again.");
}

function errorRow(externalId: string, code: string, detail: string): ImportRow {
  return { externalId, productId: null, result: "error", error: { code, detail } };
}
