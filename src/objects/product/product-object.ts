/**
 * One per product: the truth about its stock. It decides every change, one after the other, and keeps reservations,
 * idempotency keys and the events that are not in the book yet. It never holds sockets and awaits nothing while deciding.
 */
import { DurableObject } from "cloudflare:workers";
import { encodeTime, monotonicFactory } from "ulid";
import type { BookEntry } from "../../d1/projection";
import type { Envelope, ExecuteOptions, Query, ReadResult, Result } from "../../domain/command";
import type { ObjectSnapshot } from "../../verify/object-snapshot";
import type { LevelNews } from "../../domain/level-news";
import { productView } from "../../domain/views";
import { eventsKeptSince, readConfig } from "../../env";
import { deleteCatalogEntry, writeCatalogEntry } from "../../kv/catalog-cache";
import {
  BOOK_WAIT_MS,
  KV_WAIT_MS,
  LEDGER_CALL_TIMEOUT_MS,
  MAX_COMMANDS_PER_CALL,
  MAX_HOLDS_TO_INDEX,
  MAX_SWEEPS_PER_AUDIT,
  ORDER_INDEX_KEEP_MS,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import type { LedgerAnswer } from "../ledger/batch";
import { shardOfProduct } from "../order-index/order-index-object";
import { renderQuery } from "./answers";
import { snapshotOf } from "./object-snapshot";
import { packTrip, splitTrip, type BookTrip } from "./book-trip";
import { commit, sweep } from "./commit";
import { CommitQueue } from "./commit-queue";
import { LevelReporter } from "./level-reporter";
import { StoreFacts } from "./store-facts";
import { OrderIndexer, orderedHolds } from "./order-indexer";
import { Outbox } from "./outbox";
import { CatalogPublisher } from "./publisher";
import { reproject, type Reprojection } from "./reprojection";
import { ProductStore } from "./store";
import { Upkeep } from "./upkeep";

const newUlid = monotonicFactory();

const OVERLOADED: Result = { ok: false, refusal: { code: "overloaded" } };

export class ProductObject extends DurableObject<Env> {
  readonly #productId: string;
  readonly #store: ProductStore;
  readonly #queue: CommitQueue;
  readonly #outbox: Outbox<BookTrip>;
  readonly #publisher: CatalogPublisher;
  readonly #levels: LevelReporter;
  readonly #orderIndexer: OrderIndexer;
  readonly #upkeep: Upkeep;
  #facts: StoreFacts;
  #reprojecting: Promise<Reprojection | null> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#productId = ctx.id.name ?? "";
    this.#store = new ProductStore(ctx.storage.sql);
    this.#facts = this.#moment();
    this.#queue = this.#newQueue();
    this.#publisher = new CatalogPublisher({
      put: () => this.#putCatalogEntry(),
      onFailure: (error) => this.#log("catalog entry not written", error),
    });
    this.#outbox = this.#newOutbox();
    this.#levels = this.#newReporter();
    this.#orderIndexer = new OrderIndexer({
      add: (holds) => shardOfProduct(env, this.#productId).add(this.#productId, holds),
      onFailure: (error) => this.#log("order index not reached", error),
    });
    this.#upkeep = new Upkeep({
      store: this.#store,
      alarms: ctx.storage,
      retentionMs: readConfig(env).idempotencyRetentionMs,
      outbox: () => this.#outbox,
      publishedFloor: () => this.#publisher.floorSeq,
    });
    if (this.#store.present) void ctx.blockConcurrencyWhile(() => this.#recover());
  }

  /** Decides commands in order; results in the same order. */
  async execute(envelopes: Envelope[], options: ExecuteOptions = {}): Promise<Result[]> {
    if (envelopes.length > MAX_COMMANDS_PER_CALL) return envelopes.map(() => OVERLOADED);
    if (options.dryRun) return this.#queue.dryRun(envelopes);
    const results = await this.#queue.submit(envelopes);
    const ordered = orderedHolds(envelopes, results);
    if (ordered) await this.#orderIndexer.index(ordered);
    if (options.awaitBook && results.some((result) => result.ok)) await this.#awaitBook();
    return results;
  }

  /** Answers from the truth of this moment. What has expired is swept first, so that one version has one answer. */
  read(query: Query): ReadResult {
    return renderQuery(this.#store, this.#exactFacts(), query);
  }

  /** Several answers of one moment, in the order of the queries. */
  readAll(queries: Query[]): ReadResult[] {
    return queries.map((query) => this.read(query));
  }

  /** The level of now; from now on the hub shard hears of every change. null: there is no such product, and no trace. */
  watch(shard: string): LevelNews | null {
    return this.#levels.watch(shard);
  }

  /** A Worker missed this product in KV. */
  async publish(): Promise<void> {
    if (this.#store.product) await this.#publisher.request(null);
  }

  /** The minute job asks: sweep what is overdue, carry what lags. Tells where the object stands. */
  async wake(): Promise<{ version: number; settledVersion: number }> {
    if (!this.#store.present) return { version: 0, settledVersion: 0 };
    await this.#queue.submit([]);
    await this.#drain();
    return { version: this.#store.version, settledVersion: this.#outbox.settledVersion };
  }

  /** The ledger asks whom it had turned away, now that it reaches the book again. */
  bookIsBack(): void {
    if (this.#store.present) this.#outbox.retryNow();
  }

  /** The verifier asks: everything that is overdue is swept and what lags is carried first. */
  async audit(): Promise<ObjectSnapshot> {
    for (let turns = 0; turns < MAX_SWEEPS_PER_AUDIT && this.#isOverdue(); turns += 1) {
      await this.#queue.submit([]);
    }
    if (this.#store.present) await this.#drain();
    return snapshotOf(this.#store, this.#productId, this.#outbox.settledVersion);
  }

  /** Writes the book's rows (and KV's entry) anew. null: the book cannot be reached; what was done until then stays. */
  async reproject(): Promise<Reprojection | null> {
    if (!this.#store.present) return { version: 0, eventsSent: 0, reservations: 0 };
    this.#reprojecting ??= this.#reproject().finally(() => (this.#reprojecting = undefined));
    return this.#reprojecting;
  }

  /** Never throws: an alarm that fails six times is dropped by the platform. */
  override async alarm(): Promise<void> {
    this.#upkeep.alarmBegins();
    try {
      await this.#queue.submit([]);
      await this.#drain();
      this.#upkeep.tidy();
    } catch (error) {
      this.#log("alarm", error);
    }
    this.#upkeep.alarmEnds();
  }

  #isOverdue(): boolean {
    const { nextExpiryAt } = this.#store;
    return nextExpiryAt !== null && nextExpiryAt <= Date.now();
  }

  /** What has expired is swept first. */
  #exactFacts(): StoreFacts {
    if (this.#isOverdue()) this.#queue.flush();
    this.#facts = this.#moment();
    return this.#facts;
  }

  #moment(): StoreFacts {
    return new StoreFacts(this.#store, {
      now: Date.now(),
      productId: this.#productId,
      newUlid: () => newUlid(Date.now()),
    });
  }

  #newQueue(): CommitQueue {
    const turn = () => ({ store: this.#store, facts: this.#facts, settledSeq: this.#upkeep.rememberedSeq() });
    return new CommitQueue({
      transaction: (work) => this.ctx.storage.transactionSync(work),
      begin: () => {
        this.#facts = this.#moment();
        if (sweep(turn()) > 0) this.#upkeep.swept(this.#facts.now);
      },
      commit: (envelope) => commit(turn(), envelope),
      onRollback: (error) => {
        this.#log("a command threw and was rolled back", error);
        this.#store.load();
        this.#facts.forgetDue();
      },
      snapshot: () => {
        const restore = this.#store.snapshot();
        return () => {
          restore();
          this.#facts.forgetDue();
        };
      },
      onWritten: () => this.#afterTurn(),
    });
  }

  #newOutbox(): Outbox<BookTrip> {
    const { settledSeq, seq, version } = this.#store;
    const settled = { seq: settledSeq, version: settledSeq === seq ? version : 0 };
    return new Outbox(settled, {
      pack: (afterSeq, maxRows) => packTrip(this.#store, this.#productId, { afterSeq, maxRows }),
      send: ({ entry }) => this.#send(entry),
      split: splitTrip,
      onRefused: ({ entry }, reason) => this.#refused(entry, reason),
      onSettled: (trip, beforeSeq) => {
        this.#store.forgetTail(trip.seq);
        this.#upkeep.drained();
        if (trip.publishes) void this.#publisher.request(beforeSeq);
      },
      onFailure: (error, failures) => {
        if (failures === 1) this.#log("book not reached", error);
        this.#upkeep.drainFailed();
      },
    });
  }

  /** Never rejects. */
  #send(entry: BookEntry): Promise<LedgerAnswer> {
    return this.env.LEDGER.getByName("ledger:0")
      .append(entry)
      .catch((error: unknown): LedgerAnswer => ({ ok: false, reason: String(error) }));
  }

  /** One event, or the product's row by itself, that the book will never take. */
  #refused({ events, toVersion }: BookEntry, reason: string): void {
    const what = events === "" ? "product row not taken by the book" : "event set aside";
    logError(what, reason, { productId: this.#productId, version: toVersion });
    if (events !== "") this.#store.setAside({ version: toVersion, event: events, reason }, Date.now());
  }

  async #reproject(): Promise<Reprojection | null> {
    // What the book refuses is set aside first, so that it is not set aside after it has been mended.
    await this.#drain();
    try {
      const done = await reproject({
        store: this.#store,
        productId: this.#productId,
        book: this.env.BOOK,
        now: Date.now(),
        eventsSince: eventsKeptSince(readConfig(this.env), Date.now()),
        alone: (work) => this.#outbox.alone(work),
        send: (entry) => this.#send(entry),
      });
      this.#upkeep.tidy();
      await withTimeout(this.#publisher.request(null), KV_WAIT_MS, "KV").catch(() => undefined);
      return done;
    } catch (error) {
      this.#log("book not written anew", error);
      return null;
    }
  }

  #newReporter(): LevelReporter {
    return new LevelReporter(this.ctx.storage.sql, this.#outbox.settledVersion, {
      read: () => {
        const { levels } = this.#exactFacts();
        const { product, version, updatedAt } = this.#store;
        return product && { productId: this.#productId, product, levels, version, updatedAt };
      },
      tell: (shard, news) => this.env.HUB.getByName(shard).levelChanged(news),
      onFailure: (error) => this.#log("a hub is not told of levels", error),
    });
  }

  /** Bounded; what is still on its way is asked after by the next alarm. */
  async #drain(): Promise<void> {
    const bounded = withTimeout(this.#outbox.drain(), LEDGER_CALL_TIMEOUT_MS, "ledger");
    await bounded.catch((error: unknown) => this.#log("book not reached", error));
  }

  #afterTurn(): void {
    if (this.#outbox.settledSeq < this.#store.seq) {
      this.#upkeep.undrained();
      this.#outbox.nudge();
    }
    this.#levels.changed(this.#store.version);
    this.#upkeep.arm();
  }

  async #recover(): Promise<void> {
    await this.#upkeep.recover();
    this.#afterTurn();
    this.#indexAgain();
  }

  /** The crash that ended this object before may have ended a shard of the index too. */
  #indexAgain(): void {
    if (this.#store.settledSeq >= this.#store.seq) return;
    const since = encodeTime(Math.max(0, Date.now() - ORDER_INDEX_KEEP_MS));
    const rows = this.#store.reservations.orderedSince(since, this.#store.settledSeq, MAX_HOLDS_TO_INDEX);
    const holds = rows.map(({ ulid, order_id, owner }) => ({ ulid, orderId: order_id, owner: owner ?? "" }));
    if (holds.length > 0) void this.#orderIndexer.index(holds);
  }

  /** Bounded: an answer that the book does not have yet is still true. */
  async #awaitBook(): Promise<void> {
    const settled = await this.#outbox.whenSettled(this.#store.version, BOOK_WAIT_MS);
    // An entry that takes longer follows; the publisher logs what fails.
    if (settled) await withTimeout(this.#publisher.whenIdle(), KV_WAIT_MS, "KV").catch(() => undefined);
  }

  async #putCatalogEntry(): Promise<void> {
    const { product, levels, version, updatedAt } = this.#store;
    if (!product) return;
    const state = { productId: this.#productId, product, levels, version, updatedAt };
    const entry = { body: JSON.stringify(productView(state)), version: product.catalogVersion };
    if (product.deleted) await deleteCatalogEntry(this.env.CATALOG, this.#productId);
    else await writeCatalogEntry(this.env.CATALOG, this.#productId, entry);
  }

  #log(what: string, error: unknown): void {
    logError(what, error, { productId: this.#productId });
  }
}
