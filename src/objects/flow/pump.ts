/**
 * The one control loop of all objects. Something is dirty; a pass works some of it off; there is one pass at a time, spaced,
 * and after one that failed the next waits ever longer. What becomes dirty during a pass has a pass of its own afterwards, so
 * the newest state always arrives. A pump knows nothing of what is carried: that is the business of `pass`.
 *
 * It keeps nothing that would outlive the object. Who must not lose anything also has an alarm that calls `run`.
 */
import { logError } from "../../telemetry/log";
import { PASS_BACKOFF } from "../../limits";
import { TimeoutError, withTimeout } from "../../timeout";
import { backoffMs, type Backoff } from "./backoff";

/** In so many milliseconds there is more to do, 0: at once; undefined: nothing is left. */
export type More = number | undefined;

export interface Pass {
  /** It took too long and another may be on its way: what it has learnt must change nothing any more. */
  readonly givenUp: boolean;
}

export interface PumpOptions {
  /** A bounded piece of work on what is newest now. Never begins inside `wake`. Rejecting means: the same again later. */
  pass(pass: Pass): More | Promise<More>;
  /** Between `wake` and its pass, so that neighbours share one. */
  gatherMs?: number;
  /** From the beginning of one pass to the beginning of the next that somebody wakes. */
  spacingMs?: number;
  /** A pass that is out for longer is given up. Left out: everything that it waits for is bounded. */
  timeoutMs?: number;
  backoff?: Backoff;
  /** The object's alarm calls `run` at `retryAt`: no timer keeps the object awake until then. */
  retriesByAlarm?: boolean;
  onFailure?(error: unknown, failures: number): void;
}

interface PassInFlight extends Pass {
  givenUp: boolean;
  giveUpAt: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export class Pump {
  #pass: PassInFlight | undefined;
  /** When the next pass begins. */
  #dueAt = NEVER;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How soon after the pass in flight another is wanted. */
  #againMs = NEVER;
  #notBefore = 0;
  #failures = 0;
  #retryAt: number | null = null;
  #backoffMs = 0;
  #passes = 0;
  /** Each waits for the end of that pass, or of one that goes on with it. */
  #waiting: { passes: number; resolve(): void }[] = [];

  constructor(private readonly options: PumpOptions) {}

  /** After a failure: when the next pass is due. */
  get retryAt(): number | null {
    return this.#retryAt;
  }

  /** A pass is under way or will be. */
  get busy(): boolean {
    return this.#pass !== undefined || this.#dueAt < NEVER;
  }

  /** Something is dirty. */
  wake(inMs = this.options.gatherMs ?? 0): void {
    if (this.#isPassing()) this.#againMs = Math.min(this.#againMs, inMs);
    else this.#schedule(inMs);
  }

  /**
   * A pass now, whatever has failed before and whoever might share it. Resolves as `settled` does, or when a pass has been
   * out for too long. Never rejects.
   */
  async run(): Promise<void> {
    const passing = this.#isPassing();
    this.#retryAt = null;
    if (passing) this.#againMs = 0;
    else this.#schedule(0);
    const { timeoutMs } = this.options;
    if (timeoutMs === undefined) return this.settled();
    // Whoever waits here gives up what is stuck: by then it has been out for too long.
    await withTimeout(this.settled(), timeoutMs, "a pass").catch(() => this.#isPassing());
  }

  /** Resolves when nothing is left of what is dirty now, or a pass has failed. Never rejects. */
  settled(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    const passes = this.#pass && this.#againMs === NEVER ? this.#passes : this.#passes + 1;
    return new Promise((resolve) => this.#waiting.push({ passes, resolve }));
  }

  /** A pass that has been out for too long is given up here, and has failed. */
  #isPassing(): boolean {
    if (!this.#pass) return false;
    if (Date.now() < this.#pass.giveUpAt) return true;
    this.#fail(new TimeoutError("a pass took too long and was given up"));
    return false;
  }

  #schedule(inMs: number): void {
    const now = Date.now();
    const backingOffMs = this.#retryAt === null ? 0 : left(this.#retryAt - now, this.#backoffMs);
    if (backingOffMs > 0 && this.options.retriesByAlarm) return;
    const spacedMs = left(this.#notBefore - now, this.options.spacingMs ?? 0);
    const at = now + Math.max(inMs, spacedMs, backingOffMs);
    if (at >= this.#dueAt) return;
    // Costs a call of the platform even where there is none.
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = at > now ? setTimeout(() => this.#begin(), at - now) : undefined;
    this.#dueAt = at;
    if (!this.#timer) queueMicrotask(() => this.#beginIfDue());
  }

  /** It may have begun, or have been put off, since that was asked for. */
  #beginIfDue(): void {
    if (!this.#timer && this.#dueAt !== NEVER) this.#begin();
  }

  #begin(): void {
    const now = Date.now();
    this.#timer = undefined;
    this.#dueAt = this.#againMs = NEVER;
    this.#notBefore = now + (this.options.spacingMs ?? 0);
    this.#passes += 1;
    const pass = { givenUp: false, giveUpAt: now + (this.options.timeoutMs ?? NEVER) };
    this.#pass = pass;
    void this.#carry(pass);
  }

  /** Never rejects. */
  async #carry(pass: PassInFlight): Promise<void> {
    let more: More;
    try {
      more = await this.options.pass(pass);
    } catch (error) {
      if (!pass.givenUp) this.#fail(error);
      return;
    }
    if (pass.givenUp) return;
    this.#pass = undefined;
    this.#failures = 0;
    this.#retryAt = null;
    if (more === undefined) this.#answer(this.#passes);
    else this.#notBefore = 0;
    const againMs = Math.min(more ?? NEVER, this.#againMs);
    if (againMs < NEVER) this.#schedule(againMs);
  }

  #fail(error: unknown): void {
    if (this.#pass) this.#pass.givenUp = true;
    this.#pass = undefined;
    this.#failures += 1;
    this.#backoffMs = backoffMs(this.#failures, this.options.backoff ?? PASS_BACKOFF);
    this.#retryAt = Date.now() + this.#backoffMs;
    const { onFailure = logFailure, retriesByAlarm = false } = this.options;
    onFailure(error, this.#failures);
    this.#answer(NEVER);
    if (!retriesByAlarm) this.#schedule(0);
  }

  #answer(passes: number): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((one) => one.passes > passes);
    for (const one of waiting) if (one.passes <= passes) one.resolve();
  }
}

/** Never more than was meant, though the clock may have been set back. */
function left(waitMs: number, mostMs: number): number {
  return Math.max(0, Math.min(waitMs, mostMs));
}

function logFailure(error: unknown, failures: number): void {
  if (failures === 1) logError("a pass failed", error);
}
