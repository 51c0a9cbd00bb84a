import type { CommandOf } from "../command";
import { holdChanged, holdUnchanged, type Facts, type HoldFacts, type Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import type { EventDraft } from "../events/event";
import { reservationId } from "../ids";
import type { Level } from "../level";
import { refuseTouch } from "../resolution";

/** Gives units of one hold back; the hold ends when nothing is held. */
export function decideRelease({ facts, hold }: HoldFacts, command: CommandOf<"release">): Outcome {
  const { productId } = facts;
  const { quantity = hold.held, reason = null } = command;
  const refusal = refuseTouch(productId, hold);
  if (refusal) return { refusal };
  if (quantity > hold.held) {
    const id = reservationId(productId, hold.ulid);
    return { refusal: { code: "exceeds_held", reservationId: id, requested: quantity, held: hold.held } };
  }
  const level = levelUnder(facts, hold);
  const given = releaseUnits(productId, hold, { level, quantity, reason });
  return holdChanged(given.reservation, given.event, given.level);
}

/** Releases the whole hold; cancelling it again finds it as it was left. */
export function decideCancel(of: HoldFacts): Outcome {
  const { hold } = of;
  if (hold.state === "released") return holdUnchanged(hold);
  return decideRelease(of, { verb: "release", ulid: hold.ulid, reason: "cancelled" });
}

export function levelUnder(facts: Facts, hold: Reservation): Level {
  const level = facts.level(hold.locationId);
  if (!level) throw new Error(`hold ${hold.ulid} stands on a level that does not exist`);
  return level;
}

/** `level` is the level the units go back to, as it is before; `supersededBy` the ULID of the hold that takes them over. */
export function releaseUnits(
  productId: string,
  hold: Reservation,
  give: { level: Level | undefined; quantity: number; reason: string | null; supersededBy?: string },
) {
  const { quantity, reason, supersededBy } = give;
  const held = hold.held - quantity;
  const reservation: Reservation = {
    ...hold,
    state: held > 0 ? "held" : "released",
    held,
    released: hold.released + quantity,
    supersededBy: supersededBy ?? hold.supersededBy,
  };
  const level = give.level && { ...give.level, reserved: give.level.reserved - quantity };
  const data = {
    ...reservationData(productId, reservation),
    releasedQuantity: quantity,
    reason,
    ...(supersededBy !== undefined && { supersededBy: reservationId(productId, supersededBy) }),
  };
  const event: EventDraft = { type: "reservation.released", data, level: level ?? null };
  return { reservation, event, level };
}

/** Gives units of these holds back, up to `most`, the first hold first. `levelById`: the levels that got some. */
export function releaseEach(
  facts: Facts,
  holds: readonly Reservation[],
  { most = Number.MAX_SAFE_INTEGER, reason }: { most?: number | undefined; reason: string | null },
) {
  const events: EventDraft[] = [];
  const reservations: Reservation[] = [];
  const levelById = new Map<string, Level>();
  let left = most;
  for (const hold of holds) {
    if (left <= 0) break;
    const quantity = Math.min(left, hold.held);
    const level = levelById.get(hold.locationId) ?? facts.level(hold.locationId);
    const given = releaseUnits(facts.productId, hold, { level, quantity, reason });
    if (given.level) levelById.set(hold.locationId, given.level);
    events.push(given.event);
    reservations.push(given.reservation);
    left -= quantity;
  }
  return { events, reservations, levelById, quantity: most - left };
}
