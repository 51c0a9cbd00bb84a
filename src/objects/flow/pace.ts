/** Spreads what a shard sends over time, so that listeners never keep a thread from those who reserve. */
import { pause } from "../../timeout";

export class Pace {
  #freeAt = 0;

  constructor(private readonly usPerSend: number) {}

  charge(sends: number): void {
    this.#freeAt = Math.max(Date.now(), this.#freeAt) + (sends * this.usPerSend) / 1000;
  }

  /** How far sending has run ahead of its share of time. */
  get aheadMs(): number {
    return Math.max(0, this.#freeAt - Date.now());
  }

  /** Resolves when it is no longer ahead. */
  async caughtUp(): Promise<void> {
    const { aheadMs } = this;
    if (aheadMs > 0) await pause(aheadMs);
  }
}

/**
 * Does something for many, some at a time: a thread that serves others as well is not kept for all of them at once. The
 * first slice at once. Never rejects unless `work` throws.
 */
export async function inSlices<T>(
  items: readonly T[],
  { size, pauseMs }: { size: number; pauseMs: number },
  work: (slice: readonly T[]) => void,
): Promise<void> {
  for (let at = 0; at < items.length; at += size) {
    if (at > 0) await pause(pauseMs);
    work(items.slice(at, at + size));
  }
}
