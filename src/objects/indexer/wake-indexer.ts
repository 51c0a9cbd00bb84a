/** Wakes the indexer when something waits for it. A waking that is lost costs a minute: what waits is in the book. */
import { WATCHER_TIMEOUT_MS } from "../../limits";
import { INDEX_SPACING_MS } from "../../limits/search";
import { withTimeout } from "../../timeout";
import { Pump } from "../flow/pump";

export function indexerWaker(env: Env): Pump {
  const wake = async () => env.INDEXER.getByName("search").wake();
  return new Pump({
    spacingMs: INDEX_SPACING_MS,
    pass: () => withTimeout(wake(), WATCHER_TIMEOUT_MS, "indexer").then(() => undefined),
  });
}
