import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import type { EventDraft } from "../events/event";
import { totals, type Level } from "../level";

/**
 * Ends the product. Stock or holds stand in the way unless forced: then each hold is released and what is on hand is
 * written off, one event each, so that the sums still explain themselves.
 */
export function decideDelete(facts: LiveFacts, command: CommandOf<"delete">): Outcome {
  const { productId, product, levels, now } = facts;
  const { onHand, reserved } = totals(levels);
  const inUse = reserved > 0 || levels.some((level) => level.onHand !== 0);
  if (inUse && !command.force) return { refusal: { code: "product_in_use", productId, onHand, reserved } };
  if (command.force && !command.reason) return { refusal: { code: "reason_required" } };
  const reason = command.reason ?? null;
  const holds = inUse ? facts.activeHolds(Number.MAX_SAFE_INTEGER) : [];
  // Its units may be sold in a moment: the product can end after that.
  if (holds.some((hold) => hold.prepared)) return { refusal: { code: "overloaded" } };
  const levelById = new Map(levels.map((level) => [level.locationId, level]));
  const released = releaseAll(facts, holds, levelById);
  const writeOffs = [...levelById.values()]
    .filter((level) => level.onHand !== 0)
    .map((level) => writeOff(level, reason));
  return {
    events: [
      ...released.events,
      ...writeOffs,
      { type: "product.deleted", data: { reason, forced: command.force }, level: null },
    ],
    answer: { view: "deleted" },
    product: { ...product, updatedAt: now, deleted: true },
    removedLevels: levels.map((level) => level.locationId),
    reservations: released.reservations,
  };
}

function releaseAll(facts: LiveFacts, holds: readonly Reservation[], levelById: Map<string, Level>) {
  const events: EventDraft[] = [];
  const reservations: Reservation[] = [];
  for (const hold of holds) {
    const after: Reservation = { ...hold, state: "released", held: 0, released: hold.released + hold.held };
    const level = levelById.get(hold.locationId);
    if (level) levelById.set(hold.locationId, { ...level, reserved: level.reserved - hold.held });
    reservations.push(after);
    events.push({
      type: "reservation.released",
      data: {
        ...reservationData(facts.productId, after),
        releasedQuantity: hold.held,
        reason: "product deleted",
      },
      level: levelById.get(hold.locationId) ?? null,
    });
  }
  return { events, reservations };
}

function writeOff(level: Level, reason: string | null): EventDraft {
  const { locationId, onHand } = level;
  return {
    type: "stock.adjusted",
    data: {
      locationId,
      type: "correction",
      delta: -onHand,
      before: onHand,
      after: 0,
      reason,
      reference: "product deleted",
    },
    level: { ...level, onHand: 0 },
  };
}
