/**
 * How long senders gather before they send to a ledger again. While few send, hardly at all, so that the book is fresh. When many
 * do, an entry's way costs more than what it carries: the delay grows until no more come than `DRAIN_RATE.most` a second, with more in
 * each, and is halved again and again once fewer than `DRAIN_RATE.few` do.
 */
import { DRAIN_DELAY_MS, DRAIN_RATE, MAX_DRAIN_DELAY_MS } from "../../limits";

export class DrainDelay {
  #delayMs: number = DRAIN_DELAY_MS;
  #windowFrom = 0;
  #entries = 0;

  /** An entry has come. */
  saw(nowMs: number): void {
    const elapsedMs = nowMs - this.#windowFrom;
    // The clock may have been set back.
    if (elapsedMs < 0) this.#begin(nowMs);
    else if (elapsedMs >= DRAIN_RATE.windowMs) {
      const wantedMs = this.#delayMs * factorAt((this.#entries * 1000) / elapsedMs);
      this.#delayMs = Math.min(MAX_DRAIN_DELAY_MS, Math.max(DRAIN_DELAY_MS, Math.round(wantedMs)));
      this.#begin(nowMs);
    }
    this.#entries += 1;
  }

  /** Milliseconds; undefined: the default of senders, `DRAIN_DELAY_MS`. */
  get ms(): number | undefined {
    return this.#delayMs === DRAIN_DELAY_MS ? undefined : this.#delayMs;
  }

  #begin(nowMs: number): void {
    this.#windowFrom = nowMs;
    this.#entries = 0;
  }
}

function factorAt(perSecond: number): number {
  if (perSecond > DRAIN_RATE.most) return perSecond / DRAIN_RATE.most;
  return perSecond < DRAIN_RATE.few ? 0.5 : 1;
}
