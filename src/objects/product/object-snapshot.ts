/** The object as it sees itself at this moment, for whoever compares it with the book. Reads only. */
import { holdSnapshot, type ObjectSnapshot } from "../../verify/object-snapshot";
import { MAX_AUDITED_HOLDS, MAX_SET_ASIDE_TOLD } from "../../limits";
import { SQL } from "./statements";
import type { ProductStore } from "./store";

/** Holds count until they are swept, as they do in the book. */
export function snapshotOf(
  store: ProductStore,
  productId: string,
  acknowledgedVersion: number,
): ObjectSnapshot {
  const { present, product, levels, version } = store;
  if (!present || !product) {
    const nothing = { levels: [], holdCount: 0, holds: [], setAside: [], setAsideCount: 0 };
    return { version: 0, acknowledgedVersion: 0, product: null, ...nothing };
  }
  const holdCount = store.reservations.total(SQL.countHeld);
  const holds = holdCount <= MAX_AUDITED_HOLDS ? store.reservations.unswept(MAX_AUDITED_HOLDS) : null;
  return {
    version,
    acknowledgedVersion,
    product,
    levels: [...levels],
    holdCount,
    holds: holds && holds.map((hold) => holdSnapshot(productId, hold)),
    setAside: store
      .setAsideAfter(0, MAX_SET_ASIDE_TOLD)
      .map(({ version: v, reason }) => ({ version: v, reason })),
    setAsideCount: store.setAsideCount(),
  };
}
