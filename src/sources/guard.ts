/**
 * Who asks a source goes through here: what passes is tried again at once, after a short pause of random length, and a source
 * that has failed several times in a row is not asked at all for a while; then one call finds out whether it is back. That much
 * is cockatiel's; its state outlives the object.
 */
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
  type CircuitBreakerPolicy,
} from "cockatiel";
import { SOURCE_BREAKER_FAILURES, SOURCE_RETRIES, SOURCE_RETRY_PAUSE } from "../limits/sources";
import { SourceFailure, type FailureKind } from "./failure";

/** Worth trying again at once. A source that was waited for long enough, or asks to be left alone, is not. */
const passes = handleWhen((error) => isFailure(error, ["unavailable"]) && error.retryAfterMs === 0);

/** Says that the source is out of order, not that it was asked the wrong thing. */
const isBroken = handleWhen((error) => isFailure(error, ["unavailable", "timed_out", "bad_answer"]));

function isFailure(error: unknown, kinds: readonly FailureKind[]): error is SourceFailure {
  return error instanceof SourceFailure && kinds.includes(error.kind);
}

export class Guard {
  readonly #breaker: CircuitBreakerPolicy;

  /** `kept`: the state of an earlier one. */
  constructor(openMs: number, kept: unknown) {
    this.#breaker = circuitBreaker(isBroken, {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(SOURCE_BREAKER_FAILURES),
      ...(typeof kept === "object" && kept !== null && { initialState: kept }),
    });
  }

  /** Rejects as `work` does, or with what `isOpenCircuit` knows. */
  execute<T>(work: () => Promise<T>): Promise<T> {
    const backoff = new ExponentialBackoff(SOURCE_RETRY_PAUSE);
    // The breaker around it: the tries of one call are one failure, and what it says is what went wrong.
    return wrap(this.#breaker, retry(passes, { maxAttempts: SOURCE_RETRIES, backoff })).execute(work);
  }

  get isOpen(): boolean {
    return this.#breaker.state === CircuitState.Open;
  }

  /** Plain JSON. */
  get state(): unknown {
    return this.#breaker.toJSON();
  }
}

/** The source was not asked. */
export function isOpenCircuit(error: unknown): boolean {
  return error instanceof BrokenCircuitError;
}
