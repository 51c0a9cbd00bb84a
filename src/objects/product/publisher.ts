/**
 * Keeps KV's catalog entry behind the book. Only this object writes it, one put at a time and at most one a second, the
 * newest state last, so that an older entry can never replace a newer one for good. A put that takes too long is given up and
 * may still land after a newer one: when it has settled, the newest is put once more.
 */
import { productView } from "../../domain/views";
import { deleteCatalogEntry, writeCatalogEntry } from "../../kv/catalog-cache";
import { KV_BACKOFF, KV_TIMEOUT_MS, KV_WRITE_SPACING_MS } from "../../limits";
import { TimeoutError, withTimeout } from "../../timeout";
import { Pump } from "../flow/pump";
import type { ProductStore } from "./store";

export class CatalogPublisher extends Pump {
  /** The watermarks of what waits to be put, and of what has not been put for certain. */
  #waitingSeq: number | null = null;
  #unsureSeq: number | null = null;
  /** Puts that were given up and have not settled. */
  #givenUp = 0;

  /** `put` writes (or deletes) the entry as it is now. */
  constructor(
    private readonly put: () => Promise<void>,
    onFailure: (error: unknown) => void,
  ) {
    super({ pass: () => this.#put(), spacingMs: KV_WRITE_SPACING_MS, backoff: KV_BACKOFF, onFailure });
  }

  /** The watermark that may be remembered while an entry is on its way: a crash then publishes it again. */
  get floorSeq(): number | null {
    return this.#unsureSeq ?? this.#waitingSeq;
  }

  /** Resolves when the newest state has been written, or could not be. Never rejects. */
  request(floorSeq: number | null): Promise<void> {
    this.#waitingSeq ??= floorSeq;
    this.wake();
    return this.settled();
  }

  async #put(): Promise<undefined> {
    this.#unsureSeq ??= this.#waitingSeq;
    this.#waitingSeq = null;
    const put = this.put();
    try {
      await withTimeout(put, KV_TIMEOUT_MS, "KV");
    } catch (error) {
      if (error instanceof TimeoutError) this.#giveUp(put);
      throw error;
    }
    // A put that is still on its way may yet undo this one.
    if (this.#givenUp === 0) this.#unsureSeq = null;
  }

  #giveUp(put: Promise<void>): void {
    this.#givenUp += 1;
    const settled = () => {
      this.#givenUp -= 1;
      this.wake();
    };
    put.then(settled, settled);
  }
}

/** The entry as the product is now; none of one that was deleted. */
export async function putCatalogEntry(kv: KVNamespace, store: ProductStore): Promise<void> {
  const { productId, product, levels, version, updatedAt } = store;
  if (!product) return;
  const body = JSON.stringify(productView({ productId, product, levels, version, updatedAt }));
  if (product.deleted) await deleteCatalogEntry(kv, productId);
  else await writeCatalogEntry(kv, productId, { body, version: product.catalogVersion });
}
