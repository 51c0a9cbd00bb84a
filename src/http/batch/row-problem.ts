/** What went wrong with one row of many: it stands in the row's result, since the answer as a whole is 200. */
import { logError } from "../../telemetry/log";
import { TimeoutError } from "../../timeout";
import { INTERNAL, OVERLOADED, PROBLEMS, ProblemError, type Problem } from "../problem";

/** From whatever was thrown; what a client does not see goes to the log, with `context`. */
export function rowProblem(error: unknown, context: Record<string, string>): Problem {
  if (error instanceof ProblemError && error.cause === undefined) return error.problem;
  logError("row", error instanceof ProblemError ? error.cause : error, context);
  if (error instanceof TimeoutError) return OVERLOADED;
  return error instanceof ProblemError ? error.problem : INTERNAL;
}

/** The members of a problem document that matter in a row: `status`, `code`, `detail` and the extensions. */
export function problemFields({ code, detail, status, extensions }: Problem) {
  return { status: status ?? PROBLEMS[code].status, code, detail, ...extensions };
}
