/**
 * The products that an outage of the book turned away. Each would try again by itself, ever more seldom; this asks one of
 * them about once a second instead, unless somebody sends anyway, and at the first success all of them. Only in memory: what
 * is lost with the ledger is carried by the products' own alarms.
 */
import { inParallel } from "../../in-parallel";
import { LEDGER_PROBE_MS, MAX_TURNED_AWAY_PRODUCTS, RECALL_CONCURRENCY } from "../../limits";

export interface TurnedAwayDeps {
  /** Asks the product to send again. */
  recall(productId: string): Promise<void>;
  /** Somebody's events are on their way to the book. */
  isBusy(): boolean;
  onFailure(productId: string, error: unknown): void;
}

export class TurnedAway {
  readonly #deps: TurnedAwayDeps;
  readonly #productIds = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: TurnedAwayDeps) {
    this.#deps = deps;
  }

  add(productId: string): void {
    if (this.#productIds.size < MAX_TURNED_AWAY_PRODUCTS) this.#productIds.add(productId);
    this.#arm();
  }

  /** The book has taken something. */
  bookIsBack(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const all = [...this.#productIds];
    this.#productIds.clear();
    void inParallel(all, RECALL_CONCURRENCY, (productId) => this.#recall(productId));
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.#probe(), LEDGER_PROBE_MS);
  }

  /** Whoever is asked is no longer here: it comes back if it is turned away again. */
  #probe(): void {
    this.#timer = undefined;
    const [productId] = this.#productIds;
    if (productId === undefined) return;
    if (!this.#deps.isBusy()) {
      this.#productIds.delete(productId);
      void this.#recall(productId);
    }
    this.#arm();
  }

  async #recall(productId: string): Promise<void> {
    try {
      await this.#deps.recall(productId);
    } catch (error) {
      this.#deps.onFailure(productId, error);
    }
  }
}
