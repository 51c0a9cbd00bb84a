/**
 * One per product: the truth about its stock. It decides every change, one after the other, and keeps reservations,
 * idempotency keys and the events that are not in the book yet. It never holds sockets and awaits nothing while deciding.
 */
import { DurableObject } from "cloudflare:workers";
import type { Envelope, ExecuteOptions, Query, ReadResult, Result } from "../../domain/command";
import type { LevelUpdate } from "../../domain/level-update";
import { readConfig } from "../../env";
import { ledgerOf } from "../../ledgers";
import {
  KV_WAIT_MS,
  LEDGER_CALL_TIMEOUT_MS,
  MAX_COMMANDS_PER_CALL,
  MAX_SWEEPS_PER_AUDIT,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { counter, flushSoon } from "../../telemetry/meter-buffer";
import type { ObjectSnapshot } from "../../verify/object-snapshot";
import { withTimeout } from "../../timeout";
import { Alarm } from "../flow/alarm";
import { shardOfProduct } from "../order-index/order-index-object";
import { renderQuery } from "./answers";
import { CommitQueue, OVERLOADED } from "./commit-queue";
import { countCommands } from "./count-commands";
import { snapshotOf } from "./object-snapshot";
import { LevelReporter } from "./level-reporter";
import { Maintenance } from "./maintenance";
import { OrderIndexer, orderedHolds, unacknowledgedHolds } from "./order-indexer";
import { ProductOutbox } from "./product-outbox";
import { CatalogPublisher, putCatalogEntry } from "./publisher";
import { reproject, type Reprojection } from "./reprojection";
import { restore, type Restoration } from "./restoration";
import { ProductStore } from "./store";
import { StoreFacts } from "./store-facts";

const rowsWritten = counter("holdfast_rows_written_total", { store: "product" });

export class ProductObject extends DurableObject<Env> {
  readonly #productId = this.ctx.id.name ?? "";
  readonly #store = new ProductStore(this.ctx.storage.sql, this.#productId);
  readonly #publisher = new CatalogPublisher(
    () => putCatalogEntry(this.env.CATALOG, this.#store),
    (error) => this.#log("catalog entry not written", error),
  );
  readonly #outbox = new ProductOutbox(
    { env: this.env, store: this.#store, publisher: this.#publisher },
    () => this.#alarm.arm(),
  );
  readonly #levels = new LevelReporter(this.ctx.storage.sql, this.#outbox.acknowledgedVersion, {
    read: () => this.#exactFacts().state,
    notify: (shard, level) => this.env.HUB.getByName(shard).levelChanged(level),
    onFailure: (error) => this.#log("a hub is not notified of levels", error),
  });
  readonly #orderIndexer = new OrderIndexer(
    (holds) => shardOfProduct(this.env, this.#productId).add(this.#productId, holds),
    (error) => this.#log("order index not reached", error),
  );
  readonly #maintenance = new Maintenance(
    this.#store,
    { outbox: this.#outbox, publisher: this.#publisher },
    readConfig(this.env).idempotencyRetentionMs,
  );
  readonly #queue = new CommitQueue(
    this.ctx.storage,
    { store: this.#store, maintenance: this.#maintenance },
    () => this.#afterBatch(),
  );
  readonly #alarm = new Alarm(this.ctx.storage, () => this.#maintenance.dueAt());
  #reprojecting: Promise<Reprojection | null> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    if (this.#store.present) void ctx.blockConcurrencyWhile(() => this.#recover());
  }

  /** Decides commands in order; results in the same order. */
  async execute(envelopes: Envelope[], options: ExecuteOptions = {}): Promise<Result[]> {
    if (envelopes.length > MAX_COMMANDS_PER_CALL) return envelopes.map(() => OVERLOADED);
    if (options.dryRun) return this.#queue.dryRun(envelopes);
    const results = await this.#queue.submit(envelopes);
    countCommands(envelopes, results);
    const ordered = orderedHolds(envelopes, results);
    if (ordered) await this.#orderIndexer.index(ordered);
    if (options.awaitBook && results.some((result) => result.ok))
      await this.#outbox.whenPublished(this.#store.version);
    return results;
  }

  /** Answers from the truth of this moment. What has expired is swept first, so that one version has one answer. */
  read(query: Query): ReadResult {
    return renderQuery(this.#exactFacts(), query);
  }

  /** Several answers of one moment, in the order of the queries. */
  readAll(queries: Query[]): ReadResult[] {
    return queries.map((query) => this.read(query));
  }

  /** The level of now; from now on the hub shard hears of every change. null: there is no such product, and no trace. */
  watch(shard: string): LevelUpdate | null {
    return this.#levels.watch(shard);
  }

  /** A Worker missed this product in KV. */
  async publish(): Promise<void> {
    if (this.#store.product) await this.#publisher.request(null);
  }

  /** The minute job asks: sweep what is overdue, send what lags. Answers where the object stands. */
  async wake(): Promise<{ version: number; acknowledgedVersion: number }> {
    if (!this.#store.present) return { version: 0, acknowledgedVersion: 0 };
    await this.#queue.submit([]);
    await this.#outbox.drain();
    return { version: this.#store.version, acknowledgedVersion: this.#outbox.acknowledgedVersion };
  }

  /** The ledger asks whom it had turned away, now that it reaches the book again. */
  bookIsBack(): void {
    // Never rejects.
    if (this.#store.present) void this.#outbox.drain();
  }

  /** The verifier asks: everything that is overdue is swept and what lags is sent first. */
  async audit(): Promise<ObjectSnapshot> {
    for (let sweeps = 0; sweeps < MAX_SWEEPS_PER_AUDIT && this.#isOverdue(); sweeps += 1) {
      await this.#queue.submit([]);
    }
    if (this.#store.present) await this.#outbox.drain();
    return snapshotOf(this.#store, this.#outbox.acknowledgedVersion);
  }

  /** Rebuilds the book's rows (and KV's entry). null: the book cannot be reached; what was done until then stays. */
  async reproject(): Promise<Reprojection | null> {
    if (!this.#store.present) return { version: 0, eventsSent: 0, reservations: 0 };
    this.#reprojecting ??= this.#reproject().finally(() => (this.#reprojecting = undefined));
    return this.#reprojecting;
  }

  /** Its storage was lost: begins again with what the book has. null: the book cannot be reached. */
  async restore(actor: string): Promise<Restoration | null> {
    try {
      // What is on its way to the book comes first.
      await withTimeout(
        ledgerOf(this.env, this.#productId).whenCommitted(),
        LEDGER_CALL_TIMEOUT_MS,
        "ledger",
      );
      const done = await restore({ env: this.env, storage: this.ctx.storage, store: this.#store }, actor);
      if (done.state !== "restored") return done;
      logError("product restored from the book", `after version ${done.bookVersion}`, {
        productId: this.#productId,
      });
      this.#afterBatch();
      await this.#outbox.whenPublished(this.#store.version);
      return done;
    } catch (error) {
      this.#log("product not restored", error);
      return null;
    }
  }

  override alarm(): Promise<void> {
    const work = async () => {
      await this.#queue.submit([]);
      await this.#outbox.drain();
      this.#maintenance.prune();
    };
    return this.#alarm.run(work, { productId: this.#productId });
  }

  #isOverdue(): boolean {
    const { nextExpiryAt } = this.#store;
    return nextExpiryAt !== null && nextExpiryAt <= Date.now();
  }

  /** What has expired is swept first. */
  #exactFacts(): StoreFacts {
    if (this.#isOverdue()) this.#queue.flush();
    return new StoreFacts(this.#store);
  }

  async #reproject(): Promise<Reprojection | null> {
    // What the book refuses is set aside first, so that it is not set aside after it has been mended.
    await this.#outbox.drain();
    try {
      const done = await reproject({ env: this.env, store: this.#store, outbox: this.#outbox });
      this.#maintenance.prune();
      await withTimeout(this.#publisher.request(null), KV_WAIT_MS, "KV").catch(() => undefined);
      return done;
    } catch (error) {
      this.#log("book not rebuilt", error);
      return null;
    }
  }

  #afterBatch(): void {
    rowsWritten.add(this.#store.takeRowsWritten());
    flushSoon(this.env);
    if (this.#outbox.acknowledgedSeq < this.#store.seq) this.#outbox.nudge();
    this.#levels.changed(this.#store.version);
    this.#alarm.arm();
  }

  async #recover(): Promise<void> {
    await this.#alarm.recover();
    this.#afterBatch();
    // The crash that ended this object before may have ended a shard of the index too. Never rejects.
    void this.#orderIndexer.index(unacknowledgedHolds(this.#store));
  }

  #log(what: string, error: unknown): void {
    logError(what, error, { productId: this.#productId });
  }
}
