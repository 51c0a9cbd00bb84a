/** What a product's object does by itself, and when: one alarm serves expiry, the way to the book and pruning. */
import { decodeTime, encodeTime } from "ulid";
import {
  DRAIN_ALARM_MS,
  EXPIRY_ALARM_SPACING_MS,
  PRUNE_SPACING_MS,
  RESOLVED_RETENTION_MS,
} from "../../limits";
import type { ProductStore } from "./store";

export interface MaintenanceDeps {
  store: ProductStore;
  /** How long idempotency keys are kept. */
  retentionMs: number;
  /** How far the way to the book has come, and when it goes on after a failure. */
  outbox(): { acknowledgedSeq: number; retryAt: number | null };
  /** The journal row after which something is still on its way to KV; null: nothing is. */
  publishedFloor(): number | null;
}

export class Maintenance {
  #lastSweepAt = 0;
  #pruneNotBefore = 0;

  constructor(private readonly deps: MaintenanceDeps) {}

  swept(atMs: number): void {
    this.#lastSweepAt = atMs;
  }

  dueAt(): (number | null)[] {
    return [this.#sweepAt(), this.#pruneAt(), this.#drainAt()];
  }

  /** The journal row up to which nothing needs to be sent again, in the book nor in KV. */
  rememberedSeq(): number {
    return Math.min(
      this.deps.outbox().acknowledgedSeq,
      this.deps.publishedFloor() ?? Number.MAX_SAFE_INTEGER,
    );
  }

  /** Old keys and rows go; the watermark is written down, so that a start after this has nothing to send again. */
  prune(): void {
    const { store, retentionMs } = this.deps;
    const pruneAt = this.#pruneAt();
    const now = Date.now();
    const remembered = this.rememberedSeq();
    if (store.present && remembered > store.acknowledgedSeq && remembered === store.seq)
      store.acknowledge(remembered);
    if (pruneAt === null || pruneAt > now) return;
    const ulid = encodeTime(now - RESOLVED_RETENTION_MS);
    const pruned = store.prune({ acknowledgedSeq: remembered, journalAt: now - retentionMs, ulid });
    this.#pruneNotBefore = now + (pruned > 0 ? 1 : PRUNE_SPACING_MS);
  }

  /** Sweeps are spaced: expiry is exact without them. */
  #sweepAt(): number | null {
    const { nextExpiryAt } = this.deps.store;
    return nextExpiryAt === null ? null : Math.max(nextExpiryAt, this.#lastSweepAt + EXPIRY_ALARM_SPACING_MS);
  }

  /** When the oldest row that may go has been kept long enough. */
  #pruneAt(): number | null {
    const { firstPrunableAt, reservations } = this.deps.store;
    const { firstUlid } = reservations;
    const due = [
      firstPrunableAt === null ? null : firstPrunableAt + this.deps.retentionMs,
      firstUlid === null ? null : decodeTime(firstUlid) + RESOLVED_RETENTION_MS,
    ].filter((at) => at !== null);
    return due.length === 0 ? null : Math.max(Math.min(...due), this.#pruneNotBefore);
  }

  /** What is not in the book, or not in KV, yet is long there by then, unless a crash or an outage has kept it. */
  #drainAt(): number | null {
    const { acknowledgedSeq, retryAt } = this.deps.outbox();
    const done = acknowledgedSeq >= this.deps.store.seq && this.deps.publishedFloor() === null;
    return done ? null : (retryAt ?? Date.now() + DRAIN_ALARM_MS);
  }
}
