/** The object's own account of the product at this moment, for whoever compares it with the book. Reads only. */
import { toldHold, type Audit } from "../../domain/comparison";
import { MAX_AUDITED_HOLDS } from "../../limits";
import type { ProductStore } from "./store";

/** Holds count until they are swept, as they do in the book. */
export function takeAudit(store: ProductStore, productId: string, settledVersion: number): Audit {
  const { present, product, levels, version } = store;
  if (!present || !product) {
    return { version: 0, settledVersion: 0, product: null, levels: [], holdCount: 0, holds: [] };
  }
  const holdCount = store.heldCount();
  const holds = holdCount <= MAX_AUDITED_HOLDS ? store.unswept(MAX_AUDITED_HOLDS) : null;
  return {
    version,
    settledVersion,
    product,
    levels: [...levels],
    holdCount,
    holds: holds && holds.map((hold) => toldHold(productId, hold)),
  };
}
