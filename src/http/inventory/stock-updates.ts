/**
 * Optimistic updates: what tills, shops and marketplaces report of their own sales and deliveries. A refused one is answered
 * with the numbers of the moment, so that whoever sent it can decide again without a read.
 */
import { MAIN_LOCATION } from "../../domain/ids";
import { inParallel } from "../../in-parallel";
import { BATCH_CALL_TIMEOUT_MS, BATCH_CONCURRENCY } from "../../limits";
import { withTimeout } from "../../timeout";
import { commandRows } from "../batch/row-list";
import { rowProblem } from "../batch/row-problem";
import type { Row, Tried } from "../batch/rows";
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

interface Numbers {
  newQuantity: number;
  newVersion: number;
  lastUpdated: string;
}

const UNKNOWN = { newQuantity: null, newVersion: null, lastUpdated: null };

/** Of a version conflict, else neither. */
type Versions = { expected?: unknown; current?: unknown };

export type UpdateResult = { productId: string | null } & (
  | ({ applied: true; replayed: boolean } & Numbers)
  | ({ applied: false; problem: Problem } & (Numbers | typeof UNKNOWN) & Versions)
);

/** The store's location, when it is one, else the first place. Throws a problem (503). */
export async function placeOf(call: Call, storeId: string): Promise<string> {
  return (await isLocation(call, storeId)) ? storeId : MAIN_LOCATION;
}

/** The same update is the same request, alone or among others. */
export function updateRows(
  call: Call,
  parsed: readonly ({ fields: StockUpdate } | { problem: Problem })[],
  { storeId, locationId }: { storeId: string; locationId: string },
): Promise<Row[]> {
  return commandRows(call, parsed, ({ productId, delta, version, idempotencyKey: reference }) => {
    const how = { type: "correction", reason: `update from ${storeId}`, reference, force: false } as const;
    const content = { storeId, productId, delta, version };
    return { command: { verb: "adjust", locationId, delta, ...how }, content };
  });
}

/** What became of an update; `productId` as it was written, null when it was not even a text. */
interface UpdateOutcome {
  productId: string | null;
  tried: boolean;
  outcome: Tried;
}

/** Reads each product of a refused update once. Never rejects: numbers that cannot be read are null. */
export async function updateResults(
  call: Call,
  updates: readonly UpdateOutcome[],
  locationId: string,
): Promise<UpdateResult[]> {
  const refused = updates.flatMap(({ productId, tried, outcome }) =>
    productId !== null && tried && "problem" in outcome && hasNumbers(outcome.problem.code)
      ? [productId]
      : [],
  );
  const stockById = new Map<string, string>();
  await inParallel(new Set(refused), BATCH_CONCURRENCY, async (productId) => {
    const found = await readStock(call, productId);
    if (found) stockById.set(productId, found);
  });
  return updates.map(({ productId, outcome }): UpdateResult => {
    if ("result" in outcome) {
      const { body, replayed } = outcome.result;
      return { productId, applied: true, replayed, ...numbersOf(body, locationId) };
    }
    const { problem } = outcome;
    const now = stockById.get(productId ?? "");
    return {
      productId,
      applied: false,
      problem,
      ...(now ? numbersOf(now, locationId) : UNKNOWN),
      ...(problem.code === "version_conflict" && versionsOf(problem)),
    };
  });
}

/** A product that is not there has no numbers, and one that was too busy to decide is not asked again. */
function hasNumbers(code: ProblemCode): boolean {
  return code !== "product_not_found" && code !== "overloaded" && code !== "internal";
}

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
function numbersOf(stock: string, locationId: string): Numbers {
  const { levels, version, updatedAt } = stockRead.parse(JSON.parse(stock));
  const at = (place: string) => levels.find((level) => level.locationId === place);
  const level = at(locationId) ?? at(MAIN_LOCATION);
  return { newQuantity: level?.onHand ?? 0, newVersion: version, lastUpdated: updatedAt };
}

function versionsOf({ extensions }: Problem): Versions {
  return { expected: extensions?.["expected"], current: extensions?.["current"] };
}
