/** What a request does to a webhook's row: making it, changing its settings, moving its cursor back. */
import { webhookView } from "../../domain/webhook";
import type { BookEnds, Webhook, WebhookRefusal, WebhookSettings, WebhookStatus } from "../../domain/webhook";
import { newSecret, rotated } from "./secrets";
import type { Outcome, WebhookStore } from "./store";

export interface NewWebhook extends WebhookSettings {
  secret?: string;
  /** Left out: the end of the book. */
  fromOffset?: number;
}

export interface WebhookPatch extends Partial<WebhookSettings> {
  status?: WebhookStatus;
  rotateSecret?: boolean;
}

export interface Place {
  store: WebhookStore;
  /** null: the book cannot be read at the moment. */
  ends: BookEnds | null;
  now: number;
}

export const UNKNOWN: WebhookRefusal = { ok: false, reason: "unknown" };

/** The only answers that carry a secret are this one and that of a change which makes a new one. */
export function createWebhook(place: Place & { ends: BookEnds }, wanted: NewWebhook): Outcome {
  const { store, ends, now } = place;
  if (store.webhook) return render(place);
  const { secret = newSecret(), fromOffset, ...settings } = wanted;
  const end = (ends.newest ?? 0) + 1;
  const nextOffset = Math.max(fromOffset ?? end, 1);
  const fault = placeFault(nextOffset, end, ends);
  if (fault) return fault;
  store.make({
    ...settings,
    secrets: [{ secret, until: null }],
    status: "active",
    disabledReason: null,
    nextOffset,
    failures: 0,
    nextAttemptAt: null,
    lastDeliveredAt: null,
    missed: null,
    disablings: 0,
    createdAt: now,
    updatedAt: now,
  });
  return render(place, secret);
}

export function editWebhook(place: Place, patch: WebhookPatch, actor: string): Outcome {
  const { store, now } = place;
  const { webhook } = store;
  if (!webhook) return UNKNOWN;
  const { status, rotateSecret = false, ...settings } = patch;
  const secret = rotateSecret ? newSecret() : undefined;
  const change: Partial<Webhook> = { ...settings, updatedAt: now };
  if (secret !== undefined) change.secrets = rotated(webhook.secrets, secret, now);
  if (status === "active") Object.assign(change, { status, disabledReason: null });
  if (status === "active" || goesElsewhere(webhook, patch)) {
    store.redirect({ ...change, failures: 0, nextAttemptAt: null });
  } else {
    store.change(change);
  }
  if (status === "disabled" && webhook.status === "active")
    store.disable({ reason: "requested", actor, at: now });
  return render(place, secret);
}

/** Moves the cursor back; forwards it would skip what was never delivered. */
export function replayWebhook(place: Place & { ends: BookEnds }, fromOffset: number): Outcome {
  const { store, ends } = place;
  if (!store.webhook) return UNKNOWN;
  const nextOffset = Math.max(fromOffset, 1);
  const fault = placeFault(nextOffset, store.webhook.nextOffset, ends);
  if (fault) return fault;
  store.redirect({ nextOffset, failures: 0, nextAttemptAt: null });
  return render(place);
}

function placeFault(offset: number, last: number, { oldest }: BookEnds): WebhookRefusal | undefined {
  if (offset > last) return { ok: false, reason: "ahead" };
  // Where nothing is left, there is nothing to deliver but what comes.
  if (oldest !== null && offset < Math.min(oldest, last)) return { ok: false, reason: "expired" };
  return undefined;
}

/** Other events go out from now on, or they go to another place: failures so far say nothing any more. */
function goesElsewhere(webhook: Webhook, patch: WebhookPatch): boolean {
  return (["url", "types", "productIds"] as const).some(
    (name) => patch[name] !== undefined && JSON.stringify(patch[name]) !== JSON.stringify(webhook[name]),
  );
}

function render({ store, ends }: Place, secret?: string): string {
  const view = webhookView(store.webhookId, store.known, ends);
  return JSON.stringify(secret === undefined ? view : { ...view, secret });
}
