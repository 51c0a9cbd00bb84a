/**
 * Carries an object's own events to the log: the oldest first, one batch in flight, a watermark that moves when the ledger has
 * acknowledged it. What fails stays and is sent again; what arrives twice is dropped by the book. A batch that the book
 * refuses for what is in it is narrowed until the one thing is alone that it will never take, and goes on without that.
 */
import {
  DRAIN_BACKOFF,
  DRAIN_DELAY_KEPT_MS,
  DRAIN_DELAY_MS,
  LEDGER_CALL_TIMEOUT_MS,
  MAX_EVENTS_PER_DRAIN,
} from "../../limits";
import { Pump, type More, type Pass } from "../flow/pump";
import { Waiters } from "../flow/waiters";
import type { LedgerAnswer } from "../ledger/batch";

export interface OutboxBatch {
  /** How many journal rows it carries. */
  rows: number;
  /** The last journal row it carries, and that row's version. */
  seq: number;
  version: number;
  /** There is more than one batch can carry. */
  more: boolean;
}

export interface OutboxDeps<Batch extends OutboxBatch> {
  /** The next batch after the watermark, if there is any; of fewer rows than might be after a refusal. */
  pack(afterSeq: number, maxRows: number): Batch | undefined;
  /** May reject, and may hang. */
  send(batch: Batch): Promise<LedgerAnswer>;
  /** The smallest parts of a batch of one row. */
  split(batch: Batch): Batch[];
  /** The book will never take this part. What comes after it goes on. */
  onRefused(part: Batch, reason: string): void;
  onAcknowledged(batch: Batch, beforeSeq: number): void;
  /** `retryAt` says when the object's alarm has to drain. */
  onFailure(error: unknown, failures: number): void;
}

export class Outbox<Batch extends OutboxBatch> extends Pump {
  /** Journal rows up to here are in the book. */
  acknowledgedSeq: number;
  acknowledgedVersion: number;
  /** As the ledger last asked for, and when. */
  #gatherMs: number = DRAIN_DELAY_MS;
  #gatherAskedAt = 0;
  /** Less after a refusal, until everything has gone. */
  #maxRows = Number.POSITIVE_INFINITY;
  /** Of a refused batch of one row, those that are not sent yet. */
  #parts: Batch[] = [];
  /** What has to be alone on the way to the log. */
  readonly #works: (() => Promise<void>)[] = [];
  readonly #waiters = new Waiters();

  constructor(
    private readonly deps: OutboxDeps<Batch>,
    acknowledged = { seq: 0, version: 0 },
  ) {
    super({
      pass: (pass) => this.#pass(pass),
      timeoutMs: LEDGER_CALL_TIMEOUT_MS,
      backoff: DRAIN_BACKOFF,
      retriesByAlarm: true,
      onFailure: (error, failures) => this.#onFailure(error, failures),
    });
    this.acknowledgedSeq = acknowledged.seq;
    this.acknowledgedVersion = acknowledged.version;
  }

  /** Something was written. Neighbours share a batch, unless somebody is waiting for the book. */
  nudge(): void {
    this.wake(this.#waiters.size > 0 ? 0 : this.#gathering());
  }

  /** True once the book has `version`; false when it has not after `timeoutMs`. */
  async whenAcknowledged(version: number, timeoutMs: number): Promise<boolean> {
    if (this.acknowledgedVersion >= version) return true;
    const waiting = this.#waiters.wait(() => this.acknowledgedVersion >= version || undefined, timeoutMs);
    this.nudge();
    return (await waiting) ?? false;
  }

  /** Sends what there is now, whatever has failed before. Resolves when it is there or a batch has failed; never rejects. */
  drain(): Promise<void> {
    return this.run();
  }

  /** Runs `work` while no batch is on its way, and lets none begin until it has ended, or has been out for too long. */
  alone<R>(work: () => Promise<R>): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.#works.push(() => work().then(resolve, reject));
    void this.run();
    return promise;
  }

  async #pass(pass: Pass): Promise<More> {
    const work = this.#works.shift();
    if (work) {
      await work();
      return 0;
    }
    const [part] = this.#parts;
    if (part) return this.#sendPart(part, pass);
    const batch = this.deps.pack(this.acknowledgedSeq, this.#maxRows);
    if (!batch) return undefined;
    const answer = await this.deps.send(batch);
    if (pass.givenUp) return undefined;
    this.#gatherMs = answer.gatherMs ?? DRAIN_DELAY_MS;
    this.#gatherAskedAt = Date.now();
    if (answer.refused) return this.#narrow(batch);
    if (!answer.ok) throw new Error(answer.reason);
    return this.#acknowledge(batch);
  }

  #gathering(): number {
    return Math.abs(Date.now() - this.#gatherAskedAt) < DRAIN_DELAY_KEPT_MS ? this.#gatherMs : DRAIN_DELAY_MS;
  }

  #onFailure(error: unknown, failures: number): void {
    this.#parts = [];
    this.deps.onFailure(error, failures);
    // Whoever has to be alone does not wait for a batch to get through.
    if (this.#works.length > 0) void this.run();
  }

  #narrow(batch: Batch): More {
    this.#maxRows = Math.ceil(batch.rows / 2);
    if (batch.rows === 1) this.#parts = this.deps.split(batch);
    return 0;
  }

  /** The batch is done when each part is either in the book or refused. */
  async #sendPart(part: Batch, pass: Pass): Promise<More> {
    const answer = await this.deps.send(part);
    if (pass.givenUp) return undefined;
    if (answer.refused) this.deps.onRefused(part, answer.reason ?? "");
    else if (!answer.ok) throw new Error(answer.reason);
    this.#parts.shift();
    return this.#parts.length > 0 ? 0 : this.#acknowledge(part);
  }

  #acknowledge(batch: Batch): More {
    this.#maxRows *= 2;
    if (!batch.more || this.#maxRows > MAX_EVENTS_PER_DRAIN) this.#maxRows = Number.POSITIVE_INFINITY;
    const before = this.acknowledgedSeq;
    this.acknowledgedSeq = batch.seq;
    this.acknowledgedVersion = batch.version;
    this.deps.onAcknowledged(batch, before);
    this.#waiters.notify();
    return batch.more ? 0 : undefined;
  }
}
