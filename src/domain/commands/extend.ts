import { MAX_HOLD_CHAIN_MS, MAX_HOLD_EXTENSIONS } from "../../limits";
import type { Caller, CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { reservationId } from "../ids";
import type { Refusal } from "../refusal";
import { notFound, refuseTouch } from "../resolution";

/** Moves a hold's expiry to `ttlSeconds` from now. Never shortens, never revives, and not without end. */
export function decideExtend(facts: LiveFacts, command: CommandOf<"extend">, by: Caller): Outcome {
  const { productId, now } = facts;
  const hold = facts.reservation(command.ulid);
  if (!hold) return { refusal: notFound(productId, command.ulid) };
  const refusal = refuseTouch(productId, hold);
  if (refusal) return { refusal };
  const wanted = now + command.ttlSeconds * 1000;
  if (hold.expiresAt === null || wanted <= hold.expiresAt) {
    return { events: [], answer: { view: "reservation", reservation: hold } };
  }
  const expiresAt = Math.min(wanted, chainEnd(hold, by));
  if (hold.extensions >= MAX_HOLD_EXTENSIONS || expiresAt <= hold.expiresAt) {
    return { refusal: limitReached(productId, hold) };
  }
  const after: Reservation = { ...hold, expiresAt, extensions: hold.extensions + 1 };
  const data = { ...reservationData(productId, after), before: new Date(hold.expiresAt).toISOString() };
  return {
    events: [{ type: "reservation.extended", data, level: facts.level(hold.locationId) ?? null }],
    answer: { view: "reservation", reservation: after },
    reservations: [after],
  };
}

/** When a hold ends at the latest. Staff may keep one as long as they extend it; a shopper's ends with its chain's time. */
export function chainEnd({ chainStartedAt }: Pick<Reservation, "chainStartedAt">, by: Caller): number {
  return by.clamped ? chainStartedAt + MAX_HOLD_CHAIN_MS : Number.POSITIVE_INFINITY;
}

/** A chain of hand-overs that has had its time is not handed on. */
export function refuseChain(
  { productId, now }: LiveFacts,
  hold: Reservation,
  by: Caller,
): Refusal | undefined {
  return chainEnd(hold, by) > now ? undefined : limitReached(productId, hold);
}

function limitReached(productId: string, { ulid }: Reservation): Refusal {
  return {
    code: "extension_limit_reached",
    reservationId: reservationId(productId, ulid),
    limit: MAX_HOLD_EXTENSIONS,
    limitDays: MAX_HOLD_CHAIN_MS / (24 * 3_600_000),
  };
}
