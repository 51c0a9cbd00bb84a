/**
 * Gathers events from many senders and commits them to the book in one batch: while one batch is in flight the next is
 * gathered. What it has not answered, the senders still have; it keeps who is notified that the log has grown, and how far the
 * log has come, so that no offset is handed out twice whatever becomes of D1. Never answers before D1 has committed. No sender
 * holds up another.
 */
import { DurableObject } from "cloudflare:workers";
import { projectBatch, type BookEntry, type Stretch } from "../../d1/projection";
import type { WebhookFilter } from "../../domain/webhook";
import { readConfig } from "../../env";
import { allLedgers } from "../../ledgers";
import * as limits from "../../limits";
import { LOG_MARK_FRESH_MS } from "../../limits/recovery";
import { logError } from "../../telemetry/log";
import { count, flushSoon } from "../../telemetry/meter-buffer";
import { withTimeout } from "../../timeout";
import { Notifier, WATCHERS_TABLE, type WatcherAnswer } from "../flow/notifier";
import { Pump, type More } from "../flow/pump";
import type { LogFollowerName } from "../log/follow";
import { indexerWaker } from "../indexer/wake-indexer";
import { migrate } from "../storage/migrations";
import { commitBatch, refuseUnreadable, type BatchDeps, type LedgerAnswer, type Waiting } from "./batch";
import { BatchGrowth } from "./batch-growth";
import { DrainDelay } from "./drain-delay";
import { observeLag, oldestEventAt, type LedgerBacklog } from "./lag";
import { LogMarks, MARKS_TABLE } from "./log-marks";
import { TurnedAway } from "./turned-away";

/** Append-only. */
const LEDGER_MIGRATIONS = [WATCHERS_TABLE, MARKS_TABLE] as const;

/** What a ledger remembers of the log. */
export interface LogEnd {
  /** The last offset that it has seen; 0: none. */
  newest: number;
  /** When the book was last seen to end earlier than it had, and the log went on above; null: never. */
  fellBackAt: number | null;
  /** Who follows the log. */
  followers: string[];
}

export class LedgerObject extends DurableObject<Env> {
  #waiting: Waiting[] = [];
  /** Entries that were refused with more: they share no batch with the others. */
  #careful: Waiting[] = [];
  readonly #unanswered = new Set<Promise<LedgerAnswer>>();
  readonly #batches = new Pump({ gatherMs: limits.LEDGER_GATHER_MS, pass: () => this.#commitWaiting() });
  readonly #carefulBatches = new Pump({ pass: () => this.#commitCareful() });
  readonly #drainDelay = new DrainDelay();
  /** Until then everything is read before it is sent: something has come that D1 cannot read. */
  #screensUntil = 0;
  readonly #followers = new Notifier(this.ctx.storage.sql, {
    spacingMs: limits.LOG_GROWTH_SPACING_MS,
    notify: (name) => this.#notify(name),
    onFailure: (name, error) => logError("follower of the log not notified", error, { name }),
  });
  readonly #marks = new LogMarks(this.ctx.storage.sql, () => this.#prepare());
  readonly #indexer = indexerWaker(this.env);
  readonly #turnedAway = new TurnedAway(
    (subject) => this.#recall(subject),
    () => this.#unanswered.size > 0,
    (subject, error) => logError("not recalled after an outage of the book", error, { subject }),
  );
  readonly #batchDeps: BatchDeps = {
    project: (entries) => this.#project(entries),
    isValidJson: (text) => this.#isValidJson(text),
    onFailure: (error, entries) => {
      count("holdfast_book_batches_total", { outcome: "failed" });
      logError("batch not committed to the book", error, { products: entries });
    },
  };

  /**
   * From now on the follower is notified that the log has grown: soon after every commit that may hold what it wants (left
   * out: after every one). Answers the newest stretches that hold nothing of it, as far as this ledger knows.
   */
  follow(name: LogFollowerName, wants?: WebhookFilter): Stretch[] {
    return this.ctx.storage.transactionSync(() => {
      this.#prepare();
      return this.#followers.add(name, wants);
    });
  }

  /** Whatever becomes of D1. */
  logEnd(): LogEnd {
    const { newest, fellBackAt } = this.#marks;
    return { newest, fellBackAt, followers: this.#followers.names };
  }

  /** Offsets up to this one have been handed out. */
  raiseLogEnd(newest: number): void {
    this.#marks.saw({ after: newest, to: newest }, Date.now());
  }

  /** Resolves when the book has the entry, or says why it has not. Sending an entry again is harmless. */
  append(entry: BookEntry): Promise<LedgerAnswer> {
    if (this.#unanswered.size >= limits.MAX_LEDGER_WAITING) {
      return Promise.resolve({ ok: false, reason: "the ledger is overloaded" });
    }
    this.#drainDelay.saw(Date.now());
    const { promise, resolve } = Promise.withResolvers<LedgerAnswer>();
    this.#unanswered.add(promise);
    const waiting: Waiting = {
      entry,
      resolve: (answer) => {
        this.#unanswered.delete(promise);
        if (!answer.ok && !answer.refused) this.#turnedAway.add(entry.productId, oldestEventAt(entry));
        const gatherMs = this.#drainDelay.ms;
        resolve(gatherMs === undefined ? answer : { ...answer, gatherMs });
      },
    };
    const screened = entry.careful || Date.now() < this.#screensUntil;
    const queue = entry.careful ? this.#careful : this.#waiting;
    queue.push(...(screened ? refuseUnreadable(this.#batchDeps, [waiting]) : [waiting]));
    (entry.careful ? this.#carefulBatches : this.#batches).wake();
    return promise;
  }

  /** Resolves once everything that waits here now is in the book or turned away. */
  async whenCommitted(): Promise<void> {
    await Promise.all(this.#unanswered);
  }

  /** What is known here not to be in the book. */
  backlog(): LedgerBacklog {
    const waiting = [...this.#waiting, ...this.#careful];
    const ages = [this.#turnedAway.oldestAt, ...waiting.map(({ entry }) => oldestEventAt(entry))];
    return {
      waiting: this.#unanswered.size,
      turnedAway: this.#turnedAway.size,
      oldestAt: Math.min(...ages.filter((at) => at !== null), Number.POSITIVE_INFINITY),
    };
  }

  async #commitWaiting(): Promise<More> {
    await commitBatch(this.#batchDeps, this.#take());
    flushSoon(this.env);
    return this.#waiting.length > 0 ? limits.LEDGER_GATHER_MS : undefined;
  }

  /** A few at a time, since looking for what is wrong among them takes long. */
  async #commitCareful(): Promise<More> {
    await commitBatch(this.#batchDeps, this.#careful.splice(0, limits.MAX_CAREFUL_ENTRIES_PER_BATCH));
    return this.#careful.length > 0 ? 0 : undefined;
  }

  /** The oldest that fit one batch; one entry always does. */
  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#waiting) {
      bytes += entry.events.length + (entry.stock?.length ?? 0) + (entry.catalog?.length ?? 0);
      if (count > 0 && (bytes > limits.MAX_LEDGER_BATCH_BYTES || count === limits.MAX_LEDGER_BATCH_PRODUCTS))
        break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #project(entries: readonly BookEntry[]): Promise<void> {
    await this.#askOthers();
    const nowMs = Date.now();
    const floor = this.#marks.floor(nowMs, readConfig(this.env).idempotencyRetentionMs);
    const committing = projectBatch(this.env.BOOK, entries, floor);
    const stretch = await withTimeout(committing, limits.D1_TIMEOUT_MS, "D1");
    this.#marks.committed(stretch, nowMs);
    if (stretch.fellBack)
      logError("book fell back", "the log goes on above", { ...floor, after: stretch.after });
    count("holdfast_book_batches_total", { outcome: "ok" });
    observeLag(entries);
    this.#followers.notify(new BatchGrowth(entries, stretch));
    if (entries.some(({ catalog }) => catalog !== null)) this.#indexer.wake();
    this.#turnedAway.bookIsBack();
  }

  /** Other ledgers may have come further while this one had nothing to commit. One that does not answer keeps nobody waiting long. */
  async #askOthers(): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - this.#marks.freshAt < LOG_MARK_FRESH_MS) return;
    const others = allLedgers(this.env).filter(({ name }) => name !== this.ctx.id.name);
    const asked = others.map(async (other) => {
      const { newest } = await withTimeout(
        Promise.resolve(other.logEnd()),
        limits.WATCHER_TIMEOUT_MS,
        "ledger",
      );
      this.#marks.saw({ after: newest, to: newest }, nowMs);
    });
    for (const { reason } of (await Promise.allSettled(asked)).filter((one) => one.status === "rejected"))
      logError("a ledger did not say how far the log has come", reason);
  }

  #prepare(): void {
    migrate(this.ctx.storage.sql, LEDGER_MIGRATIONS);
  }

  /** Where this SQLite has no answer, D1 gives one. */
  #isValidJson(text: string): boolean {
    try {
      const query = "SELECT json_valid('[' || ? || ']') AS valid";
      const { valid } = this.ctx.storage.sql.exec<{ valid: number }>(query, text).one();
      if (valid === 0) this.#screensUntil = Date.now() + limits.LEDGER_SCREENING_MS;
      return valid === 1;
    } catch {
      return true;
    }
  }

  #recall(subject: string): Promise<void> {
    const [kind, id] = named(subject);
    const sender = kind === "webhook" ? this.env.WEBHOOK.getByName(id) : this.env.PRODUCT.getByName(subject);
    return withTimeout(sender.bookIsBack(), limits.RECALL_TIMEOUT_MS, subject);
  }

  #notify(name: string): Promise<WatcherAnswer> {
    const [kind, id] = named(name);
    const follower = kind === "hub" ? this.env.HUB.getByName(id) : this.env.WEBHOOK.getByName(id);
    return withTimeout(follower.bookGrew(), limits.WATCHER_TIMEOUT_MS, name);
  }
}

function named(name: string): [kind: string, id: string] {
  const colon = name.indexOf(":");
  return [name.slice(0, Math.max(colon, 0)), name.slice(colon + 1)];
}
