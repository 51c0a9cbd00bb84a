/** Refusals that verbs share. A hold is resolved once: asking a second time names the first resolution. */
import type { Caller } from "./command";
import type { Facts, LiveFacts } from "./decision";
import { reservationId } from "./ids";
import type { Level } from "./level";
import type { Reservation } from "./reservation";
import type { Refusal } from "./refusal";

/** Why nothing of the product can be held. */
export function refuseInactive({ productId, product }: LiveFacts): Refusal | undefined {
  const { status: productStatus } = product.fields;
  return productStatus === "active" ? undefined : { code: "product_not_active", productId, productStatus };
}

/** There is not enough at one place. */
export function shortOf(
  { productId }: Facts,
  { locationId }: Level,
  numbers: { requested: number; available: number },
): Refusal {
  return { code: "insufficient_stock", shortages: [{ productId, locationId, ...numbers }] };
}

/** Why a hold cannot be touched; undefined: it can. One that is prepared is its order's, for the moment that takes. */
export function refuseTouch(productId: string, hold: Reservation): Refusal | undefined {
  if (hold.state !== "held") return alreadyResolved(productId, hold);
  return hold.prepared ? { code: "overloaded" } : undefined;
}

export function alreadyResolved(productId: string, reservation: Reservation): Refusal {
  const id = reservationId(productId, reservation.ulid);
  if (reservation.state === "confirmed") return { code: "reservation_already_confirmed", reservationId: id };
  if (reservation.state === "released") {
    const { supersededBy } = reservation;
    const successor = supersededBy !== null && { supersededBy: reservationId(productId, supersededBy) };
    return { code: "reservation_already_released", reservationId: id, ...successor };
  }
  const expiresAt = new Date(reservation.expiresAt ?? 0).toISOString();
  return { code: "reservation_expired", reservationId: id, expiresAt };
}

export function notFound(productId: string, ulid: string): Refusal {
  return { code: "reservation_not_found", reservationId: reservationId(productId, ulid) };
}

/** To a caller that knows only what it made, somebody else's reservation does not exist. */
export function isForeign(reservation: Reservation | undefined, { actor, ownOnly }: Caller): boolean {
  return ownOnly === true && reservation !== undefined && reservation.owner !== actor;
}

export function absent(productId: string): Refusal {
  return { code: "product_not_found", productId };
}
