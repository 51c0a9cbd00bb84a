/** The way to the object that rebuilds the book. */
import { RECOVERY_CALL_TIMEOUT_MS } from "../../limits/recovery";
import { withTimeout } from "../../timeout";

function recovery(env: Env) {
  return env.RECOVERY.getByName("recovery");
}

/** Begins to rebuild the book, or adds products, and says how far that is. Rejects when the object or the book is away. */
export function rebuildBook(env: Env, productIds: string[] | undefined) {
  return withTimeout(recovery(env).begin(productIds), RECOVERY_CALL_TIMEOUT_MS, "the recovery");
}

/** How far the last rebuilding has come. Rejects when the object is away. */
export function rebuildProgress(env: Env) {
  return withTimeout(recovery(env).progress(), RECOVERY_CALL_TIMEOUT_MS, "the recovery");
}
