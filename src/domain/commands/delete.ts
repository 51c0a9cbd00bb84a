import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import type { EventDraft } from "../events/event";
import { totals, type Level } from "../level";
import { stepTo } from "../on-hand";
import { releaseEach } from "./release";

/**
 * Ends the product. Stock or holds stand in the way unless forced: then each hold is released and what is on hand is
 * written off, one event each, so that the sums still explain themselves.
 */
export function decideDelete(facts: LiveFacts, command: CommandOf<"delete">): Outcome {
  const { productId, product, levels, now } = facts;
  const { force, reason = null } = command;
  const { onHand, reserved } = totals(levels);
  const inUse = reserved > 0 || levels.some((level) => level.onHand !== 0);
  if (inUse && !command.force) return { refusal: { code: "product_in_use", productId, onHand, reserved } };
  if (force && !reason) return { refusal: { code: "reason_required" } };
  const holds = inUse ? facts.activeHolds(Number.MAX_SAFE_INTEGER) : [];
  // Its units may be sold in a moment: the product can end after that.
  if (holds.some((hold) => hold.prepared)) return { refusal: { code: "overloaded" } };
  const released = releaseEach(facts, holds, { reason: "product deleted" });
  const writeOffs = levels
    .filter((level) => level.onHand !== 0)
    .map((level) => writeOff(released.levelById.get(level.locationId) ?? level, reason));
  return {
    events: [
      ...released.events,
      ...writeOffs,
      { type: "product.deleted", data: { reason, forced: force }, level: null },
    ],
    answer: { view: "deleted" },
    product: { ...product, updatedAt: now, deleted: true },
    removedLevels: levels.map((level) => level.locationId),
    reservations: released.reservations,
  };
}

function writeOff(level: Level, reason: string | null): EventDraft {
  const movement = { locationId: level.locationId, type: "correction" as const, ...stepTo(level, 0) };
  const data = { ...movement, reason, reference: "product deleted" };
  return { type: "stock.adjusted", data, level: { ...level, onHand: 0 } };
}
