import type { CommandOf } from "../command";
import { holdChanged, holdUnchanged, type HoldFacts, type Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { available, sellable } from "../level";
import { refuseInactive, refuseTouch, shortOf } from "../resolution";
import { levelUnder } from "./release";
import { refuseCustomer } from "./reserve";

/** Changes what a hold holds. Its own units do not count against it. */
export function decideResize({ facts, hold, by }: HoldFacts, command: CommandOf<"resize">): Outcome {
  const { productId } = facts;
  const { quantity } = command;
  const untouchable = refuseTouch(productId, hold);
  if (untouchable) return { refusal: untouchable };
  if (quantity === hold.held) return holdUnchanged(hold);
  const level = levelUnder(facts, hold);
  const without = { ...level, reserved: level.reserved - hold.held };
  if (quantity > hold.held) {
    const wanted = { quantity, customerId: hold.customerId, instead: hold };
    const limited = refuseInactive(facts) ?? refuseCustomer(facts, wanted, by);
    if (limited) return { refusal: limited };
    if (sellable(without) < quantity)
      return { refusal: shortOf(facts, level, { requested: quantity, available: available(without) }) };
  }
  const after: Reservation = { ...hold, held: quantity, quantity: quantity + hold.released };
  const levelAfter = { ...without, reserved: without.reserved + quantity };
  const data = { ...reservationData(productId, after), before: hold.held };
  return holdChanged(after, { type: "reservation.resized", data, level: levelAfter }, levelAfter);
}
