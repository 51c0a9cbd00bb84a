/** Which webhooks there are. Written by their routes: the row before the object is made, and gone after it. */
import { asc, eq, gt, lt, type SQL } from "drizzle-orm";
import { MAX_WEBHOOKS } from "../limits";
import { readPrimary, writePrimary } from "./book";
import { webhooks } from "./schema";

export interface Registration {
  webhookId: string;
  now: number;
  /** The credential and idempotency key of the request; one webhook per key. */
  key: string | null;
  /** A key that was used before this may be used again. */
  keysKeptSince: number;
}

const REGISTER = `
  INSERT INTO webhooks (webhook_id, created_at_ms, key) SELECT ?1, ?2, ?3
  WHERE (SELECT COUNT(*) FROM webhooks) < ?4 AND NOT EXISTS (SELECT 1 FROM webhooks WHERE key = ?3)`;

/** The id to use: an earlier one if the key has been used. undefined: there are as many as there may be. */
export async function registerWebhook(binding: D1Database, wanted: Registration) {
  const { webhookId, now, key, keysKeptSince } = wanted;
  const results = await writePrimary(binding, () =>
    binding.batch<{ webhook_id: string }>([
      binding
        .prepare("UPDATE webhooks SET key = NULL WHERE key = ?1 AND created_at_ms <= ?2")
        .bind(key, keysKeptSince),
      binding.prepare(REGISTER).bind(webhookId, now, key, MAX_WEBHOOKS),
      binding
        .prepare("SELECT webhook_id FROM webhooks WHERE webhook_id = ?1 OR key = ?2")
        .bind(webhookId, key),
    ]),
  );
  return results.at(-1)?.results[0]?.webhook_id;
}

/** Webhooks that are there, and whose rows may be lost. Throws `BookUnavailable`. */
export async function registerAgain(
  binding: D1Database,
  known: readonly { webhookId: string; createdAtMs: number }[],
): Promise<void> {
  if (known.length === 0) return;
  await writePrimary(binding, (book) =>
    book
      .insert(webhooks)
      .values([...known])
      .onConflictDoNothing(),
  );
}

/** By id, which is by age; those after `after`. */
export function listWebhookIds(binding: D1Database, limit: number, after = ""): Promise<string[]> {
  return webhookIds(binding, gt(webhooks.webhookId, after), limit);
}

/** Those registered before `before`. */
export function listOldWebhookIds(binding: D1Database, before: number): Promise<string[]> {
  return webhookIds(binding, lt(webhooks.createdAtMs, before));
}

async function webhookIds(binding: D1Database, which: SQL, limit = MAX_WEBHOOKS): Promise<string[]> {
  const { webhookId } = webhooks;
  const rows = await readPrimary(binding, (book) =>
    book.select({ webhookId }).from(webhooks).where(which).orderBy(asc(webhookId)).limit(limit),
  );
  return rows.map((row) => row.webhookId);
}

/** False: there was no such row. */
export async function unregisterWebhook(binding: D1Database, webhookId: string): Promise<boolean> {
  const gone = await writePrimary(binding, (book) =>
    book.delete(webhooks).where(eq(webhooks.webhookId, webhookId)).returning(),
  );
  return gone.length > 0;
}
