import { MAX_HOLD_CHAIN_MS, MAX_HOLD_EXTENSIONS } from "../../limits";
import type { Caller, CommandOf } from "../command";
import { holdChanged, holdUnchanged, type HoldFacts, type LiveFacts, type Outcome } from "../decision";
import { reservationData, type Reservation } from "../reservation";
import { reservationId } from "../ids";
import type { Refusal } from "../refusal";
import { refuseTouch } from "../resolution";

/** Moves a hold's expiry to `ttlSeconds` from now. Never shortens, never revives, and not without end. */
export function decideExtend({ facts, hold, by }: HoldFacts, command: CommandOf<"extend">): Outcome {
  const { productId, now } = facts;
  const refusal = refuseTouch(productId, hold);
  if (refusal) return { refusal };
  const wanted = now + command.ttlSeconds * 1000;
  if (hold.expiresAt === null || wanted <= hold.expiresAt) return holdUnchanged(hold);
  const expiresAt = Math.min(wanted, chainEnd(hold, by));
  if (hold.extensions >= MAX_HOLD_EXTENSIONS || expiresAt <= hold.expiresAt) {
    return { refusal: limitReached(productId, hold) };
  }
  const after: Reservation = { ...hold, expiresAt, extensions: hold.extensions + 1 };
  const data = { ...reservationData(productId, after), before: new Date(hold.expiresAt).toISOString() };
  const level = facts.level(hold.locationId) ?? null;
  return holdChanged(after, { type: "reservation.extended", data, level });
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
