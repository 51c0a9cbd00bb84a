/** The object as it sees itself at this moment, for whoever compares it with the book. Reads only. */
import { holdSnapshot, type ObjectSnapshot } from "../../verify/object-snapshot";
import { MAX_AUDITED_HOLDS, MAX_SET_ASIDE_TOLD } from "../../limits";
import { SQL, type SetAsideRow } from "./statements";
import type { ProductStore } from "./store";

/** Holds count until they are swept, as they do in the book. */
export function snapshotOf(store: ProductStore, acknowledgedVersion: number): ObjectSnapshot {
  const { present, product, levels, version } = store;
  if (!present || !product) {
    const nothing = { levels: [], holdCount: 0, holds: [], setAside: [], setAsideCount: 0 };
    return { version: 0, acknowledgedVersion: 0, product: null, ...nothing };
  }
  const holdCount = store.total(SQL.countHeld);
  const holds =
    holdCount <= MAX_AUDITED_HOLDS ? store.reservations(SQL.selectUnswept, MAX_AUDITED_HOLDS) : null;
  const setAside = store.rows<SetAsideRow>(SQL.selectSetAside, 0, MAX_SET_ASIDE_TOLD);
  return {
    version,
    acknowledgedVersion,
    product,
    levels: [...levels],
    holdCount,
    holds: holds && holds.map((hold) => holdSnapshot(store.productId, hold)),
    setAside: setAside.map(({ version: v, reason }) => ({ version: v, reason })),
    setAsideCount: store.total(SQL.countSetAside),
  };
}
