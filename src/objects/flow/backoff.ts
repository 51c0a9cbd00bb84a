/** How long what has failed is left alone: twice as long each time, and never the same for all who wait. */
import { pause } from "../../timeout";

export interface Backoff {
  minMs: number;
  maxMs: number;
  /** Chance takes a share of that time between these two. */
  spread: readonly [least: number, most: number];
}

/** After so many failures in a row, 1 for the first. */
export function backoffMs(failures: number, { minMs, maxMs, spread: [least, most] }: Backoff): number {
  const fullMs = Math.min(maxMs, minMs * 2 ** (failures - 1));
  return Math.round(fullMs * (least + (most - least) * Math.random()));
}

/**
 * Tries so often what somebody waits for: at once where no backoff is named, since most of what fails then is a connection
 * that broke. Rejects as the last try does.
 */
export async function retry<T>(tries: number, work: () => Promise<T>, backoff?: Backoff): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (failures >= tries) throw error;
      if (backoff) await pause(backoffMs(failures, backoff));
    }
  }
}
