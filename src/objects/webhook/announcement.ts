/** The way of `webhook.disabled` events to the book: kept until the ledger has answered, and sent again until then. */
import type { BookEntry } from "../../d1/projection";
import type { LedgerAnswer } from "../ledger/batch";
import { Outbox, type Trip } from "../product/outbox";
import type { WebhookStore } from "./store";

export interface AnnouncementTrip extends Trip {
  entry: BookEntry;
}

export interface AnnouncementDeps {
  store: WebhookStore;
  webhookId: string;
  append(entry: BookEntry): Promise<LedgerAnswer>;
  onFailure(error: unknown, failures: number): void;
}

export function newAnnouncementOutbox(deps: AnnouncementDeps): Outbox<AnnouncementTrip> {
  const { store, append, onFailure } = deps;
  return new Outbox(
    { seq: 0, version: 0 },
    {
      pack: (after) => nextTrip(deps, after),
      send: ({ entry }) =>
        append(entry).catch((error: unknown): LedgerAnswer => ({ ok: false, reason: String(error) })),
      split: (trip) => [trip],
      onRefused: (_, reason) => onFailure(reason, 1),
      onSettled: ({ seq }) => store.announced(seq),
      onFailure,
    },
  );
}

function nextTrip({ store, webhookId }: AnnouncementDeps, after: number): AnnouncementTrip | undefined {
  const next = store.nextAnnouncement(after);
  if (!next) return undefined;
  const { n, event } = next;
  const productId = `webhook:${webhookId}`;
  const entry = { productId, events: event, fromVersion: n - 1, toVersion: n, stock: null, catalog: null };
  return { rows: 1, seq: n, version: n, more: true, publishes: false, entry };
}
