/** When a product's object must wake by itself: one alarm serves expiry, the book and pruning. */
import { EXPIRY_ALARM_SPACING_MS } from "../../limits";

export interface Deadlines {
  nextExpiryAt: number | null;
  lastSweepAt: number;
  /** When undrained events are tried again at the latest. */
  drainAt: number | null;
  pruneAt: number | null;
}

/** The earliest moment something falls due. Sweeps are spaced: expiry is exact without them. */
export function nextWakeAt({ nextExpiryAt, lastSweepAt, drainAt, pruneAt }: Deadlines): number | null {
  const sweepAt =
    nextExpiryAt === null ? null : Math.max(nextExpiryAt, lastSweepAt + EXPIRY_ALARM_SPACING_MS);
  const due = [sweepAt, drainAt, pruneAt].filter((at) => at !== null);
  return due.length > 0 ? Math.min(...due) : null;
}
