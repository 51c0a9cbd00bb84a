/** How long what has failed is left alone: twice as long each time, and never the same for all who wait. */

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
