/** A webhook in plain facts: where events go and which, how far it is, and what clients see of it. */
import * as z from "zod";
import { eventTypeSchema, type EventType } from "./events/event";
import type { DISABLED_REASONS } from "./events/webhook-events";

/** What its owner says of it, as it is stored. Defaults: what an older release did not write. */
export const webhookSettingsSchema = z.object({
  url: z.string(),
  /** null: events of every type. */
  types: z.array(eventTypeSchema).nullable().default(null),
  /** null: of every product, and of what is no product. */
  productIds: z.array(z.string()).nullable().default(null),
  description: z.string().nullable().default(null),
  /** The newest first: `whsec_…`; after `until` (milliseconds) one signs no more. */
  secrets: z.array(z.object({ secret: z.string(), until: z.int().nullable() })).default([]),
});

type StoredSettings = z.output<typeof webhookSettingsSchema>;
export type WebhookSecret = StoredSettings["secrets"][number];
export type WebhookSettings = Omit<StoredSettings, "secrets">;
export type WebhookFilter = Pick<StoredSettings, "types" | "productIds">;

export type WebhookStatus = "active" | "disabled";
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export interface Webhook extends StoredSettings {
  status: WebhookStatus;
  disabledReason: DisabledReason | null;
  /** The first offset of the book that it has neither delivered nor left out. */
  nextOffset: number;
  /** Attempts of the event at `nextOffset` that failed, one after the other. */
  failures: number;
  /** Milliseconds, as are all times here; null: it is not waiting. */
  nextAttemptAt: number | null;
  lastDeliveredAt: number | null;
  /** Events that were no longer kept when it came to them. */
  missed: { from: number; to: number } | null;
  /** How often it has been disabled: the version of its last event. */
  disablings: number;
  createdAt: number;
  updatedAt: number;
}

/** Offsets of the first and the last event of the book; null: it is empty. */
export interface BookEnds {
  oldest: number | null;
  newest: number | null;
}

export interface WebhookRefusal {
  ok: false;
  /** `expired`: before what the book keeps. `ahead`: past the cursor, or past the end of the book. */
  reason: "unknown" | "key_reused" | "expired" | "ahead";
}

/** What its object answers to a change; `body` is JSON. `replayed`: the request's key had this answer before. */
export type WebhookAnswer = { ok: true; body: string; replayed: boolean } | WebhookRefusal;

export function wants(filter: WebhookFilter, event: { type: EventType; productId: string }): boolean {
  const { types, productIds } = filter;
  return (
    (types === null || types.includes(event.type)) &&
    (productIds === null || productIds.includes(event.productId))
  );
}

/** What clients see; never a secret. `ends`: null when the book cannot be read at the moment. */
export function webhookView(webhookId: string, webhook: Webhook, ends: BookEnds | null) {
  const { url, types, productIds, description, status, disabledReason, nextOffset, missed } = webhook;
  return {
    webhookId,
    url,
    types,
    productIds,
    description,
    status,
    disabledReason,
    nextOffset,
    behind: ends && Math.max(0, (ends.newest ?? 0) + 1 - nextOffset),
    missedEvents: missed,
    consecutiveFailures: webhook.failures,
    nextAttemptAt: timeOf(webhook.nextAttemptAt),
    lastDeliveredAt: timeOf(webhook.lastDeliveredAt),
    createdAt: timeOf(webhook.createdAt),
    updatedAt: timeOf(webhook.updatedAt),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** One attempt to deliver one event, as clients see it. */
export interface Delivery {
  deliveryId: string;
  offset: number;
  eventId: string;
  eventType: string;
  /** 1 for the first. */
  attempt: number;
  outcome: "delivered" | "failed";
  /** null: there was no answer. */
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
  at: string;
}

/** The event of the `webhook.disablings`-th time that it was disabled. */
export function disabledEvent(
  webhookId: string,
  webhook: Webhook,
  by: { actor: string; at: number },
): object {
  const { disablings, disabledReason, failures, nextOffset, url } = webhook;
  const subject = `webhook:${webhookId}`;
  return {
    id: `${subject}:${disablings}`,
    type: "webhook.disabled",
    productId: subject,
    version: disablings,
    at: new Date(by.at).toISOString(),
    actor: by.actor,
    data: { webhookId, host: new URL(url).host, reason: disabledReason, failures, nextOffset },
    level: null,
  };
}
