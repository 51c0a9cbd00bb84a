/** One who looks at something all the time, over restarts of the server. */
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 40;

/** `look` answers whether there is more, which is looked at without a pause. */
export function keepLooking(look: () => Promise<boolean>): AsyncDisposable {
  const end = new AbortController();
  const run = async () => {
    while (!end.signal.aborted) {
      // While the server is away there is nothing to see.
      const more = await look().catch(() => false);
      if (!more) await sleep(POLL_MS);
    }
  };
  const looking = run();
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await looking;
    },
  };
}

/** Waits until all are seen; answers those that are not when the time is over. */
export async function unseen(
  ids: string[],
  isSeen: (id: string) => boolean,
  timeoutMs: number,
): Promise<string[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const missing = ids.filter((id) => !isSeen(id));
    if (missing.length === 0 || performance.now() > deadline) return missing;
    await sleep(POLL_MS);
  }
}
