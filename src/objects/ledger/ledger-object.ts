/**
 * Gathers events from many products and commits them to the book in one batch: while one batch is in flight the next is
 * gathered. What it has not answered, the products still have; the one thing it keeps is who wants to be told that the book
 * has grown. Never answers before D1 has committed.
 */
import { DurableObject } from "cloudflare:workers";
import { projectBatch, type BookEntry, type Stretch } from "../../d1/projection";
import type { WebhookFilter } from "../../domain/webhook";
import {
  BOOK_NEWS_SPACING_MS,
  D1_TIMEOUT_MS,
  LEDGER_GATHER_MS,
  MAX_LEDGER_BATCH_BYTES,
  MAX_LEDGER_BATCH_PRODUCTS,
  MAX_LEDGER_WAITING,
  WATCHER_TIMEOUT_MS,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { BookNews } from "../live/book-news";
import { WATCHERS_TABLE, Watchers, type WatcherAnswer } from "../live/watchers";
import { migrate } from "../storage/migrations";

export interface LedgerAnswer {
  ok: boolean;
  /** Why not. */
  reason?: string;
}

interface Waiting {
  entry: BookEntry;
  resolve(answer: LedgerAnswer): void;
}

/** Append-only. */
const LEDGER_MIGRATIONS = [WATCHERS_TABLE] as const;

/** Followers of the book by kind: `hub:<shard>`, `webhook:<id>`. */
export type BookFollower = `hub:${string}` | `webhook:${string}`;

export class LedgerObject extends DurableObject<Env> {
  #waiting: Waiting[] = [];
  #running = false;
  readonly #watchers: Watchers;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#watchers = new Watchers(ctx.storage.sql, {
      spacingMs: BOOK_NEWS_SPACING_MS,
      tell: (name) => this.#tell(name as BookFollower),
      onFailure: (name, error) => logError("follower of the book not told", error, { name }),
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
    if (this.#waiting.length >= MAX_LEDGER_WAITING) {
      return Promise.resolve({ ok: false, reason: "the ledger is overloaded" });
    }
    return new Promise((resolve) => {
      this.#waiting.push({ entry, resolve });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await pause(LEDGER_GATHER_MS);
      const batch = this.#take();
      const answer = await this.#commit(batch.map(({ entry }) => entry));
      for (const { resolve } of batch) resolve(answer);
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

  async #commit(entries: BookEntry[]): Promise<LedgerAnswer> {
    try {
      const stretch = await withTimeout(projectBatch(this.env.BOOK, entries), D1_TIMEOUT_MS, "D1");
      this.#watchers.notify(new BookNews(entries, stretch));
      return { ok: true };
    } catch (error) {
      logError("batch not committed to the book", error, { products: entries.length });
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #tell(name: BookFollower): Promise<WatcherAnswer> {
    const id = name.slice(name.indexOf(":") + 1);
    const object = name.startsWith("hub:") ? this.env.HUB.getByName(id) : this.env.WEBHOOK.getByName(id);
    return withTimeout(object.bookGrew(), WATCHER_TIMEOUT_MS, name);
  }
}
