/**
 * Carries the journal's events to the book: oldest first, one trip in flight, a watermark that moves when the ledger has
 * answered. What fails stays and is tried again with back-off; what arrives twice is dropped by the book. A trip that the book
 * refuses for what is in it is narrowed until the one thing is alone that it will never take, and goes on without that.
 */
import {
  DRAIN_BACKOFF_MAX_MS,
  DRAIN_BACKOFF_MIN_MS,
  DRAIN_DELAY_MS,
  LEDGER_CALL_TIMEOUT_MS,
  MAX_EVENTS_PER_DRAIN,
} from "../../limits";
import { withTimeout } from "../../timeout";
import type { LedgerAnswer } from "../ledger/batch";

export interface Trip {
  /** How many journal rows it carries. */
  rows: number;
  /** The last journal row it carries, and that row's version. */
  seq: number;
  version: number;
  /** There is more than one trip can carry. */
  more: boolean;
  /** Whether the catalog entry must follow into KV. */
  publishes: boolean;
}

export interface OutboxDeps<T extends Trip> {
  /** The next trip after the watermark, if there is anything to carry; of fewer rows than might be after a refusal. */
  pack(afterSeq: number, maxRows: number): T | undefined;
  /** Never rejects. */
  send(trip: T): Promise<LedgerAnswer>;
  /** The smallest parts of a trip of one row. */
  split(trip: T): T[];
  /** The book will never take this part. What comes after it goes on. */
  onRefused(part: T, reason: string): void;
  onSettled(trip: T, beforeSeq: number): void;
  onFailure(error: unknown, failures: number): void;
}

interface Waiter {
  version: number;
  resolve(settled: boolean): void;
}

export class Outbox<T extends Trip> {
  /** Journal rows up to here are in the book. */
  settledSeq: number;
  settledVersion: number;
  retryAt: number | null = null;
  readonly #deps: OutboxDeps<T>;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #draining: Promise<void> | undefined;
  #giveUpAt = 0;
  #runs = 0;
  /** Less after a refusal, until everything has gone. */
  #maxRows = Number.POSITIVE_INFINITY;
  /** Something was written while a trip was on its way. */
  #nudged = false;
  /** Somebody waits for all that was written until now, while a trip is on its way. */
  #hurried = false;
  #waiters: Waiter[] = [];

  constructor(settled: { seq: number; version: number }, deps: OutboxDeps<T>) {
    this.settledSeq = settled.seq;
    this.settledVersion = settled.version;
    this.#deps = deps;
  }

  /** Something was written. Neighbours share a trip, unless somebody is waiting for the book. */
  nudge(): void {
    this.#nudged = this.#draining !== undefined;
    if (this.#nudged || (this.retryAt !== null && Date.now() < this.retryAt)) return;
    const urgent = this.#waiters.length > 0;
    if (this.#timer !== undefined && !urgent) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.drain(), urgent ? 0 : DRAIN_DELAY_MS);
  }

  /** True once the book has `version`; false when it has not after `timeoutMs`. */
  whenSettled(version: number, timeoutMs: number): Promise<boolean> {
    if (this.settledVersion >= version) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = { version, resolve };
      this.#waiters.push(waiter);
      setTimeout(() => this.#answer(waiter, false), timeoutMs);
      this.nudge();
    });
  }

  /**
   * Carries what there is now, until it is there or a trip fails. Never rejects, but may hang with the ledger: a trip
   * that is out for too long is given up by the next call, and its late success does no harm.
   */
  drain(): Promise<void> {
    if (this.#draining && Date.now() < this.#giveUpAt) {
      this.#hurried = true;
      return this.#draining;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const draining = this.#run().finally(() => {
      if (this.#draining !== draining) return;
      this.#draining = undefined;
      if (this.#nudged) this.nudge();
    });
    this.#draining = draining;
    return draining;
  }

  /**
   * Runs `work` while no trip is on its way and lets none begin until it has ended, or has been out for as long as a trip
   * may. Rejects when the road does not become free in time, or as `work` does.
   */
  async alone<R>(work: () => Promise<R>): Promise<R> {
    while (this.#draining) await withTimeout(this.#draining, LEDGER_CALL_TIMEOUT_MS, "the trip before");
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#giveUpAt = Date.now() + LEDGER_CALL_TIMEOUT_MS;
    const working = work();
    const road = working
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (this.#draining !== road) return;
        this.#draining = undefined;
        this.nudge();
      });
    this.#draining = road;
    return working;
  }

  /** The book can be reached again. */
  retryNow(): void {
    this.retryAt = null;
    void this.drain();
  }

  async #run(): Promise<void> {
    this.#runs += 1;
    const run = this.#runs;
    let trip = this.#deps.pack(this.settledSeq, this.#maxRows);
    while (trip) {
      let answer = await this.#send(trip);
      if (run !== this.#runs) return;
      if (answer.refused && trip.rows > 1) {
        this.#maxRows = Math.ceil(trip.rows / 2);
        trip = this.#deps.pack(this.settledSeq, this.#maxRows);
        continue;
      }
      if (answer.refused) answer = await this.#sendParts(trip, run);
      if (run !== this.#runs) return;
      if (!answer.ok) return this.#fail(answer.reason);
      this.#settle(trip);
      const goesOn = trip.more || this.#waiters.length > 0 || this.#hurried;
      this.#hurried = false;
      trip = goesOn ? this.#deps.pack(this.settledSeq, this.#maxRows) : undefined;
    }
  }

  #send(trip: T): Promise<LedgerAnswer> {
    this.#giveUpAt = Date.now() + LEDGER_CALL_TIMEOUT_MS;
    return this.#deps.send(trip);
  }

  /** One by one; the trip is done when each part is either in the book or refused. */
  async #sendParts(trip: T, run: number): Promise<LedgerAnswer> {
    this.#maxRows = 1;
    for (const part of this.#deps.split(trip)) {
      const answer = await this.#send(part);
      if (run !== this.#runs) return answer;
      if (answer.refused) this.#deps.onRefused(part, answer.reason ?? "");
      else if (!answer.ok) return answer;
    }
    return { ok: true };
  }

  #settle(trip: T): void {
    this.#failures = 0;
    this.retryAt = null;
    this.#maxRows *= 2;
    if (!trip.more || this.#maxRows > MAX_EVENTS_PER_DRAIN) this.#maxRows = Number.POSITIVE_INFINITY;
    const before = this.settledSeq;
    this.settledSeq = trip.seq;
    this.settledVersion = trip.version;
    this.#deps.onSettled(trip, before);
    for (const waiter of this.#waiters.filter(({ version }) => version <= this.settledVersion)) {
      this.#answer(waiter, true);
    }
  }

  #fail(error: unknown): void {
    this.#failures += 1;
    const backOffMs = Math.min(DRAIN_BACKOFF_MAX_MS, DRAIN_BACKOFF_MIN_MS * 2 ** (this.#failures - 1));
    this.retryAt = Date.now() + Math.round(backOffMs * (0.5 + Math.random()));
    this.#deps.onFailure(error, this.#failures);
  }

  #answer(waiter: Waiter, settled: boolean): void {
    if (!this.#waiters.includes(waiter)) return;
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    waiter.resolve(settled);
  }
}
