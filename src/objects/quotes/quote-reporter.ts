/**
 * Sends new prices to the hubs on which somebody listens: each by itself, so that one that is slow or away holds up nobody,
 * and to each only the newest of a product. A hub registers when its first listener comes, and is forgotten when it says that
 * nobody listens.
 */
import type { QuoteUpdate } from "../../domain/quote";
import { WATCHER_TIMEOUT_MS } from "../../limits";
import { MAX_QUOTES_FOR_HUBS, QUOTE_HUB_SPACING_MS } from "../../limits/quotes";
import { withTimeout } from "../../timeout";
import { Notifier, type WatcherAnswer } from "../flow/notifier";

export interface QuoteReporterDeps {
  notify(hub: string, updates: QuoteUpdate[]): Promise<WatcherAnswer>;
  /** After the last of several tries: what it has not had comes with the next price. */
  onFailure(hub: string, error: unknown): void;
}

export class QuoteReporter {
  readonly #notifier: Notifier;
  /** In the order in which they came. */
  readonly #newest = new Map<string, { update: QuoteUpdate; place: number }>();
  #place = 0;
  /** Up to where each hub has had them. */
  readonly #placeByHub = new Map<string, number>();

  constructor(
    sql: SqlStorage,
    private readonly deps: QuoteReporterDeps,
  ) {
    this.#notifier = new Notifier(sql, {
      spacingMs: QUOTE_HUB_SPACING_MS,
      notify: (hub) => this.#notify(hub),
      onFailure: (hub, error) => deps.onFailure(hub, error),
    });
  }

  /** From now on the hub gets new prices. */
  add(hub: string): void {
    if (!this.#placeByHub.has(hub)) this.#placeByHub.set(hub, this.#place);
    this.#notifier.add(hub);
  }

  changed(updates: Iterable<QuoteUpdate>): void {
    for (const update of updates) {
      this.#newest.delete(update.productId);
      this.#newest.set(update.productId, { update, place: (this.#place += 1) });
    }
    for (const productId of this.#newest.keys()) {
      if (this.#newest.size <= MAX_QUOTES_FOR_HUBS) break;
      this.#newest.delete(productId);
    }
    this.#notifier.notify();
  }

  async #notify(hub: string): Promise<WatcherAnswer> {
    const had = this.#placeByHub.get(hub) ?? 0;
    // After a start it has had nothing: what it has not had is kept for it from now on.
    this.#placeByHub.set(hub, had);
    const place = this.#place;
    const updates = [...this.#newest.values()].flatMap((one) => (one.place > had ? [one.update] : []));
    const answer = await withTimeout(this.deps.notify(hub, updates), WATCHER_TIMEOUT_MS, hub);
    this.#placeByHub.set(hub, place);
    if (!answer.listening) this.#placeByHub.delete(hub);
    this.#forgetSent();
    return answer;
  }

  /** What all hubs have had. */
  #forgetSent(): void {
    const sent = Math.min(this.#place, ...this.#placeByHub.values());
    for (const [productId, { place }] of this.#newest) {
      if (place > sent) break;
      this.#newest.delete(productId);
    }
  }
}
