/** Every minute each source outside is woken: one whose alarm was lost goes on, and one that has its first product begins. */
import { SOURCE_NAMES } from "../domain/source";
import { inParallel } from "../in-parallel";
import { SOURCE_CALL_TIMEOUT_MS } from "../limits/sources";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Never rejects: what fails is logged, and the next minute comes. */
export async function wakeSources(env: Env): Promise<void> {
  await inParallel(SOURCE_NAMES, SOURCE_NAMES.length, async (source) => {
    const woken = Promise.resolve(env.SOURCE.getByName(source).wake());
    await withTimeout(woken, SOURCE_CALL_TIMEOUT_MS, "source").catch((error: unknown) =>
      logError("source not woken", error, { source }),
    );
  });
}
