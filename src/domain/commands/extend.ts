import { MAX_HOLD_EXTENSIONS } from "../../limits";
import type { CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { reservationFacts } from "../event";
import { reservationId } from "../ids";
import type { Reservation } from "../product";
import { notFound, refuseTouch } from "../resolution";

/** Moves a hold's expiry to `ttlSeconds` from now. Never shortens, never revives, and not without end. */
export function decideExtend(facts: LiveFacts, command: CommandOf<"extend">): Outcome {
  const { productId, now } = facts;
  const hold = facts.reservation(command.ulid);
  if (!hold) return { refusal: notFound(productId, command.ulid) };
  const refusal = refuseTouch(productId, hold);
  if (refusal) return { refusal };
  const expiresAt = now + command.ttlSeconds * 1000;
  if (hold.expiresAt === null || expiresAt <= hold.expiresAt) {
    return { events: [], answer: { view: "reservation", reservation: hold } };
  }
  if (hold.extensions >= MAX_HOLD_EXTENSIONS) {
    const id = reservationId(productId, hold.ulid);
    return { refusal: { code: "extension_limit_reached", reservationId: id, limit: MAX_HOLD_EXTENSIONS } };
  }
  const after: Reservation = { ...hold, expiresAt, extensions: hold.extensions + 1 };
  const data = { ...reservationFacts(productId, after), before: new Date(hold.expiresAt).toISOString() };
  return {
    events: [{ type: "reservation.extended", data, level: facts.level(hold.locationId) ?? null }],
    answer: { view: "reservation", reservation: after },
    reservations: [after],
  };
}
