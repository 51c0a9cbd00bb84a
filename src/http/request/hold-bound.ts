/**
 * A bound on the living holds of one storefront's key, so that a key in wrong hands cannot hold everything. It is approximate and
 * costs a reserve nothing: the book is asked beside the requests, some seconds apart, how many there are, by a sample; what this
 * isolate was asked for since is added. While the book cannot say, nobody is refused.
 */
import { waitUntil } from "cloudflare:workers";
import { BookUnavailable } from "../../d1/book";
import { estimateHolds } from "../../d1/hold-sample";
import { readConfig } from "../../env";
import { HOLDS_COUNT } from "../../limits/keys";
import { logError } from "../../telemetry/log";
import { counter } from "../../telemetry/meter-buffer";
import { ProblemError } from "../problem";
import type { Call } from "../route";

interface Count {
  /** What the book said, and when it was asked. */
  holds: number;
  atMs: number;
  /** Asked for here since. */
  since: number;
  triedAtMs: number;
}

const countByActor = new Map<string, Count>();

/** Counts what the request asks for. Throws a problem (429) when the key has as many as it may. */
export function requireHoldRoom({ env, credential: { actor, ownOnly } }: Call, wanted: number): void {
  if (!ownOnly) return;
  const { maxHoldsPerKey } = readConfig(env);
  if (maxHoldsPerKey === Infinity) return;
  const now = Date.now();
  const count = countOf(actor);
  const ageMs = Math.abs(now - count.atMs);
  if (ageMs >= HOLDS_COUNT.spacingMs && Math.abs(now - count.triedAtMs) >= HOLDS_COUNT.spacingMs) {
    count.triedAtMs = now;
    waitUntil(ask(env, actor, count));
  }
  if (ageMs < HOLDS_COUNT.staleMs && count.holds + count.since + wanted > maxHoldsPerKey)
    throw tooMany(maxHoldsPerKey);
  count.since += wanted;
}

/** Never rejects. */
async function ask(env: Env, actor: string, count: Count): Promise<void> {
  const [atMs, before] = [Date.now(), count.since];
  try {
    count.holds = await estimateHolds(env.BOOK, actor);
    count.atMs = atMs;
    count.since -= before;
  } catch (error) {
    logError("holds not counted", error instanceof BookUnavailable ? error.cause : error);
  }
}

/** Of more keys than are counted, the oldest is forgotten. */
function countOf(actor: string): Count {
  const known = countByActor.get(actor);
  if (known) return known;
  const count = { holds: 0, atMs: -Infinity, since: 0, triedAtMs: -Infinity };
  if (countByActor.size >= HOLDS_COUNT.maxKeys) countByActor.delete(countByActor.keys().next().value ?? "");
  countByActor.set(actor, count);
  return count;
}

function tooMany(most: number): ProblemError {
  counter("holdfast_rate_limited_total", { limit: "holds" }).add();
  return new ProblemError({
    code: "holds_limit_reached",
    detail: `A key may have some ${most} living holds.`,
    headers: { "Retry-After": String(HOLDS_COUNT.spacingMs / 1000) },
  });
}
