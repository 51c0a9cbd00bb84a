/** One step of a run: some records of the source, and the products of the book that come from them. Done twice it does no harm. */
import pLimit from "p-limit";
import { catalogChanges, newQuote, type SourcedProduct, type SourceRecord } from "../../domain/source";
import { MAX_QUOTES_PER_CALL } from "../../limits/quotes";
import { SOURCE_CONCURRENCY, SOURCE_MAX_FAILED_EDITS } from "../../limits/sources";
import { logError } from "../../telemetry/log";
import type { Source } from "../../sources/source";
import type { SourcePorts } from "./ports";
import type { Run } from "./state";

export interface StepDeps {
  source: Source;
  ports: SourcePorts;
  /** Every call of the source. Rejects as the call does, or without it. */
  ask<T>(call: () => Promise<T>): Promise<T>;
}

interface Found {
  records: SourceRecord[];
  products: SourcedProduct[];
  /** Where the run goes on; null: that was the last. */
  next: Run["next"] | null;
}

/** Products that share an external id, in a page of a source's list. */
const MAX_PRODUCTS_PER_PAGE = 5000;

/** The run after it, and whether it has come to its end. */
export async function runStep(deps: StepDeps, run: Run): Promise<{ run: Run; ended: boolean }> {
  const { records, products, next } = await findNext(deps, run.next);
  const recordById = new Map(records.map((record) => [record.externalId, record]));
  const pairs = products.flatMap((product) => {
    const record = recordById.get(product.externalId);
    return record ? [{ product, record }] : [];
  });
  const quotes = await recordPrices(deps, pairs);
  const edits = run.catalog ? await editCatalog(deps, pairs) : { changed: 0, refused: 0 };
  const refused = products.length - pairs.length + quotes.refused + edits.refused;
  return {
    run: {
      ...run,
      next: next ?? run.next,
      products: run.products + products.length,
      quotes: run.quotes + quotes.recorded,
      changed: run.changed + edits.changed,
      refused: run.refused + refused,
    },
    ended: next === null,
  };
}

function findNext(deps: StepDeps, next: Run["next"]): Promise<Found> {
  return next.by === "list" ? findListed(deps, next.page) : findByProducts(deps, next.after);
}

async function findByProducts(
  { source, ports, ask }: StepDeps,
  after: readonly [string, string],
): Promise<Found> {
  const products = await ports.after(after, source.idsPerCall);
  const last = products.at(-1);
  if (!last) return { records: [], products, next: null };
  const externalIds = [...new Set(products.map((product) => product.externalId))];
  const { records, rejected } = await ask(() => source.fetchRecords(externalIds));
  logRejected(source, rejected);
  const isLast = products.length < source.idsPerCall;
  return {
    records,
    products,
    next: isLast ? null : { by: "products", after: [last.externalId, last.productId] },
  };
}

/** A list that grows meanwhile may hide a few sets behind the turn of a page: the next run finds them. */
async function findListed({ source, ports, ask }: StepDeps, page: number): Promise<Found> {
  const list = source.listRecords?.bind(source);
  if (!list) return { records: [], products: [], next: null };
  const { records, rejected, nextPage } = await ask(() => list(page));
  logRejected(source, rejected);
  const externalIds = records.map((record) => record.externalId);
  const products = externalIds.length === 0 ? [] : await ports.of(externalIds, MAX_PRODUCTS_PER_PAGE);
  return { records, products, next: nextPage === null ? null : { by: "list", page: nextPage } };
}

function logRejected({ name }: Source, rejected: readonly { externalId: string; reason: string }[]): void {
  const [first] = rejected;
  if (!first) return;
  const facts = { source: name, externalId: first.externalId, records: rejected.length };
  logError("records of a source refused", first.reason, facts);
}

interface Pair {
  product: SourcedProduct;
  record: SourceRecord;
}

async function recordPrices(
  { source, ports }: StepDeps,
  pairs: readonly Pair[],
): Promise<{ recorded: number; refused: number }> {
  const quotes = pairs.flatMap(({ product, record }) =>
    record.quote ? [newQuote(product.productId, source.name, record.quote)] : [],
  );
  const counts = { recorded: 0, refused: 0 };
  for (let from = 0; from < quotes.length; from += MAX_QUOTES_PER_CALL) {
    for (const { result } of await ports.record(quotes.slice(from, from + MAX_QUOTES_PER_CALL))) {
      if (result === "recorded") counts.recorded += 1;
      if (result === "refused") counts.refused += 1;
    }
  }
  return counts;
}

/** A product that cannot be reached is left for the next run; it does not stop the others, unless there are many. */
async function editCatalog(
  { source, ports }: StepDeps,
  pairs: readonly Pair[],
): Promise<{ changed: number; refused: number }> {
  const counts = { changed: 0, refused: 0 };
  let failures = 0;
  const edit = async ({ product, record }: Pair) => {
    const { productId } = product;
    const patch = catalogChanges(product, record.fields);
    if (!patch) return;
    if (failures >= SOURCE_MAX_FAILED_EDITS) {
      counts.refused += 1;
      return;
    }
    try {
      const result = await ports.edit(productId, patch);
      if (!result.ok) counts.refused += 1;
      else if (!result.unchanged) counts.changed += 1;
    } catch (error) {
      counts.refused += 1;
      failures += 1;
      logError("product not refreshed", error, { source: source.name, productId });
    }
  };
  await pLimit(SOURCE_CONCURRENCY).map(pairs, edit);
  return counts;
}
