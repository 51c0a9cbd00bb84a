/**
 * What a product's object does by itself, and when: one alarm serves expiry, the way to the book and pruning. The alarm only
 * ever moves to an earlier moment, and never to one that has passed, since that one would not fire.
 */
import { decodeTime, encodeTime } from "ulid";
import { DRAIN_ALARM_MS, PRUNE_SPACING_MS, RESOLVED_RETENTION_MS } from "../../limits";
import { nextWakeAt } from "./deadlines";
import type { ProductStore } from "./store";

export interface UpkeepDeps {
  store: ProductStore;
  alarms: Pick<DurableObjectStorage, "getAlarm" | "setAlarm">;
  /** How long idempotency keys are kept. */
  retentionMs: number;
  /** How far the way to the book has come, and when it goes on after a failure. */
  outbox(): { settledSeq: number; retryAt: number | null };
  /** The journal row after which something is still on its way to KV; null: nothing is. */
  publishedFloor(): number | null;
}

export class Upkeep {
  readonly #deps: UpkeepDeps;
  #armedAt: number | null = null;
  #drainAt: number | null = null;
  #lastSweepAt = 0;
  #pruneNotBefore = 0;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
  }

  /** After a start: nothing is lost if the alarm is there; if it is not, the next deadline arms it again. */
  async recover(): Promise<void> {
    this.#armedAt = await this.#deps.alarms.getAlarm();
  }

  swept(atMs: number): void {
    this.#lastSweepAt = atMs;
  }

  /** The journal has rows that are not in the book. */
  undrained(): void {
    this.#drainAt ??= Date.now() + DRAIN_ALARM_MS;
  }

  drained(): void {
    if (this.#deps.outbox().settledSeq >= this.#deps.store.seq) this.#drainAt = null;
  }

  drainFailed(): void {
    this.#drainAt = this.#deps.outbox().retryAt;
    this.arm();
  }

  /** Until it ends the platform runs the alarm again after a crash; nothing needs to be armed meanwhile. */
  alarmBegins(): void {
    this.#armedAt = Number.NEGATIVE_INFINITY;
  }

  alarmEnds(): void {
    this.#armedAt = null;
    this.#drainAt = this.#undoneAt();
    this.arm();
  }

  arm(): void {
    const at = nextWakeAt({
      nextExpiryAt: this.#deps.store.nextExpiryAt,
      lastSweepAt: this.#lastSweepAt,
      drainAt: this.#drainAt,
      pruneAt: this.#pruneAt(),
    });
    if (at === null || (this.#armedAt !== null && this.#armedAt <= at)) return;
    this.#armedAt = Math.max(at, Date.now() + 1);
    void this.#deps.alarms.setAlarm(this.#armedAt);
  }

  /** The journal row up to which nothing needs to be sent again, in the book nor in KV. */
  rememberedSeq(): number {
    return Math.min(this.#deps.outbox().settledSeq, this.#deps.publishedFloor() ?? Number.MAX_SAFE_INTEGER);
  }

  /** Old keys and rows go; the watermark is written down, so that a start after this has nothing to send again. */
  tidy(): void {
    const { store, retentionMs } = this.#deps;
    const pruneAt = this.#pruneAt();
    const now = Date.now();
    const remembered = this.rememberedSeq();
    if (store.present && remembered > store.settledSeq && remembered === store.seq) store.settle(remembered);
    if (pruneAt === null || pruneAt > now) return;
    const ulid = encodeTime(now - RESOLVED_RETENTION_MS);
    const pruned = store.prune({ settledSeq: remembered, journalAt: now - retentionMs, ulid });
    this.#pruneNotBefore = now + (pruned > 0 ? 1 : PRUNE_SPACING_MS);
  }

  /** When the oldest row that may go has been kept long enough. */
  #pruneAt(): number | null {
    const { firstPrunableAt, reservations } = this.#deps.store;
    const { firstUlid } = reservations;
    const due = [
      firstPrunableAt === null ? null : firstPrunableAt + this.#deps.retentionMs,
      firstUlid === null ? null : decodeTime(firstUlid) + RESOLVED_RETENTION_MS,
    ].filter((at) => at !== null);
    return due.length === 0 ? null : Math.max(Math.min(...due), this.#pruneNotBefore);
  }

  /** When to try again what is not in the book, or not in KV, yet. */
  #undoneAt(): number | null {
    const { settledSeq, retryAt } = this.#deps.outbox();
    const settled = settledSeq >= this.#deps.store.seq && this.#deps.publishedFloor() === null;
    return settled ? null : (retryAt ?? Date.now() + DRAIN_ALARM_MS);
  }
}
