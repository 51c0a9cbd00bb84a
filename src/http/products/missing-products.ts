/**
 * Ids that the book did not know a moment ago, in the cache of this place: guessing ids must not cost a query
 * each. Kept for seconds, and never in KV, where an entry for what is missing would outlive the product's
 * creation.
 */
import { NEGATIVE_CACHE_SECONDS } from "../../limits";
import { logError } from "../../telemetry/log";
import type { Call } from "../route";

const MARK = "https://missing.holdfast.invalid/products/";

export async function isKnownMissing(productId: string): Promise<boolean> {
  return (await caches.default.match(MARK + productId)) !== undefined;
}

export function rememberMissing(call: Pick<Call, "c">, productId: string): void {
  const headers = { "Cache-Control": `public, max-age=${NEGATIVE_CACHE_SECONDS}` };
  const kept = caches.default.put(MARK + productId, new Response("missing", { headers }));
  call.c.executionCtx.waitUntil(kept.catch((error) => logError("missing product not remembered", error)));
}

/** Called when this Worker has created the product. Never rejects. */
export async function forgetMissing(productId: string): Promise<void> {
  await caches.default
    .delete(MARK + productId)
    .catch((error) => logError("missing product not forgotten", error));
}
