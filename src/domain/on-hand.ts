/** The rules for changing what is on hand, shared by counts, adjustments and returns. */
import { MAX_HOLDS_NAMED, MAX_QUANTITY } from "../limits";
import type { Facts } from "./decision";
import { reservationId } from "./ids";
import type { Level } from "./level";
import type { Refusal } from "./refusal";
import { shortOf } from "./resolution";

/** From what is on hand at a level to what will be, as events say it. */
export function stepTo({ onHand }: Level, after: number) {
  return { delta: after - onHand, before: onHand, after };
}

/**
 * Taking more than is there, or what is there but held, needs `force`: physical truth wins, but only when somebody says
 * so. Raising is always allowed, a negative number towards zero included.
 */
export function refuseOnHand(
  facts: Facts,
  level: Level,
  change: { to: number; force: boolean },
): Refusal | undefined {
  const { locationId, onHand, reserved } = level;
  const { to, force } = change;
  if (Math.abs(to) > MAX_QUANTITY) return { code: "quantity_out_of_range", locationId, limit: MAX_QUANTITY };
  if (force || to >= onHand || to >= Math.max(0, reserved)) return undefined;
  if (to < 0) return shortOf(facts, level, { requested: onHand - to, available: onHand - reserved });
  const holds = facts
    .activeHolds(MAX_HOLDS_NAMED, locationId)
    .map((hold) => reservationId(facts.productId, hold.ulid));
  return { code: "below_reserved", locationId, newQuantity: to, reserved, holds };
}
