/** A product's way to the log: what is sent, and what follows from the ledger's answer. */
import type { BookEntry } from "../../d1/projection";
import { ledgerOf } from "../../ledgers";
import { BOOK_WAIT_MS, KV_WAIT_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { count } from "../../telemetry/meter-buffer";
import { withTimeout } from "../../timeout";
import type { LedgerAnswer } from "../ledger/batch";
import { Outbox } from "../log/outbox";
import { packBatch, splitBatch, type EventBatch } from "./event-batch";
import type { CatalogPublisher } from "./publisher";
import { SQL } from "./statements";
import type { ProductStore } from "./store";

interface Product {
  env: Env;
  store: ProductStore;
  publisher: CatalogPublisher;
}

export class ProductOutbox extends Outbox<EventBatch> {
  /** `onWaiting`: there is a time for the next try. */
  constructor(
    private readonly product: Product,
    onWaiting: () => void,
  ) {
    const { store, publisher } = product;
    const { productId, acknowledgedSeq, seq, version } = store;
    super(
      {
        pack: (afterSeq, maxRows) => packBatch(store, afterSeq, maxRows),
        send: ({ entry }) => this.append(entry),
        split: splitBatch,
        onRefused: ({ entry }, reason) => setAside(store, entry, reason),
        onAcknowledged: (batch, beforeSeq) => {
          store.forgetTail(batch.seq);
          // Never rejects: what fails is logged and tried again.
          if (batch.publishes) void publisher.request(beforeSeq);
        },
        onFailure: (error, failures) => {
          if (failures === 1) logError("book not reached", error, { productId });
          onWaiting();
        },
      },
      { seq: acknowledgedSeq, version: acknowledgedSeq === seq ? version : 0 },
    );
  }

  /** May reject, and may hang. */
  append(entry: BookEntry): Promise<LedgerAnswer> {
    return ledgerOf(this.product.env, entry.productId).append(entry);
  }

  /** The book has that version, and KV the entry. Bounded: an answer that they do not have yet is still true. */
  async whenPublished(version: number): Promise<void> {
    const inBook = await this.whenAcknowledged(version, BOOK_WAIT_MS);
    // An entry that takes longer follows; the publisher logs what fails.
    if (inBook) await withTimeout(this.product.publisher.settled(), KV_WAIT_MS, "KV").catch(() => undefined);
  }
}

/** One event, or the product's row by itself, that the book will never take. */
function setAside(store: ProductStore, { events, toVersion: version }: BookEntry, reason: string): void {
  const what = events === "" ? "product row not taken by the book" : "event set aside";
  logError(what, reason, { productId: store.productId, version });
  count("holdfast_entries_set_aside_total", {});
  if (events !== "") store.rows(SQL.insertSetAside, version, events, reason, Date.now());
}
