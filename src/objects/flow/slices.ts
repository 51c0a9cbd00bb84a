/** Does something for many, some at a time: a thread that serves others as well is not kept for all of them at once. */
import { pause } from "../../timeout";

export interface Slicing {
  size: number;
  /** Between two slices. */
  pauseMs: number;
}

/** The first slice at once. Never rejects unless `work` throws. */
export async function inSlices<T>(
  items: readonly T[],
  { size, pauseMs }: Slicing,
  work: (slice: readonly T[]) => void,
): Promise<void> {
  for (let at = 0; at < items.length; at += size) {
    if (at > 0) await pause(pauseMs);
    work(items.slice(at, at + size));
  }
}
