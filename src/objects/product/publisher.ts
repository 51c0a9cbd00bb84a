/**
 * Keeps KV's catalog entry behind the book. Only this object writes it, one put at a time and at most one a second, the
 * newest state last, so that an older entry can never replace a newer one. A put that fails is tried again.
 */
import { DRAIN_BACKOFF_MAX_MS, DRAIN_BACKOFF_MIN_MS, KV_WRITE_SPACING_MS } from "../../limits";
import { pause } from "../../timeout";

export interface PublisherDeps {
  /** Writes (or deletes) the entry as it is now. */
  put(): Promise<void>;
  onFailure(error: unknown): void;
}

export class CatalogPublisher {
  /** The watermark that may be remembered while an entry is on its way: a crash then publishes it again. */
  floorSeq: number | null = null;
  readonly #deps: PublisherDeps;
  #wanted = false;
  #nextPutAt = 0;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** Resolves when the newest state has been written. Never rejects. */
  request(floorSeq: number | null): Promise<void> {
    if (floorSeq !== null) this.floorSeq ??= floorSeq;
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when nothing is on its way. */
  whenIdle(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      const waitMs = this.#nextPutAt - Date.now();
      if (waitMs > 0) await pause(waitMs);
      this.#wanted = false;
      this.#nextPutAt = Date.now() + KV_WRITE_SPACING_MS;
      try {
        await this.#deps.put();
        this.#failures = 0;
      } catch (error) {
        this.#wanted = true;
        this.#failures += 1;
        this.#nextPutAt += Math.min(DRAIN_BACKOFF_MAX_MS, DRAIN_BACKOFF_MIN_MS * 2 ** this.#failures);
        this.#deps.onFailure(error);
      }
    }
    this.floorSeq = null;
  }
}
