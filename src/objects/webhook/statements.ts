/** All SQL of a webhook's object, and the shapes of its rows. */
import { withDefaults } from "../../domain/stored";
import type {
  Delivery,
  DisabledReason,
  Webhook,
  WebhookSecret,
  WebhookSettings,
  WebhookStatus,
} from "../../domain/webhook";

export const SQL = {
  webhook: "SELECT * FROM webhook",
  putWebhook: `
    INSERT OR REPLACE INTO webhook (id, settings, status, disabled_reason, next_offset, failures, next_attempt_at,
      last_delivered_at, missed_from, missed_to, disablings, created_at, updated_at)
    VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,

  addDelivery: `
    INSERT INTO deliveries (event_offset, event_id, event_type, attempt, delivered, http_status, error, duration_ms, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  pruneDeliveries: "DELETE FROM deliveries WHERE seq <= (SELECT MAX(seq) FROM deliveries) - ?",
  deliveries: `
    SELECT seq, event_offset AS offset, event_id AS eventId, event_type AS eventType, attempt, delivered,
      http_status AS httpStatus, error, duration_ms AS durationMs, at
    FROM deliveries WHERE seq < ? ORDER BY seq DESC LIMIT ?`,

  addOutboxEvent: "INSERT INTO announcements VALUES (?, ?)",
  nextOutboxEvent: "SELECT n, event FROM announcements WHERE n > ? ORDER BY n LIMIT 1",
  deleteOutboxEvents: "DELETE FROM announcements WHERE n <= ?",

  key: "SELECT fingerprint, answer FROM keys WHERE key = ? AND at > ?",
  putKey: "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
  pruneKeys: "DELETE FROM keys WHERE at <= ?",
} as const;

export type WebhookRow = {
  /** JSON: what is rarely changed, the secrets with it. */
  settings: string;
  status: WebhookStatus;
  disabled_reason: DisabledReason | null;
  next_offset: number;
  failures: number;
  next_attempt_at: number | null;
  last_delivered_at: number | null;
  missed_from: number | null;
  missed_to: number | null;
  disablings: number;
  created_at: number;
  updated_at: number;
};

export type DeliveryRow = Omit<Delivery, "deliveryId" | "outcome" | "at"> & {
  seq: number;
  /** 1: it was. */
  delivered: number;
  at: number;
};

export type OutboxEventRow = { n: number; event: string };
export type KeyRow = { fingerprint: string; answer: string };

const DEFAULT_SETTINGS: WebhookSettings & { secrets: WebhookSecret[] } = {
  url: "",
  types: null,
  productIds: null,
  description: null,
  secrets: [],
};

export function webhookFromRow(row: WebhookRow): Webhook {
  const { missed_from: from, missed_to: to } = row;
  const settings: object = JSON.parse(row.settings);
  return {
    ...withDefaults(DEFAULT_SETTINGS, settings),
    status: row.status,
    disabledReason: row.disabled_reason,
    nextOffset: row.next_offset,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at,
    lastDeliveredAt: row.last_delivered_at,
    missed: from !== null && to !== null ? { from, to } : null,
    disablings: row.disablings,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** In the order of `putWebhook`. */
export function webhookValues(webhook: Webhook): (string | number | null)[] {
  const { url, types, productIds, description, secrets } = webhook;
  return [
    JSON.stringify({ url, types, productIds, description, secrets }),
    webhook.status,
    webhook.disabledReason,
    webhook.nextOffset,
    webhook.failures,
    webhook.nextAttemptAt,
    webhook.lastDeliveredAt,
    webhook.missed?.from ?? null,
    webhook.missed?.to ?? null,
    webhook.disablings,
    webhook.createdAt,
    webhook.updatedAt,
  ];
}
