import type { CommandOf } from "../command";
import { holdChanged, type HoldFacts, type Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { reservationId } from "../ids";
import { refuseOnHand, stepTo } from "../on-hand";
import { emptyLevel } from "../level";
import { alreadyResolved } from "../resolution";

/**
 * Units that were sold come back: on a shelf when they can be sold again (where they were sold, unless another place is
 * named), else only on the record.
 */
export function decideReturn({ facts, hold: sold }: HoldFacts, command: CommandOf<"return">): Outcome {
  const { productId } = facts;
  const { quantity, restock, reason } = command;
  if (sold.state === "released" || sold.state === "expired")
    return { refusal: alreadyResolved(productId, sold) };
  const returnable = sold.confirmed - sold.returned;
  if (quantity > returnable) {
    const id = reservationId(productId, sold.ulid);
    return { refusal: { code: "exceeds_held", reservationId: id, requested: quantity, returnable } };
  }
  const after: Reservation = { ...sold, returned: sold.returned + quantity };
  const data = { ...reservationData(productId, after), returnedQuantity: quantity, restock, reason };
  if (!restock) {
    const level = facts.level(sold.locationId) ?? emptyLevel(sold.locationId);
    return holdChanged(after, { type: "reservation.returned", data, level });
  }
  const locationId = command.locationId ?? sold.locationId;
  const level = facts.level(locationId) ?? emptyLevel(locationId);
  const onHand = level.onHand + quantity;
  const refusal = refuseOnHand(facts, level, { to: onHand, force: false });
  if (refusal) return { refusal };
  const moved = { ...data, movement: { type: "return" as const, locationId, ...stepTo(level, onHand) } };
  const levelAfter = { ...level, onHand };
  return holdChanged(after, { type: "reservation.returned", data: moved, level: levelAfter }, levelAfter);
}
