/** Every minute: what waits for the search index goes in, and an index that has been dropped is made again. */
import { WATCHER_TIMEOUT_MS } from "../limits";
import { logError } from "../telemetry/log";
import { withTimeout } from "../timeout";

/** Never rejects: what fails is logged, and the next minute comes. */
export async function checkSearch(env: Env): Promise<void> {
  try {
    await withTimeout(env.INDEXER.getByName("search").check(), WATCHER_TIMEOUT_MS, "indexer");
  } catch (error) {
    logError("search index not checked", error);
  }
}
