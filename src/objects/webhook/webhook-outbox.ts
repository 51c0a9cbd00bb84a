/** The way of a webhook's own events to the log: kept until the ledger has acknowledged them, and sent again until then. */
import type { BookEntry } from "../../d1/projection";
import type { LedgerAnswer } from "../ledger/batch";
import { Outbox, type OutboxBatch } from "../log/outbox";
import type { WebhookStore } from "./store";

export interface WebhookBatch extends OutboxBatch {
  entry: BookEntry;
}

export interface WebhookOutboxDeps {
  store: WebhookStore;
  webhookId: string;
  /** May reject, and may hang. */
  send(entry: BookEntry): Promise<LedgerAnswer>;
  onFailure(error: unknown, failures: number): void;
}

export function newWebhookOutbox(deps: WebhookOutboxDeps): Outbox<WebhookBatch> {
  const { store, send, onFailure } = deps;
  return new Outbox({
    pack: (after) => nextBatch(deps, after),
    send: ({ entry }) => send(entry),
    split: (batch) => [batch],
    onRefused: (_, reason) => onFailure(reason, 1),
    onAcknowledged: ({ seq }) => store.acknowledged(seq),
    onFailure,
  });
}

/** One event. */
function nextBatch({ store, webhookId }: WebhookOutboxDeps, after: number): WebhookBatch | undefined {
  const next = store.nextOutboxEvent(after);
  if (!next) return undefined;
  const { n, event } = next;
  const subject = `webhook:${webhookId}`;
  const versions = { fromVersion: n - 1, toVersion: n };
  const entry = { productId: subject, events: event, ...versions, stock: null, catalog: null };
  return { rows: 1, seq: n, version: n, more: true, entry };
}
