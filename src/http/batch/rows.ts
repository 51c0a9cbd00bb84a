/**
 * Many commands in one request, outcomes in the order of the rows. Rows of one product go to its object in one call and in
 * order; products are independent of each other, and one that cannot be reached fails its own rows only. Nothing here is
 * atomic over products: an outcome says of each row whether it was applied.
 */
import type { Applied, Envelope, ExecuteOptions, Result } from "../../domain/command";
import { inParallel } from "../../in-parallel";
import { BATCH_CALL_TIMEOUT_MS, BATCH_CONCURRENCY } from "../../limits";
import { logError } from "../../telemetry/log";
import { TimeoutError, withTimeout } from "../../timeout";
import { execute } from "../clients/product";
import { INTERNAL, OVERLOADED, PROBLEMS, ProblemError, type Problem } from "../problem";
import { refusalProblem } from "../refusal-problem";
import type { Call } from "../route";
import { nonNegative } from "../schemas/primitives";
import * as z from "../zod";

/** A command for its product, or what is wrong with the row already. */
export type Row = { productId: string; envelope: Envelope } | { problem: Problem };

/** What became of a row that was tried, or had a problem already. */
export type Tried = { result: Applied } | { problem: Problem };
export type Outcome = Tried | { skipped: true };

const SKIPPED: Outcome = { skipped: true };

/** Of every row it is known what became of it: none failed on the way. */
export function isDecided(outcomes: readonly Outcome[]): boolean {
  return outcomes.every((outcome) => !("problem" in outcome) || PROBLEMS[outcome.problem.code].status < 500);
}

/** Every row by itself: what fails does not stop the others. Never rejects. */
export async function applyRows(
  call: Call,
  rows: readonly Row[],
  options: ExecuteOptions = {},
): Promise<Tried[]> {
  const outcomes = rows.map((row): Tried => ("problem" in row ? row : { problem: INTERNAL }));
  const wanted = rows.flatMap((row, index) => ("problem" in row ? [] : [{ ...row, index }]));
  const groups = Map.groupBy(wanted, ({ productId }) => productId);
  await inParallel(groups, BATCH_CONCURRENCY, async ([productId, group]) => {
    const envelopes = group.map(({ envelope }) => envelope);
    const tried = await executeAll(call, { productId, envelopes }, options);
    for (const [at, { index }] of group.entries()) outcomes[index] = tried[at] ?? { problem: INTERNAL };
  });
  return outcomes;
}

/** One after the other; nothing is tried after the first that fails. Never rejects. */
export async function applyUntilFailure(call: Call, rows: readonly Row[]): Promise<Outcome[]> {
  const outcomes = rows.map((): Outcome => SKIPPED);
  for (const [index, row] of rows.entries()) {
    const [outcome = SKIPPED] = await applyRows(call, [row]);
    outcomes[index] = outcome;
    if (!("result" in outcome)) break;
  }
  return outcomes;
}

/**
 * A dry run of all comes first; they are applied only if none would fail. Between the two somebody else may come first: a
 * row that then fails says so, and the others stand; sent again, those that stand say that they do. Never rejects.
 */
export async function applyAllOrNone(call: Call, rows: readonly Row[]): Promise<Outcome[]> {
  const dry = await applyRows(call, rows, { dryRun: true });
  if (dry.every((outcome) => "result" in outcome)) return applyRows(call, rows);
  const done = appliedBefore(rows, dry);
  return dry.map((outcome) => ("result" in outcome && !done.has(outcome) ? SKIPPED : outcome));
}

/** Of a dry run: what an earlier request did under a row's key, and not a row above it with the same key. */
function appliedBefore(rows: readonly Row[], dry: readonly Outcome[]): Set<Outcome> {
  const done = new Set<Outcome>();
  const keysAbove = new Set<string>();
  for (const [index, outcome] of dry.entries()) {
    const row = rows[index];
    if (!row || "problem" in row || !("result" in outcome)) continue;
    const key = `${row.productId} ${row.envelope.key?.id}`;
    if (!outcome.result.replayed) keysAbove.add(key);
    else if (!keysAbove.has(key)) done.add(outcome);
  }
  return done;
}

/** Never rejects. After a failure on the way it is not known what was decided: a row with a key may be sent again. */
async function executeAll(
  call: Call,
  { productId, envelopes }: { productId: string; envelopes: Envelope[] },
  options: ExecuteOptions,
): Promise<Tried[]> {
  try {
    const results = execute(call.env, productId, { envelopes, ...options });
    const found = await withTimeout(results, BATCH_CALL_TIMEOUT_MS, "product");
    return envelopes.map((_, index) => outcomeOf(found[index]));
  } catch (error) {
    const problem = rowProblem(error, { requestId: call.requestId, productId });
    return envelopes.map(() => ({ problem }));
  }
}

function outcomeOf(result: Result | undefined): Tried {
  if (!result) throw new Error("the object left a row unanswered");
  return result.ok ? { result } : { problem: refusalProblem(result.refusal) };
}

/** What a row's result says of its problem: the answer as a whole is 200. */
export function problemFields({ code, detail, status, extensions }: Problem) {
  return { status: status ?? PROBLEMS[code].status, code, detail, ...extensions };
}

/** Of a row, from whatever was thrown; what a client does not see goes to the log, with `context`. */
export function rowProblem(error: unknown, context: Record<string, string>): Problem {
  if (error instanceof ProblemError && error.cause === undefined) return error.problem;
  logError("row", error instanceof ProblemError ? error.cause : error, context);
  if (error instanceof TimeoutError) return OVERLOADED;
  return error instanceof ProblemError ? error.problem : INTERNAL;
}

export const summary = z.object({ total: nonNegative, applied: nonNegative, failed: nonNegative });

export function summaryOf(results: readonly { applied: boolean }[]): z.output<typeof summary> {
  const applied = results.filter((result) => result.applied).length;
  return { total: results.length, applied, failed: results.length - applied };
}
