/**
 * Brings the newest prices to KV, each product's at most once in a while, the newest always. What has to be put is marked in a
 * table before D1 gets it, and read back from D1 when it is put: so a crash at any moment, or a write of D1 that was given up
 * and lands after all, is put right by the next pass. A put that is given up may land after a newer one: the mark stays until
 * it has settled, and then the newest is put once more.
 */
import type { Quote } from "../../domain/quote";
import { inParallel } from "../../in-parallel";
import { KV_BACKOFF, KV_TIMEOUT_MS } from "../../limits";
import {
  QUOTE_ALARM_MS,
  QUOTE_KV_CONCURRENCY,
  QUOTE_KV_PASS,
  QUOTE_KV_SPACING_MS,
} from "../../limits/quotes";
import { TimeoutError, withTimeout } from "../../timeout";
import { Pump, type More } from "../flow/pump";

export interface QuotePublisherDeps {
  /** As D1 has them now. May reject. */
  read(productIds: readonly string[]): Promise<ReadonlyMap<string, Quote>>;
  put(productId: string, quote: Quote): Promise<void>;
  /** There may be another moment at which `run` is to be called. */
  rearm(): void;
  /** Prices of which those who listen may not have heard. */
  unheard(quoteByProduct: ReadonlyMap<string, Quote>): void;
  onFailure(error: unknown): void;
}

export const UNPUBLISHED_TABLE = `CREATE TABLE unpublished (product_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`;

const SQL = {
  all: "SELECT product_id FROM unpublished",
  mark: "INSERT INTO unpublished SELECT value FROM json_each(?) WHERE TRUE ON CONFLICT DO NOTHING",
  unmark: "DELETE FROM unpublished WHERE product_id IN (SELECT value FROM json_each(?))",
} as const;

export class QuotePublisher {
  /** When the newest price of a product may be put. Each is marked in the table. */
  readonly #dueByProduct = new Map<string, number>();
  /** D1 is about to get a newer price of these: what is read before it has would be the old one. */
  #beingWritten = new Set<string>();
  /** Some are marked that are not due any more. */
  #isPutting = false;
  /** Writes and puts that were given up and have not settled, by product. */
  readonly #unsettled = new Map<string, number>();
  /** In the order of the times. */
  readonly #putAtByProduct = new Map<string, number>();
  /** Marked before this start, or with a write that failed. */
  readonly #unheard = new Set<string>();
  readonly #puts = new Pump({
    pass: () => this.#pass(),
    backoff: KV_BACKOFF,
    // Nor does a timer keep the object awake until the next put is due.
    retriesByAlarm: true,
    onFailure: (error, failures) => {
      if (failures === 1) this.deps.onFailure(error);
      this.deps.rearm();
    },
  });

  /** The table must be there already, or be made before the first `begin`. */
  constructor(
    private readonly sql: SqlStorage,
    private readonly deps: QuotePublisherDeps,
  ) {
    const made = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'unpublished'").toArray().length > 0;
    const rows = made ? sql.exec<{ product_id: string }>(SQL.all).toArray() : [];
    for (const { product_id: productId } of rows) {
      this.#dueByProduct.set(productId, 0);
      this.#unheard.add(productId);
    }
  }

  /** When the alarm is to call `run`; null: no product is marked. What is on its way now is looked after a moment later. */
  get alarmAt(): number | null {
    const { retryAt } = this.#puts;
    if (this.#dueByProduct.size === 0 && !this.#isPutting && this.#unsettled.size === 0) return null;
    if (retryAt !== null) return retryAt;
    const now = Date.now();
    let at = Number.POSITIVE_INFINITY;
    for (const dueAt of this.#dueByProduct.values()) at = Math.min(at, dueAt);
    return at > now && at < Number.POSITIVE_INFINITY ? at : now + QUOTE_ALARM_MS;
  }

  /** A write is about to begin that brings newer prices of these. */
  begin(productIds: Iterable<string>): void {
    this.#beingWritten = new Set(productIds);
    this.#mark([...this.#beingWritten]);
  }

  /** It has ended: D1 has them. */
  end(): void {
    this.#beingWritten.clear();
    this.#wake();
  }

  /** It has ended, and D1 may have them all the same; those who listen have not heard of them. `givenUp`: it may yet land. */
  fail(givenUp?: Promise<unknown>): void {
    const productIds = [...this.#beingWritten];
    for (const productId of productIds) this.#unheard.add(productId);
    if (givenUp) this.#expect(productIds, givenUp);
    this.end();
  }

  /** KV has lost them. */
  publish(productIds: readonly string[]): void {
    this.#mark(productIds);
    this.#wake();
  }

  /** Puts what is due, whatever has failed before. Once after the start, and whenever the alarm goes. */
  run(): void {
    void this.#puts.run();
  }

  #wake(): void {
    if (this.#dueNow().length > 0) this.#puts.wake();
    this.deps.rearm();
  }

  /** Nothing stands in the way of putting them. */
  #dueNow(): string[] {
    const now = Date.now();
    return [...this.#dueByProduct].flatMap(([productId, dueAt]) =>
      dueAt <= now && !this.#beingWritten.has(productId) ? [productId] : [],
    );
  }

  #mark(productIds: readonly string[]): void {
    const now = Date.now();
    const fresh = productIds.filter((productId) => !this.#dueByProduct.has(productId));
    if (fresh.length === 0) return;
    this.sql.exec(SQL.mark, JSON.stringify(fresh));
    for (const productId of fresh) {
      const spacedMs = (this.#putAtByProduct.get(productId) ?? 0) + QUOTE_KV_SPACING_MS - now;
      // The clock may have been set back.
      this.#dueByProduct.set(productId, now + Math.max(0, Math.min(QUOTE_KV_SPACING_MS, spacedMs)));
    }
  }

  async #pass(): Promise<More> {
    this.#forgetOldPuts(Date.now());
    const due = this.#dueNow().slice(0, QUOTE_KV_PASS);
    if (due.length > 0) await this.#putAll(due);
    this.deps.rearm();
    return this.#dueNow().length > 0 ? 0 : undefined;
  }

  /** Rejects when one of them could not be put; it is tried again. */
  async #putAll(productIds: readonly string[]): Promise<void> {
    const failures: unknown[] = [];
    const fail = (productId: string, error: unknown) => {
      failures.push(error);
      if (!this.#dueByProduct.has(productId)) this.#dueByProduct.set(productId, 0);
    };
    // What is marked from now on is put again.
    for (const productId of productIds) this.#dueByProduct.delete(productId);
    this.#isPutting = true;
    try {
      const quoteByProduct = await this.deps.read(productIds);
      this.#tellUnheard(quoteByProduct);
      await inParallel(quoteByProduct, QUOTE_KV_CONCURRENCY, async ([productId, quote]) => {
        // While KV is away each would only wait for its time to be over.
        if (failures.length > 0) fail(productId, failures[0]);
        else await this.#put(productId, quote).catch((error: unknown) => fail(productId, error));
      });
    } catch (error) {
      for (const productId of productIds) fail(productId, error);
    }
    const isDone = (productId: string) =>
      !this.#dueByProduct.has(productId) && !this.#unsettled.has(productId);
    this.sql.exec(SQL.unmark, JSON.stringify(productIds.filter(isDone)));
    this.#isPutting = false;
    if (failures.length > 0) throw failures[0];
  }

  #tellUnheard(quoteByProduct: ReadonlyMap<string, Quote>): void {
    const unheard = [...quoteByProduct].filter(
      // What has been marked meanwhile may be newer than what was read.
      ([productId]) => !this.#dueByProduct.has(productId) && this.#unheard.delete(productId),
    );
    if (unheard.length > 0) this.deps.unheard(new Map(unheard));
  }

  async #put(productId: string, quote: Quote): Promise<void> {
    this.#putAtByProduct.delete(productId);
    this.#putAtByProduct.set(productId, Date.now());
    const put = this.deps.put(productId, quote);
    try {
      await withTimeout(put, KV_TIMEOUT_MS, "KV");
    } catch (error) {
      if (error instanceof TimeoutError) this.#expect([productId], put);
      throw error;
    }
  }

  /** Keeps their marks until what was given up has settled; then the newest is put once more. */
  #expect(productIds: readonly string[], givenUp: Promise<unknown>): void {
    const count = (by: number) => {
      for (const productId of productIds) {
        const left = (this.#unsettled.get(productId) ?? 0) + by;
        if (left > 0) this.#unsettled.set(productId, left);
        else this.#unsettled.delete(productId);
      }
    };
    count(1);
    const settled = () => {
      count(-1);
      for (const productId of productIds) this.#unheard.add(productId);
      this.#mark(productIds);
      this.#wake();
    };
    givenUp.then(settled, settled);
  }

  /** They space nothing any more. */
  #forgetOldPuts(now: number): void {
    for (const [productId, putAt] of this.#putAtByProduct) {
      if (putAt > now - QUOTE_KV_SPACING_MS && putAt <= now) break;
      this.#putAtByProduct.delete(productId);
    }
  }
}
