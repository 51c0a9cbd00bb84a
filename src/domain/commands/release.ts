import type { CommandOf } from "../command";
import type { Facts, LiveFacts, Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import type { EventDraft } from "../events/event";
import { reservationId } from "../ids";
import type { Level } from "../level";
import { notFound, refuseTouch } from "../resolution";

/** Gives units of one hold back; the hold ends when nothing is held. */
export function decideRelease(facts: LiveFacts, command: CommandOf<"release">): Outcome {
  const hold = facts.reservation(command.ulid);
  if (!hold) return { refusal: notFound(facts.productId, command.ulid) };
  const refusal = refuseTouch(facts.productId, hold);
  if (refusal) return { refusal };
  const quantity = command.quantity ?? hold.held;
  if (quantity > hold.held) {
    const id = reservationId(facts.productId, hold.ulid);
    return { refusal: { code: "exceeds_held", reservationId: id, requested: quantity, held: hold.held } };
  }
  const { reservation, event, level } = releaseUnits(facts, hold, {
    quantity,
    reason: command.reason ?? null,
  });
  return {
    events: [event],
    answer: { view: "reservation", reservation },
    levels: [level],
    reservations: [reservation],
  };
}

/** `level` is the level the units go back to, as it is before; by default as the facts know it. */
export function releaseUnits(
  facts: Facts,
  hold: Reservation,
  give: { quantity: number; reason: string | null; level?: Level },
): { reservation: Reservation; event: EventDraft; level: Level } {
  const { quantity, reason } = give;
  const before = give.level ?? facts.level(hold.locationId);
  if (!before) throw new Error(`hold ${hold.ulid} stands on a level that does not exist`);
  const held = hold.held - quantity;
  const reservation: Reservation = {
    ...hold,
    state: held > 0 ? "held" : "released",
    held,
    released: hold.released + quantity,
  };
  const level = { ...before, reserved: before.reserved - quantity };
  const data = { ...reservationData(facts.productId, reservation), releasedQuantity: quantity, reason };
  return { reservation, event: { type: "reservation.released", data, level }, level };
}
