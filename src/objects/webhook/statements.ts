/** All SQL of a webhook's object, and the shapes of its rows. */
import {
  webhookSettingsSchema,
  type Delivery,
  type Webhook,
  type WebhookSettings,
} from "../../domain/webhook";

export const SQL = {
  webhook: `SELECT settings, status, disabled_reason AS disabledReason, next_offset AS nextOffset, failures,
      next_attempt_at AS nextAttemptAt, last_delivered_at AS lastDeliveredAt, missed_from AS missedFrom,
      missed_to AS missedTo, disablings, created_at AS createdAt, updated_at AS updatedAt
    FROM webhook`,
  putWebhook: `
    INSERT OR REPLACE INTO webhook (id, settings, status, disabled_reason, next_offset, failures, next_attempt_at,
      last_delivered_at, missed_from, missed_to, disablings, created_at, updated_at)
    VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,

  addDelivery: `
    INSERT INTO deliveries (event_offset, event_id, event_type, attempt, delivered, http_status, error, duration_ms, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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

/** In the order of `putWebhook`. */
export function webhookValues(webhook: Webhook): (string | number | null)[] {
  const { url, types, productIds, description, secrets, missed, ...w } = webhook;
  const settings = JSON.stringify({ url, types, productIds, description, secrets });
  const delivery = [w.nextOffset, w.failures, w.nextAttemptAt, w.lastDeliveredAt];
  const rest = [missed?.from ?? null, missed?.to ?? null, w.disablings, w.createdAt, w.updatedAt];
  return [settings, w.status, w.disabledReason, ...delivery, ...rest];
}
