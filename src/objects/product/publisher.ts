/**
 * Keeps KV's catalog entry behind the book. Only this object writes it, one put at a time and at most one a second, the
 * newest state last, so that an older entry can never replace a newer one for good. A put that fails is tried again. One
 * that takes too long is given up and may still land after a newer one: when it has settled, the newest is put once more.
 */
import { DRAIN_BACKOFF_MAX_MS, DRAIN_BACKOFF_MIN_MS, KV_TIMEOUT_MS, KV_WRITE_SPACING_MS } from "../../limits";
import { pause, TimeoutError, withTimeout } from "../../timeout";

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
  /** Puts that were given up and have not settled. */
  #givenUp = 0;
  #running: Promise<void> | undefined;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** Resolves when the newest state has been written. Never rejects. */
  request(floorSeq: number | null): Promise<void> {
    if (floorSeq !== null) this.floorSeq ??= floorSeq;
    this.#wanted = true;
    this.#running ??= this.#run();
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
      const put = this.#deps.put();
      try {
        await withTimeout(put, KV_TIMEOUT_MS, "KV");
        this.#failures = 0;
      } catch (error) {
        if (error instanceof TimeoutError) this.#giveUp(put);
        this.#wanted = true;
        this.#failures += 1;
        this.#nextPutAt += Math.min(DRAIN_BACKOFF_MAX_MS, DRAIN_BACKOFF_MIN_MS * 2 ** this.#failures);
        this.#deps.onFailure(error);
      }
    }
    // A put that is still on its way may yet undo this one.
    if (this.#givenUp === 0) this.floorSeq = null;
    this.#running = undefined;
  }

  #giveUp(put: Promise<void>): void {
    this.#givenUp += 1;
    const settled = () => {
      this.#givenUp -= 1;
      void this.request(null);
    };
    put.then(settled, settled);
  }
}
