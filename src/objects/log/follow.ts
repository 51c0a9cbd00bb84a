/** How followers of the log ask the ledgers to notify them. */
import type { Stretch } from "../../d1/projection";
import type { WebhookFilter } from "../../domain/webhook";
import { allLedgers } from "../../ledgers";
import { LEDGER_CALL_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";

/** By kind: `hub:<shard>`, `webhook:<id>`. */
export type LogFollowerName = `hub:${string}` | `webhook:${string}`;

/**
 * From now on the follower is notified of every commit that may hold what it wants (left out: of every commit). Answers
 * stretches of the log that hold nothing of it, as far as the ledgers know. Rejects when one cannot be reached.
 */
export async function followLog(env: Env, name: LogFollowerName, wants?: WebhookFilter): Promise<Stretch[]> {
  const asked = allLedgers(env).map((ledger) =>
    withTimeout(Promise.resolve(ledger.follow(name, wants)), LEDGER_CALL_TIMEOUT_MS, "ledger"),
  );
  return (await Promise.all(asked)).flat();
}

/** The first offset from this one on that no stretch leaves out. */
export function nextWanted(offset: number, unwanted: readonly Stretch[]): number {
  let next = offset;
  for (const { after, to } of unwanted.toSorted((a, b) => a.after - b.after)) {
    if (next > after && next <= to) next = to + 1;
  }
  return next;
}
