/**
 * Many commands in one request, outcomes in the order of the rows. Rows of one product go to its object in one call and in
 * order; products are independent of each other, and one that cannot be reached fails its own rows only. Nothing here is
 * atomic over products: an outcome says of each row whether it was applied.
 */
import type { Applied, Envelope, Result } from "../../domain/command";
import { inParallel } from "../../in-parallel";
import { BATCH_CALL_TIMEOUT_MS, BATCH_CONCURRENCY } from "../../limits";
import { withTimeout } from "../../timeout";
import { execute } from "../clients/product";
import { PROBLEMS, type Problem } from "../problem";
import { refusalProblem } from "../refusal-problem";
import type { Call } from "../route";
import { rowProblem } from "./row-problem";

interface Attempt {
  productId: string;
  envelope: Envelope;
}

/** A row that may be tried, or what is wrong with it already. */
export type Row = Attempt | { problem: Problem };

export type Outcome = { result: Applied } | { problem: Problem } | { skipped: true };

const SKIPPED: Outcome = { skipped: true };

/** Of every row it is known what became of it: none failed on the way. */
export function isDecided(outcomes: readonly Outcome[]): boolean {
  return outcomes.every((outcome) => !("problem" in outcome) || PROBLEMS[outcome.problem.code].status < 500);
}

interface Manner {
  awaitBook?: boolean;
  dryRun?: boolean;
}

/** Every row by itself: what fails does not stop the others. Never rejects. */
export async function applyRows(call: Call, rows: readonly Row[], manner: Manner = {}): Promise<Outcome[]> {
  const outcomes = rows.map((row): Outcome => ("problem" in row ? row : SKIPPED));
  const attempts = rows.flatMap((row, index) => ("problem" in row ? [] : [{ index, ...row }]));
  const groups = Map.groupBy(attempts, ({ productId }) => productId);
  await inParallel(groups, BATCH_CONCURRENCY, async ([productId, group]) => {
    const envelopes = group.map(({ envelope }) => envelope);
    const found = await deliver(call, { productId, envelopes }, manner);
    for (const [at, { index }] of group.entries()) outcomes[index] = found[at] ?? SKIPPED;
  });
  return outcomes;
}

/** One after the other; nothing is tried after the first that fails. Never rejects. */
export async function applyUntilFailure(call: Call, rows: readonly Row[]): Promise<Outcome[]> {
  const outcomes = rows.map(() => SKIPPED);
  for (const [index, row] of rows.entries()) {
    const [outcome = SKIPPED] = await applyRows(call, [row]);
    outcomes[index] = outcome;
    if (!("result" in outcome)) break;
  }
  return outcomes;
}

/**
 * All are rehearsed first, and applied only if none would fail. Between the two somebody else may come first: a row that
 * then fails says so, and the others stand; sent again, those that stand say that they do. Never rejects.
 */
export async function applyAllOrNone(call: Call, rows: readonly Row[]): Promise<Outcome[]> {
  const rehearsed = await applyRows(call, rows, { dryRun: true });
  if (rehearsed.every((outcome) => "result" in outcome)) return applyRows(call, rows);
  const done = appliedBefore(rows, rehearsed);
  return rehearsed.map((outcome) => ("result" in outcome && !done.has(outcome) ? SKIPPED : outcome));
}

/** Of a rehearsal: what an earlier request did under a row's key, and not a row above it with the same key. */
function appliedBefore(rows: readonly Row[], rehearsed: readonly Outcome[]): Set<Outcome> {
  const done = new Set<Outcome>();
  const rehearsedKeys = new Set<string>();
  for (const [index, outcome] of rehearsed.entries()) {
    const row = rows[index];
    if (!row || "problem" in row || !("result" in outcome)) continue;
    const key = `${row.productId} ${row.envelope.key?.id}`;
    if (!outcome.result.replayed) rehearsedKeys.add(key);
    else if (!rehearsedKeys.has(key)) done.add(outcome);
  }
  return done;
}

interface Parcel {
  productId: string;
  envelopes: Envelope[];
}

/** Never rejects. After a failure on the way it is not known what was decided: a row with a key may be sent again. */
async function deliver(call: Call, { productId, envelopes }: Parcel, manner: Manner): Promise<Outcome[]> {
  const { awaitBook = false, dryRun = false } = manner;
  const repeatable = dryRun || envelopes.every(({ key }) => key !== undefined);
  try {
    const results = execute(call.env, productId, { envelopes, awaitBook, dryRun, repeatable });
    const found = await withTimeout(results, BATCH_CALL_TIMEOUT_MS, "product");
    return envelopes.map((_, index) => outcomeOf(found[index]));
  } catch (error) {
    const problem = rowProblem(error, { requestId: call.requestId, productId });
    return envelopes.map(() => ({ problem }));
  }
}

function outcomeOf(result: Result | undefined): Outcome {
  if (!result) throw new Error("the object left a row unanswered");
  return result.ok ? { result } : { problem: refusalProblem(result.refusal) };
}
