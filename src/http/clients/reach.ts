/** One call of an object, and a second where that may help. */
import { OVERLOADED, ProblemError } from "../problem";

/** With a new stub each time, twice where that may help and does no harm. Throws a problem (503). */
export async function reach<Result>(ask: () => PromiseLike<Result>, repeatable: boolean): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    return repeatable && isPassing(error) ? reach(ask, false) : overloaded(error);
  }
}

/** Throws a problem (503) where it fails. */
export function orOverloaded<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch(overloaded);
}

function overloaded(error: unknown): never {
  throw new ProblemError(OVERLOADED, error);
}

/** The platform says that a new stub may do better, and that the object is not drowning. */
function isPassing(error: unknown): boolean {
  return flag(error, "retryable") && !flag(error, "overloaded");
}

function flag(error: unknown, name: "retryable" | "overloaded"): boolean {
  return typeof error === "object" && error !== null && Reflect.get(error, name) === true;
}
