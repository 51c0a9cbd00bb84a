/** Calls that begin no more often than a source allows, however many want to. */
import { pause } from "../timeout";

/** The clock may be set back: then nobody waits longer than for so many others. */
const MOST_AHEAD = 10;

export class Spacing {
  #freeAtMs = 0;

  constructor(private readonly spacingMs: number) {}

  async turn(): Promise<void> {
    const now = Date.now();
    const waitMs = Math.min(Math.max(0, this.#freeAtMs - now), MOST_AHEAD * this.spacingMs);
    this.#freeAtMs = now + waitMs + this.spacingMs;
    if (waitMs > 0) await pause(waitMs);
  }
}
