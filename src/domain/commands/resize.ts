import type { Caller, CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { available, sellable } from "../level";
import { notFound, refuseTouch } from "../resolution";
import { refuseCustomer } from "./reserve";

/** Changes what a hold holds. Its own units do not count against it. */
export function decideResize(facts: LiveFacts, command: CommandOf<"resize">, by: Caller): Outcome {
  const { productId, product } = facts;
  const { quantity } = command;
  const hold = facts.reservation(command.ulid);
  if (!hold) return { refusal: notFound(productId, command.ulid) };
  const refusal = refuseTouch(productId, hold);
  if (refusal) return { refusal };
  if (quantity === hold.held) return { events: [], answer: { view: "reservation", reservation: hold } };
  const level = facts.level(hold.locationId);
  if (!level) throw new Error(`hold ${hold.ulid} stands on a level that does not exist`);
  const without = { ...level, reserved: level.reserved - hold.held };
  if (quantity > hold.held) {
    if (product.fields.status !== "active") {
      return { refusal: { code: "product_not_active", productId, productStatus: product.fields.status } };
    }
    const limited = refuseCustomer(facts, { quantity, customerId: hold.customerId, instead: hold }, by);
    if (limited) return { refusal: limited };
    if (sellable(without) < quantity) {
      const { locationId } = hold;
      const shortage = { productId, locationId, requested: quantity, available: available(without) };
      return { refusal: { code: "insufficient_stock", shortages: [shortage] } };
    }
  }
  const after: Reservation = { ...hold, held: quantity, quantity: quantity + hold.released };
  const levelAfter = { ...without, reserved: without.reserved + quantity };
  const data = { ...reservationData(productId, after), before: hold.held };
  return {
    events: [{ type: "reservation.resized", data, level: levelAfter }],
    answer: { view: "reservation", reservation: after },
    levels: [levelAfter],
    reservations: [after],
  };
}
