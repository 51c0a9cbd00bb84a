/**
 * Optimistic updates: what tills, shops and marketplaces report of their own sales and deliveries. A refused one is answered
 * with the numbers of the moment, so that whoever sent it can decide again without a read.
 */
import { MAIN_LOCATION } from "../../domain/ids";
import { inParallel } from "../../in-parallel";
import { BATCH_CALL_TIMEOUT_MS, BATCH_CONCURRENCY } from "../../limits";
import { withTimeout } from "../../timeout";
import { commandRows, textIn, type Parsed } from "../batch/row-list";
import { rowProblem, type Row, type Tried } from "../batch/rows";
import { read } from "../clients/product";
import { isLocation } from "../locations/known-locations";
import type { Problem, ProblemCode } from "../problem";
import type { Call } from "../route";
import * as z from "../zod";
import type { StockUpdate } from "./schemas";

const stockRead = z.object({
  version: z.number(),
  updatedAt: z.string(),
  levels: z.array(z.object({ locationId: z.string(), onHand: z.number() })),
});

const UNKNOWN = { newQuantity: null, newVersion: null, lastUpdated: null };

/** What became of an update: `fields` as a batch answers it, and what one alone is answered with. */
export interface UpdateResult {
  fields: { applied: boolean; [name: string]: unknown };
  problem?: Problem;
  replayed?: boolean;
  version?: number;
}

interface Updates {
  storeId: string;
  /** As they were written, malformed ones too. */
  values: readonly unknown[];
  parsed: readonly Parsed<StockUpdate>[];
  apply: (rows: Row[]) => Promise<Tried[]>;
}

/** The store's location, when it is one, else the first place. Throws a problem (503). */
export async function placeOf(call: Call, storeId: string): Promise<string> {
  return (await isLocation(call, storeId)) ? storeId : MAIN_LOCATION;
}

/** The same update is the same request, alone or among others. Each product that refused one is read once. */
export async function applyUpdates(call: Call, updates: Updates): Promise<UpdateResult[]> {
  const { storeId, values, parsed, apply } = updates;
  const locationId = await placeOf(call, storeId);
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
