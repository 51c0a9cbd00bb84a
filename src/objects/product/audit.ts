/** The object's own account of the product at this moment, for whoever compares it with the book. Reads only. */
import { toldHold, type Audit } from "../../domain/comparison";
import { MAX_AUDITED_HOLDS, MAX_SET_ASIDE_TOLD } from "../../limits";
import type { ProductStore } from "./store";

/** Holds count until they are swept, as they do in the book. */
export function takeAudit(store: ProductStore, productId: string, settledVersion: number): Audit {
  const { present, product, levels, version } = store;
  if (!present || !product) {
    const nothing = { levels: [], holdCount: 0, holds: [], setAside: [], setAsideCount: 0 };
    return { version: 0, settledVersion: 0, product: null, ...nothing };
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
    setAside: store
      .setAsideAfter(0, MAX_SET_ASIDE_TOLD)
      .map(({ version: v, reason }) => ({ version: v, reason })),
    setAsideCount: store.setAsideCount(),
  };
}
