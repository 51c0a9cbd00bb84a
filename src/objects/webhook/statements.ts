/** The tables of a webhook's object, all of its SQL, and the shapes of its rows. */
import { webhookSettingsSchema } from "../../domain/webhook";
import type { Delivery, Webhook, WebhookSettings } from "../../domain/webhook";

/** Append-only. */
export const WEBHOOK_MIGRATIONS = [
  `
  CREATE TABLE webhook (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    settings TEXT NOT NULL,
    status TEXT NOT NULL,
    disabled_reason TEXT,
    next_offset INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_attempt_at INTEGER,
    last_delivered_at INTEGER,
    missed_from INTEGER,
    missed_to INTEGER,
    disablings INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY,
    event_offset INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    http_status INTEGER,
    error TEXT,
    duration_ms INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE announcements (n INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT;
  CREATE TABLE keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
] as const;

export const SQL = {
  webhook: `SELECT settings, status, disabled_reason AS disabledReason, next_offset AS nextOffset, failures,
      next_attempt_at AS nextAttemptAt, last_delivered_at AS lastDeliveredAt, missed_from AS missedFrom,
      missed_to AS missedTo, disablings, created_at AS createdAt, updated_at AS updatedAt
    FROM webhook`,
  putWebhook: "INSERT OR REPLACE INTO webhook VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",

  addDelivery: "INSERT INTO deliveries VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  pruneDeliveries: "DELETE FROM deliveries WHERE seq <= (SELECT MAX(seq) FROM deliveries) - ?",
  deliveries: `SELECT seq, 'dlv_' || seq AS deliveryId, event_offset AS "offset", event_id AS eventId,
      event_type AS eventType, attempt, CASE delivered WHEN 1 THEN 'delivered' ELSE 'failed' END AS outcome,
      http_status AS httpStatus, error, duration_ms AS durationMs, at
    FROM deliveries WHERE seq < ? ORDER BY seq DESC LIMIT ?`,

  addOutboxEvent: "INSERT INTO announcements VALUES (?, ?)",
  nextOutboxEvent: "SELECT n, event FROM announcements WHERE n > ? ORDER BY n LIMIT 1",
  deleteOutboxEvents: "DELETE FROM announcements WHERE n <= ?",

  key: "SELECT fingerprint, answer FROM keys WHERE key = ? AND at > ?",
  putKey: "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
  pruneKeys: "DELETE FROM keys WHERE at <= ?",
} as const;

/** `settings`: JSON of what is rarely changed, the secrets with it. */
export type WebhookRow = Omit<Webhook, keyof WebhookSettings | "secrets" | "missed"> & {
  settings: string;
  missedFrom: number | null;
  missedTo: number | null;
};
export type DeliveryRow = Omit<Delivery, "at"> & { seq: number; at: number };
export type OutboxEventRow = { n: number; event: string };
export type KeyRow = { fingerprint: string; answer: string };

export function webhookFromRow({ settings, missedFrom, missedTo, ...row }: WebhookRow): Webhook {
  const missed = missedFrom !== null && missedTo !== null ? { from: missedFrom, to: missedTo } : null;
  return { ...webhookSettingsSchema.parse(JSON.parse(settings)), ...row, missed };
}

/** In the order of the columns. */
export function webhookValues(webhook: Webhook): (string | number | null)[] {
  const { url, types, productIds, description, secrets, missed, ...w } = webhook;
  const settings = JSON.stringify({ url, types, productIds, description, secrets });
  const delivery = [w.nextOffset, w.failures, w.nextAttemptAt, w.lastDeliveredAt];
  const rest = [missed?.from ?? null, missed?.to ?? null, w.disablings, w.createdAt, w.updatedAt];
  return [settings, w.status, w.disabledReason, ...delivery, ...rest];
}
