/** Calls that begin no sooner after each other than a source allows, one after the other, however many want to. */
import { pause } from "../timeout";

export class Spacing {
  #last = Promise.resolve();
  #freeAtMs = 0;

  constructor(private readonly spacingMs: number) {}

  /** The clock may be set back: nobody waits longer for the one before than it may take. */
  turn(): Promise<void> {
    this.#last = this.#last.then(async () => {
      const waitMs = Math.min(this.#freeAtMs - Date.now(), this.spacingMs);
      if (waitMs > 0) await pause(waitMs);
      this.#freeAtMs = Date.now() + this.spacingMs;
    });
    return this.#last;
  }
}
