/** What a product's object does by itself, and when: one alarm serves expiry, the way to the book and pruning. */
import { decodeTime, encodeTime } from "ulid";
import * as limits from "../../limits";
import type { CatalogPublisher } from "./publisher";
import type { ProductOutbox } from "./product-outbox";
import type { ProductStore } from "./store";

/** How far what is written here has come. */
interface Ways {
  outbox: Pick<ProductOutbox, "acknowledgedSeq" | "retryAt">;
  publisher: Pick<CatalogPublisher, "floorSeq">;
}

export class Maintenance {
  #lastSweepAt = 0;
  #pruneNotBefore = 0;

  /** `retentionMs`: how long idempotency keys are kept. */
  constructor(
    private readonly store: ProductStore,
    private readonly ways: Ways,
    private readonly retentionMs: number,
  ) {}

  swept(atMs: number): void {
    this.#lastSweepAt = atMs;
  }

  dueAt(): (number | null)[] {
    return [this.#sweepAt(), this.#pruneAt(), this.#drainAt()];
  }

  /** The journal row up to which nothing needs to be sent again, in the book nor in KV. */
  rememberedSeq(): number {
    const { outbox, publisher } = this.ways;
    return Math.min(outbox.acknowledgedSeq, publisher.floorSeq ?? Number.MAX_SAFE_INTEGER);
  }

  /** Old keys and rows go; the watermark is written down, so that a start after this has nothing to send again. */
  prune(): void {
    const { store } = this;
    const pruneAt = this.#pruneAt();
    const now = Date.now();
    const remembered = this.rememberedSeq();
    if (store.present && remembered > store.acknowledgedSeq && remembered === store.seq)
      store.acknowledge(remembered);
    if (pruneAt === null || pruneAt > now) return;
    const ulid = encodeTime(now - limits.RESOLVED_RETENTION_MS);
    const pruned = store.prune({ acknowledgedSeq: remembered, journalAt: now - this.retentionMs, ulid });
    this.#pruneNotBefore = now + (pruned > 0 ? 1 : limits.PRUNE_SPACING_MS);
  }

  /** Sweeps are spaced: expiry is exact without them. */
  #sweepAt(): number | null {
    const { nextExpiryAt } = this.store;
    const notBefore = this.#lastSweepAt + limits.EXPIRY_ALARM_SPACING_MS;
    return nextExpiryAt === null ? null : Math.max(nextExpiryAt, notBefore);
  }

  /** When the oldest row that may go has been kept long enough. */
  #pruneAt(): number | null {
    const { firstPrunableAt, firstUlid } = this.store;
    const due = [
      firstPrunableAt === null ? null : firstPrunableAt + this.retentionMs,
      firstUlid === null ? null : decodeTime(firstUlid) + limits.RESOLVED_RETENTION_MS,
    ].filter((at) => at !== null);
    return due.length === 0 ? null : Math.max(Math.min(...due), this.#pruneNotBefore);
  }

  /** What is not in the book, or not in KV, yet is long there by then, unless a crash or an outage has kept it. */
  #drainAt(): number | null {
    const { outbox, publisher } = this.ways;
    const done = outbox.acknowledgedSeq >= this.store.seq && publisher.floorSeq === null;
    return done ? null : (outbox.retryAt ?? Date.now() + limits.DRAIN_ALARM_MS);
  }
}
