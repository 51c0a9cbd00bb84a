/** Calls that begin no sooner after each other than a source allows, one after the other, however many want to. */
import { pause } from "../timeout";

export class Spacing {
  #last = Promise.resolve();
  #freeAtMs = 0;

  constructor(private readonly spacingMs: number) {}

  turn(): Promise<void> {
    this.#last = this.#after(this.#last);
    return this.#last;
  }

  /** The clock may be set back: nobody waits longer for the one before than it may take. */
  async #after(before: Promise<void>): Promise<void> {
    await before;
    const waitMs = Math.min(this.#freeAtMs - Date.now(), this.spacingMs);
    if (waitMs > 0) await pause(waitMs);
    this.#freeAtMs = Date.now() + this.spacingMs;
  }
}
