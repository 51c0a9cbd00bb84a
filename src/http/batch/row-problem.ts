/** What went wrong with one row of many: told in the row's result, since the answer as a whole is 200. */
import { logError } from "../../telemetry/log";
import { TimeoutError } from "../../timeout";
import { INTERNAL, OVERLOADED, PROBLEMS, ProblemError, type Problem } from "../problem";

/** From whatever was thrown; what a client is not told goes to the log, with `facts`. */
export function rowProblem(error: unknown, facts: Record<string, string>): Problem {
  if (error instanceof ProblemError && error.cause === undefined) return error.problem;
  logError("row", error instanceof ProblemError ? error.cause : error, facts);
  if (error instanceof TimeoutError) return OVERLOADED;
  return error instanceof ProblemError ? error.problem : INTERNAL;
}

/** The members of a problem document that matter in a row: `status`, `code`, `detail` and the facts. */
export function problemFields({ code, detail, status, facts }: Problem) {
  return { status: status ?? PROBLEMS[code].status, code, detail, ...facts };
}
