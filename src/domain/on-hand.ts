/** The rules for changing what is on hand, shared by counts, adjustments and returns. */
import { MAX_HOLDS_NAMED, MAX_QUANTITY } from "../limits";
import type { Facts } from "./decision";
import { reservationId } from "./ids";
import type { Level } from "./level";
import type { Refusal } from "./refusal";

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
  const { productId } = facts;
  if (to < 0) {
    const shortage = { productId, locationId, requested: onHand - to, available: onHand - reserved };
    return { code: "insufficient_stock", shortages: [shortage] };
  }
  const holds = facts
    .activeHolds(MAX_HOLDS_NAMED, locationId)
    .map((hold) => reservationId(productId, hold.ulid));
  return { code: "below_reserved", locationId, newQuantity: to, reserved, holds };
}
