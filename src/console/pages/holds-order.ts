/** Holds by when they expire; those without expiry come last. */
import type { ReservationListed } from "../../client/wire.ts";

export function bySoonest(a: ReservationListed, b: ReservationListed): number {
  return endOf(a) - endOf(b) || a.reservationId.localeCompare(b.reservationId);
}

function endOf({ expiresAt }: ReservationListed): number {
  return expiresAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt);
}
