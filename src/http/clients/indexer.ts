/** The way to the object that writes the search index. */
import { INDEX_CALL_TIMEOUT_MS, INDEX_WAIT_MS } from "../../limits/search";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { orOverloaded } from "./reach";

export function indexer(env: Env) {
  return env.INDEXER.getByName("search");
}

/** Searches find what the book has by now, unless the index is behind by more than a mutation may wait. Never rejects. */
export async function awaitIndex(env: Env): Promise<void> {
  try {
    await withTimeout(indexer(env).catchUp(), INDEX_WAIT_MS, "the search index");
  } catch (error) {
    logError("search index not waited for", error);
  }
}

/** As `awaitIndex`, of an index that is not there. */
export async function remakeIndex(env: Env): Promise<void> {
  await orOverloaded(Promise.resolve(indexer(env).check()));
  await awaitIndex(env);
}

/** Begins to rebuild the index, or says how far that is. Rejects when the object is away. */
export function rebuildIndex(env: Env) {
  return withTimeout(indexer(env).rebuild(), INDEX_CALL_TIMEOUT_MS, "the search index");
}

/** How far the last rebuilding has come. Rejects when the object is away. */
export function indexProgress(env: Env) {
  return withTimeout(indexer(env).progress(), INDEX_CALL_TIMEOUT_MS, "the search index");
}
