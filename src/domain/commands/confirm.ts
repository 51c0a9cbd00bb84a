import type { CommandOf } from "../command";
import { holdChanged, type Decision, type HoldFacts, type LiveFacts, type Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { reservationId } from "../ids";
import { available, sellable, type Level } from "../level";
import { stepTo } from "../on-hand";
import type { Refusal } from "../refusal";
import { refuseTouch, shortOf } from "../resolution";
import { refuseCustomer } from "./reserve";

/**
 * Takes the units off the shelf; a rest is released. A backorder may be promised, not shipped: the units must be there.
 * A hold that has expired is only taken up again when the caller asks for it and the units are still free.
 */
export function decideConfirm({ facts, hold, by }: HoldFacts, command: CommandOf<"confirm">): Outcome {
  const { productId } = facts;
  const reacquired = hold.state === "expired" && command.ifExpired === "reacquire";
  const untouchable = reacquired ? undefined : refuseTouch(productId, hold);
  if (untouchable) return { refusal: untouchable };
  const units = unitsOf(hold);
  const quantity = command.quantity ?? units;
  if (quantity > units) {
    const id = reservationId(productId, hold.ulid);
    return { refusal: { code: "exceeds_held", reservationId: id, requested: quantity, held: units } };
  }
  const { locationId } = hold;
  const level = facts.level(locationId);
  if (!level) return { refusal: { code: "level_not_found", productId, locationId } };
  const again = { quantity, customerId: hold.customerId };
  const limited = reacquired ? refuseCustomer(facts, again, by) : undefined;
  const refusal = limited ?? refuseShipping(facts, level, { quantity, reacquired });
  if (refusal) return { refusal };
  return sold(facts, hold, { level, quantity });
}

/** What a hold that is confirmed has to give: one that has expired is taken up again. */
function unitsOf(hold: Reservation): number {
  return hold.state === "expired" ? hold.expiredQuantity : hold.held;
}

/** The hold confirmed: `quantity` of its units leave the shelf, the rest is released. */
export function sold(
  { productId }: LiveFacts,
  hold: Reservation,
  { level, quantity = unitsOf(hold) }: { level: Level; quantity?: number },
): Decision {
  const reacquired = hold.state === "expired";
  const after: Reservation = {
    ...hold,
    state: "confirmed",
    held: 0,
    expiredQuantity: 0,
    prepared: null,
    confirmed: hold.confirmed + quantity,
    released: hold.released + unitsOf(hold) - quantity,
  };
  const onHand = level.onHand - quantity;
  const levelAfter = { ...level, onHand, reserved: level.reserved - hold.held };
  const movement = { type: "sale" as const, ...stepTo(level, onHand) };
  const rest = hold.held - quantity;
  const data = {
    ...reservationData(productId, after),
    confirmedQuantity: quantity,
    ...(rest > 0 && { releasedQuantity: rest }),
    reacquired,
    movement,
  };
  return holdChanged(after, { type: "reservation.confirmed", data, level: levelAfter }, levelAfter);
}

function refuseShipping(
  facts: LiveFacts,
  level: Level,
  wanted: { quantity: number; reacquired: boolean },
): Refusal | undefined {
  const { quantity, reacquired } = wanted;
  const onShelf = shippable(facts, level);
  const there = reacquired ? Math.min(onShelf, sellable(level)) : onShelf;
  if (there >= quantity) return undefined;
  const free = reacquired ? Math.min(onShelf, available(level)) : onShelf;
  return shortOf(facts, level, { requested: quantity, available: free });
}

/** What is on hand and not promised to an order that is being confirmed. */
export function shippable(facts: LiveFacts, level: Level): number {
  // As long as everything that is held is there, it does not matter who is promised what.
  return level.onHand >= level.reserved ? level.onHand : level.onHand - facts.preparedUnits(level.locationId);
}
