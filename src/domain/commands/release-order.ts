import type { Caller, CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import type { EventDraft } from "../events/event";
import type { Level } from "../level";
import type { Reservation } from "../reservation";
import { releaseUnits } from "./release";

/** Gives back up to `quantity` of what an order holds of this product, oldest hold first. */
export function decideReleaseOrder(
  facts: LiveFacts,
  command: CommandOf<"release-order">,
  by: Caller,
): Outcome {
  const { orderId, reason = null } = command;
  const holds = facts.heldByOrder(orderId).filter((hold) => !by.ownOnly || hold.owner === by.actor);
  if (holds.length === 0) return { refusal: { code: "reservation_not_found", orderId } };
  // Its units may be sold in a moment: what is left to give back is known after that.
  if (holds.some((hold) => hold.prepared)) return { refusal: { code: "overloaded" } };
  let left = command.quantity ?? Number.MAX_SAFE_INTEGER;
  let quantity = 0;
  const events: EventDraft[] = [];
  const reservations: Reservation[] = [];
  const levelById = new Map<string, Level>();
  for (const hold of holds) {
    if (left <= 0) break;
    const units = Math.min(left, hold.held);
    const level = levelById.get(hold.locationId);
    const given = releaseUnits(facts, hold, { quantity: units, reason, ...(level && { level }) });
    levelById.set(hold.locationId, given.level);
    events.push(given.event);
    reservations.push(given.reservation);
    left -= units;
    quantity += units;
  }
  return {
    events,
    answer: { view: "order-release", orderId, quantity, reservations },
    levels: [...levelById.values()],
    reservations,
  };
}
