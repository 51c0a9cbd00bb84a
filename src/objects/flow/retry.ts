/** Tries again, at once or after ever longer pauses, what somebody waits for. */
import { pause } from "../../timeout";
import { backoffMs, type Backoff } from "./backoff";

export interface Tries {
  tries: number;
  /** Left out: at once. Most of what fails then is a connection that broke. */
  backoff?: Backoff;
}

/** Rejects as the last try does. */
export async function retry<T>({ tries, backoff }: Tries, work: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (failures >= tries) throw error;
      if (backoff) await pause(backoffMs(failures, backoff));
    }
  }
}
