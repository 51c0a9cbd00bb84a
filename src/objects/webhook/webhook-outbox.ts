/** The way of a webhook's own events to the log: kept until the ledger has acknowledged them, and sent again until then. */
import type { BookEntry } from "../../d1/projection";
import type { LedgerAnswer } from "../ledger/batch";
import { Outbox, type OutboxBatch } from "../log/outbox";
import type { WebhookStore } from "./store";

interface WebhookBatch extends OutboxBatch {
  entry: BookEntry;
}

export class WebhookOutbox extends Outbox<WebhookBatch> {
  /** `send` may reject, and may hang. */
  constructor(
    store: WebhookStore,
    send: (entry: BookEntry) => Promise<LedgerAnswer>,
    onFailure: (error: unknown, failures: number) => void,
  ) {
    super({
      pack: (after) => nextBatch(store, after),
      send: ({ entry }) => send(entry),
      split: (batch) => [batch],
      onRefused: (_, reason) => onFailure(reason, 1),
      onAcknowledged: ({ seq }) => store.acknowledged(seq),
      onFailure,
    });
  }
}

/** One event. */
function nextBatch(store: WebhookStore, after: number): WebhookBatch | undefined {
  const next = store.nextOutboxEvent(after);
  if (!next) return undefined;
  const { n, event } = next;
  const productId = `webhook:${store.webhookId}`;
  const entry = { productId, events: event, fromVersion: n - 1, toVersion: n, stock: null, catalog: null };
  return { rows: 1, seq: n, version: n, more: true, entry };
}
