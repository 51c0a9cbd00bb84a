import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { reservationFacts } from "../event";
import { reservationId } from "../ids";
import { available, sellable, type Level, type Reservation } from "../product";
import type { Refusal } from "../refusal";
import { alreadyResolved, notFound } from "../resolution";
import { refuseCustomer } from "./reserve";

/**
 * Takes the units off the shelf; a rest is released. A backorder may be promised, not shipped: the units must be there.
 * A hold that has expired is only taken up again when the caller asks for it and the units are still free.
 */
export function decideConfirm(facts: LiveFacts, command: CommandOf<"confirm">): Outcome {
  const { productId } = facts;
  const hold = facts.reservation(command.ulid);
  if (!hold) return { refusal: notFound(productId, command.ulid) };
  const reacquired = hold.state === "expired" && command.ifExpired === "reacquire";
  if (hold.state !== "held" && !reacquired) return { refusal: alreadyResolved(productId, hold) };
  const units = reacquired ? hold.lapsed : hold.held;
  const quantity = command.quantity ?? units;
  if (quantity > units) {
    const id = reservationId(productId, hold.ulid);
    return { refusal: { code: "exceeds_held", reservationId: id, requested: quantity, held: units } };
  }
  const { locationId } = hold;
  const level = facts.level(locationId);
  if (!level) return { refusal: { code: "level_not_found", productId, locationId } };
  const limited = reacquired ? refuseCustomer(facts, { quantity, customerId: hold.customerId }) : undefined;
  if (limited) return { refusal: limited };
  const short = refuseShipping(productId, level, { quantity, reacquired });
  if (short) return { refusal: short };
  const after: Reservation = {
    ...hold,
    state: "confirmed",
    held: 0,
    lapsed: 0,
    confirmed: hold.confirmed + quantity,
    released: hold.released + units - quantity,
  };
  const onHand = level.onHand - quantity;
  const levelAfter = { ...level, onHand, reserved: level.reserved - hold.held };
  const movement = { type: "sale", delta: -quantity, before: level.onHand, after: onHand };
  return {
    events: [
      {
        type: "reservation.confirmed",
        data: { ...reservationFacts(productId, after), confirmedQuantity: quantity, reacquired, movement },
        level: levelAfter,
      },
    ],
    answer: { view: "reservation", reservation: after },
    levels: [levelAfter],
    reservations: [after],
  };
}

function refuseShipping(
  productId: string,
  level: Level,
  wanted: { quantity: number; reacquired: boolean },
): Refusal | undefined {
  const { quantity, reacquired } = wanted;
  const { locationId } = level;
  const there = reacquired ? Math.min(level.onHand, sellable(level)) : level.onHand;
  if (there >= quantity) return undefined;
  const free = reacquired ? Math.min(level.onHand, available(level)) : level.onHand;
  return {
    code: "insufficient_stock",
    shortages: [{ productId, locationId, requested: quantity, available: free }],
  };
}
