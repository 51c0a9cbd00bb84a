/**
 * Gathers prices from many callers and does them one batch at a time: reads what is known of them, decides, writes. So no
 * older price can overwrite a newer one. Nobody is answered before D1 has committed; when it fails, all who wait get the error.
 */
import { BookUnavailable } from "../../d1/book";
import type { NewQuote } from "../../domain/quote";
import {
  decideQuotes,
  priceOf,
  type Price,
  type QuoteFacts,
  type QuoteResult,
  type Recording,
} from "../../domain/record-quotes";
import { MAX_QUOTES_PER_BATCH, MAX_QUOTES_WAITING, QUOTES_GATHER_MS } from "../../limits/quotes";
import { Pump, type More } from "../flow/pump";

export type RecordAnswer =
  | { ok: true; results: QuoteResult[] }
  /** It may be sent again: what was written after all is a duplicate then. */
  | { ok: false; reason: "overloaded" | "book_unavailable" | "too_many" };

export interface QuoteBatchesDeps {
  readFacts(prices: readonly Price[]): Promise<QuoteFacts>;
  /** Resolves when the book has them. May be asked for the same again. */
  write(recording: Recording, nowMs: number): Promise<void>;
  onFailure(error: unknown, prices: number): void;
}

interface Waiting {
  quotes: readonly NewQuote[];
  resolve(answer: RecordAnswer): void;
}

const NO_FACTS: QuoteFacts = { newestByProduct: new Map(), known: new Set() };

export class QuoteBatches {
  #waiting: Waiting[] = [];
  /** Prices that are not answered. */
  #unanswered = 0;
  readonly #batches = new Pump({ gatherMs: QUOTES_GATHER_MS, pass: () => this.#pass() });

  constructor(private readonly deps: QuoteBatchesDeps) {}

  add(quotes: readonly NewQuote[]): Promise<RecordAnswer> {
    if (this.#unanswered + quotes.length > MAX_QUOTES_WAITING)
      return Promise.resolve({ ok: false, reason: "overloaded" });
    this.#unanswered += quotes.length;
    const { promise, resolve } = Promise.withResolvers<RecordAnswer>();
    this.#waiting.push({
      quotes,
      resolve: (answer) => {
        this.#unanswered -= quotes.length;
        resolve(answer);
      },
    });
    this.#batches.wake();
    return promise;
  }

  async #pass(): Promise<More> {
    const batch = this.#take();
    try {
      const results = await this.#record(batch.flatMap(({ quotes }) => quotes));
      for (const { quotes, resolve } of batch) {
        resolve({ ok: true, results: results.splice(0, quotes.length) });
      }
    } catch (error) {
      this.deps.onFailure(error instanceof BookUnavailable ? error.cause : error, this.#unanswered);
      // Those behind would only wait as long for the same.
      const all = [...batch, ...this.#waiting];
      this.#waiting = [];
      for (const { resolve } of all) resolve({ ok: false, reason: "book_unavailable" });
    }
    return this.#waiting.length > 0 ? 0 : undefined;
  }

  /** The oldest that fit one batch; one call always does. */
  #take(): Waiting[] {
    let prices = 0;
    let calls = 0;
    for (const { quotes } of this.#waiting) {
      prices += quotes.length;
      if (calls > 0 && prices > MAX_QUOTES_PER_BATCH) break;
      calls += 1;
    }
    return this.#waiting.splice(0, calls);
  }

  async #record(quotes: readonly NewQuote[]): Promise<QuoteResult[]> {
    const { deps } = this;
    const nowMs = Date.now();
    const asked = quotes.map((quote) => {
      return { productId: quote.productId, price: priceOf(quote, nowMs) };
    });
    const prices = asked.flatMap(({ price }) => (typeof price === "string" ? [] : [price]));
    const facts = prices.length > 0 ? await deps.readFacts(prices) : NO_FACTS;
    const recording = decideQuotes(asked, facts);
    if (recording.prices.length > 0) await deps.write(recording, nowMs);
    return recording.results;
  }
}
