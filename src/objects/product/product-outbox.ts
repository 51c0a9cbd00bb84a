/** A product's way to the log: what is sent, and what follows from the ledger's answer. */
import type { BookEntry } from "../../d1/projection";
import { BOOK_WAIT_MS, KV_WAIT_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import type { LedgerAnswer } from "../ledger/batch";
import { Outbox, type OutboxDeps } from "../log/outbox";
import { packBatch, splitBatch, type EventBatch } from "./event-batch";
import type { CatalogPublisher } from "./publisher";
import type { ProductStore } from "./store";

export interface ProductOutboxDeps {
  productId: string;
  store: ProductStore;
  publisher: CatalogPublisher;
  /** There is a time for the next try. */
  onWaiting(): void;
  /** May reject, and may hang. */
  send(entry: BookEntry): Promise<LedgerAnswer>;
}

export function newProductOutbox(deps: ProductOutboxDeps): Outbox<EventBatch> {
  const { productId, store, publisher } = deps;
  const { acknowledgedSeq, seq, version } = store;
  const outboxDeps: OutboxDeps<EventBatch> = {
    pack: (afterSeq, maxRows) => packBatch(store, productId, { afterSeq, maxRows }),
    send: ({ entry }) => deps.send(entry),
    split: splitBatch,
    onRefused: ({ entry }, reason) => setAside(deps, entry, reason),
    onAcknowledged: (batch, beforeSeq) => {
      store.forgetTail(batch.seq);
      // Never rejects: what fails is logged and tried again.
      if (batch.publishes) void publisher.request(beforeSeq);
    },
    onFailure: (error, failures) => {
      if (failures === 1) logError("book not reached", error, { productId });
      deps.onWaiting();
    },
  };
  return new Outbox(outboxDeps, { seq: acknowledgedSeq, version: acknowledgedSeq === seq ? version : 0 });
}

/** The book has that version, and KV the entry. Bounded: an answer that they do not have yet is still true. */
export async function whenPublished(
  outbox: Outbox<EventBatch>,
  publisher: CatalogPublisher,
  version: number,
): Promise<void> {
  const inBook = await outbox.whenAcknowledged(version, BOOK_WAIT_MS);
  // An entry that takes longer follows; the publisher logs what fails.
  if (inBook) await withTimeout(publisher.settled(), KV_WAIT_MS, "KV").catch(() => undefined);
}

/** One event, or the product's row by itself, that the book will never take. */
function setAside({ store, productId }: ProductOutboxDeps, entry: BookEntry, reason: string): void {
  const { events, toVersion } = entry;
  const what = events === "" ? "product row not taken by the book" : "event set aside";
  logError(what, reason, { productId, version: toVersion });
  if (events !== "") store.setAside({ version: toVersion, event: events, reason }, Date.now());
}
