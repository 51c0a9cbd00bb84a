/**
 * The one writer of market prices: their history and the newest of each product in D1, then KV, then whoever listens. It keeps
 * nothing but which products' newest price is still to be put into KV, and the names of the hubs on which somebody listens.
 */
import { DurableObject } from "cloudflare:workers";
import { quotesOf, readQuoteFacts, writeQuotes } from "../../d1/quotes";
import { requireBookSchema } from "../../d1/book-schema";
import type { NewQuote, Quote } from "../../domain/quote";
import type { Recording } from "../../domain/record-quotes";
import { writeCachedQuote } from "../../kv/quote-cache";
import { D1_TIMEOUT_MS } from "../../limits";
import { MAX_QUOTES_PER_CALL } from "../../limits/quotes";
import { logError } from "../../telemetry/log";
import { TimeoutError, withTimeout } from "../../timeout";
import { Alarm } from "../flow/alarm";
import { WATCHERS_TABLE } from "../flow/notifier";
import { indexerWaker } from "../indexer/wake-indexer";
import { migrate } from "../storage/migrations";
import { QuoteBatches, type RecordAnswer } from "./quote-batches";
import { QuotePublisher, UNPUBLISHED_TABLE } from "./quote-publisher";
import { QuoteReporter } from "./quote-reporter";

/** Append-only. */
const QUOTES_MIGRATIONS = [UNPUBLISHED_TABLE + WATCHERS_TABLE] as const;

export class QuotesObject extends DurableObject<Env> {
  readonly #batches: QuoteBatches;
  readonly #publisher: QuotePublisher;
  readonly #reporter: QuoteReporter;
  readonly #alarm: Alarm;
  readonly #indexer = indexerWaker(this.env);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#reporter = new QuoteReporter(ctx.storage.sql, {
      notify: async (hub, updates) => env.HUB.getByName(hub).quotesChanged(updates),
      onFailure: (hub, error) => logError("hub not sent prices", error, { hub }),
    });
    this.#publisher = new QuotePublisher(ctx.storage.sql, {
      read: (productIds) => quotesOf(env.BOOK, productIds),
      put: (productId, quote) => writeCachedQuote(env.CATALOG, productId, quote),
      rearm: () => this.#alarm.arm(),
      unheard: (quoteByProduct) => this.#report(quoteByProduct),
      onFailure: (error) => logError("quotes not published", error),
    });
    this.#batches = new QuoteBatches({
      readFacts: (prices) => readQuoteFacts(env.BOOK, prices),
      write: (recording, nowMs) => this.#write(recording, nowMs),
      onFailure: (error, prices) => logError("quotes not recorded", error, { prices }),
    });
    this.#alarm = new Alarm(ctx.storage, () => [this.#publisher.alarmAt]);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.recover();
      this.#publisher.run();
    });
  }

  /**
   * A result for each, in their order; at most `MAX_QUOTES_PER_CALL`. Answers when the book has them, and may be called with
   * the same again.
   */
  record(quotes: readonly NewQuote[]): Promise<RecordAnswer> {
    if (quotes.length > MAX_QUOTES_PER_CALL) return Promise.resolve({ ok: false, reason: "too_many" });
    return this.#batches.add(quotes);
  }

  /** From now on the hub, by its name, is sent new prices. */
  follow(hub: string): void {
    this.#migrate();
    this.#reporter.add(hub);
  }

  /** KV has been seen to lack the product's price. */
  publish(productId: string): void {
    this.#migrate();
    this.#publisher.publish([productId]);
  }

  /** Brings to KV what is due there. */
  override alarm(): Promise<void> {
    return this.#alarm.run(async () => this.#publisher.run(), {});
  }

  async #write(recording: Recording, nowMs: number): Promise<void> {
    const { newest } = recording;
    this.#migrate();
    this.#publisher.begin(newest.keys());
    const writing = this.#commit(recording, nowMs);
    try {
      await withTimeout(writing, D1_TIMEOUT_MS, "D1");
      this.#publisher.end();
      this.#indexer.wake();
      this.#report(newest);
    } catch (error) {
      this.#publisher.fail(error instanceof TimeoutError ? writing : undefined);
      throw error;
    }
  }

  async #commit(recording: Recording, nowMs: number): Promise<void> {
    await requireBookSchema(this.env.BOOK);
    await writeQuotes(this.env.BOOK, recording, nowMs);
  }

  #report(quoteByProduct: ReadonlyMap<string, Quote>): void {
    const updates = [...quoteByProduct].map(([productId, quote]) => {
      const { amount, currency, source, atMs } = quote;
      return { productId, amount, currency, source, atMs };
    });
    if (updates.length > 0) this.#reporter.changed(updates);
  }

  #migrate(): void {
    this.ctx.storage.transactionSync(() => migrate(this.ctx.storage.sql, QUOTES_MIGRATIONS));
  }
}
