import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { reservationId } from "../ids";
import { refuseOnHand } from "../on-hand";
import { emptyLevel } from "../level";
import { alreadyResolved, notFound } from "../resolution";

/**
 * Units that were sold come back: on a shelf when they can be sold again (where they were sold, unless another place is
 * named), else only on the record.
 */
export function decideReturn(facts: LiveFacts, command: CommandOf<"return">): Outcome {
  const { productId } = facts;
  const { quantity, restock, reason } = command;
  const sold = facts.reservation(command.ulid);
  if (!sold) return { refusal: notFound(productId, command.ulid) };
  if (sold.state === "released" || sold.state === "expired")
    return { refusal: alreadyResolved(productId, sold) };
  const returnable = sold.confirmed - sold.returned;
  if (quantity > returnable) {
    const id = reservationId(productId, sold.ulid);
    return { refusal: { code: "exceeds_held", reservationId: id, requested: quantity, returnable } };
  }
  const after: Reservation = { ...sold, returned: sold.returned + quantity };
  const answer = { view: "reservation", reservation: after } as const;
  const data = { ...reservationData(productId, after), returnedQuantity: quantity, restock, reason };
  if (!restock) {
    const level = facts.level(sold.locationId) ?? emptyLevel(sold.locationId);
    return { events: [{ type: "reservation.returned", data, level }], answer, reservations: [after] };
  }
  const locationId = command.locationId ?? sold.locationId;
  const level = facts.level(locationId) ?? emptyLevel(locationId);
  const onHand = level.onHand + quantity;
  const refusal = refuseOnHand(facts, level, { to: onHand, force: false });
  if (refusal) return { refusal };
  const change = { delta: quantity, before: level.onHand, after: onHand };
  const movement = { type: "return" as const, locationId, ...change };
  const levelAfter = { ...level, onHand };
  return {
    events: [{ type: "reservation.returned", data: { ...data, movement }, level: levelAfter }],
    answer,
    levels: [levelAfter],
    reservations: [after],
  };
}
