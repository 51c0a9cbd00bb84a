/**
 * Gathers events from many products and commits them to the book in one batch: while one batch is in flight the next is
 * gathered. What it has not answered, the products still have; the one thing it keeps is who wants to be told that the book
 * has grown. Never answers before D1 has committed. One product never holds up another.
 */
import { DurableObject } from "cloudflare:workers";
import { projectBatch, type BookEntry, type Stretch } from "../../d1/projection";
import type { WebhookFilter } from "../../domain/webhook";
import {
  BOOK_NEWS_SPACING_MS,
  D1_TIMEOUT_MS,
  LEDGER_GATHER_MS,
  LEDGER_SCREENING_MS,
  MAX_CAREFUL_ENTRIES_PER_TURN,
  MAX_LEDGER_BATCH_BYTES,
  MAX_LEDGER_BATCH_PRODUCTS,
  MAX_LEDGER_WAITING,
  RECALL_TIMEOUT_MS,
  WATCHER_TIMEOUT_MS,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { BookNews } from "../live/book-news";
import { WATCHERS_TABLE, Watchers, type WatcherAnswer } from "../live/watchers";
import { migrate } from "../storage/migrations";
import { commitBatch, refuseUnreadable, type BatchDeps, type LedgerAnswer, type Waiting } from "./batch";
import { TurnedAway } from "./turned-away";

/** Append-only. */
const LEDGER_MIGRATIONS = [WATCHERS_TABLE] as const;

/** Followers of the book by kind: `hub:<shard>`, `webhook:<id>`. */
export type BookFollower = `hub:${string}` | `webhook:${string}`;

export class LedgerObject extends DurableObject<Env> {
  #waiting: Waiting[] = [];
  /** Entries that were refused with more: they share no batch with the others. */
  #careful: Waiting[] = [];
  readonly #unanswered = new Set<Promise<LedgerAnswer>>();
  #running = false;
  /** Until then everything is read before it is sent: something has come that D1 cannot read. */
  #screensUntil = 0;
  readonly #watchers: Watchers;
  readonly #turnedAway: TurnedAway;
  readonly #batchDeps: BatchDeps = {
    project: (entries) => this.#project(entries),
    isValidJson: (text) => this.#isValidJson(text),
    onFailure: (error, entries) => logError("batch not committed to the book", error, { products: entries }),
  };

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#watchers = new Watchers(ctx.storage.sql, {
      spacingMs: BOOK_NEWS_SPACING_MS,
      tell: (name) => this.#tell(name as BookFollower),
      onFailure: (name, error) => logError("follower of the book not told", error, { name }),
    });
    this.#turnedAway = new TurnedAway({
      recall: (id) => withTimeout(env.PRODUCT.getByName(id).bookIsBack(), RECALL_TIMEOUT_MS, "product"),
      isBusy: () => this.#running,
      onFailure: (productId, error) =>
        logError("product not told that the book is back", error, { productId }),
    });
  }

  /**
   * From now on the follower hears that the book has grown: soon after every commit that may hold what it wants (left out:
   * after every one). What it was not told of for that reason is said here, if it still wants the same.
   */
  follow(name: BookFollower, wants?: WebhookFilter): Stretch | null {
    return this.ctx.storage.transactionSync(() => {
      migrate(this.ctx.storage.sql, LEDGER_MIGRATIONS);
      return this.#watchers.add(name, wants);
    });
  }

  /** Resolves when the book has the entry, or says why it has not. Sending an entry again is harmless. */
  append(entry: BookEntry): Promise<LedgerAnswer> {
    if (this.#unanswered.size >= MAX_LEDGER_WAITING) {
      return Promise.resolve({ ok: false, reason: "the ledger is overloaded" });
    }
    const { promise, resolve } = Promise.withResolvers<LedgerAnswer>();
    this.#unanswered.add(promise);
    const waiting: Waiting = {
      entry,
      resolve: (answer) => {
        this.#unanswered.delete(promise);
        if (!answer.ok && !answer.refused) this.#remember(entry);
        resolve(answer);
      },
    };
    const screened = entry.careful || Date.now() < this.#screensUntil;
    const queue = entry.careful ? this.#careful : this.#waiting;
    queue.push(...(screened ? refuseUnreadable(this.#batchDeps, [waiting]) : [waiting]));
    if (!this.#running) void this.#run();
    return promise;
  }

  /** Resolves once everything that waits here now is in the book or turned away. */
  async whenCommitted(): Promise<void> {
    await Promise.all(this.#unanswered);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#unanswered.size > 0) {
      if (this.#waiting.length > 0) {
        await pause(LEDGER_GATHER_MS);
        await commitBatch(this.#batchDeps, this.#take());
      }
      // A few at a time, since looking for what is wrong among them takes long.
      const careful = this.#careful.splice(0, MAX_CAREFUL_ENTRIES_PER_TURN);
      if (careful.length > 0) await commitBatch(this.#batchDeps, careful);
    }
    this.#running = false;
  }

  /** The oldest that fit one batch; one entry always does. */
  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#waiting) {
      bytes += entry.events.length + (entry.stock?.length ?? 0) + (entry.catalog?.length ?? 0);
      if (count > 0 && (bytes > MAX_LEDGER_BATCH_BYTES || count === MAX_LEDGER_BATCH_PRODUCTS)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #project(entries: readonly BookEntry[]): Promise<void> {
    const stretch = await withTimeout(projectBatch(this.env.BOOK, entries), D1_TIMEOUT_MS, "D1");
    this.#watchers.notify(new BookNews(entries, stretch));
    this.#turnedAway.bookIsBack();
  }

  /** Where this SQLite has no answer, D1 gives one. */
  #isValidJson(text: string): boolean {
    try {
      const query = "SELECT json_valid('[' || ? || ']') AS valid";
      const { valid } = this.ctx.storage.sql.exec<{ valid: number }>(query, text).one();
      if (valid === 0) this.#screensUntil = Date.now() + LEDGER_SCREENING_MS;
      return valid === 1;
    } catch {
      return true;
    }
  }

  /** Others than products (webhooks, with a colon in their names) look after themselves. */
  #remember({ productId }: BookEntry): void {
    if (!productId.includes(":")) this.#turnedAway.add(productId);
  }

  #tell(name: BookFollower): Promise<WatcherAnswer> {
    const id = name.slice(name.indexOf(":") + 1);
    const object = name.startsWith("hub:") ? this.env.HUB.getByName(id) : this.env.WEBHOOK.getByName(id);
    return withTimeout(object.bookGrew(), WATCHER_TIMEOUT_MS, name);
  }
}
