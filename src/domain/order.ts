/** An order: several products held, confirmed or released together. What it is follows from its reservations. */
import type { Refusal, Shortage } from "./refusal";
import type { ReservationState } from "./reservation";

export const ORDER_STATES = [
  "holding",
  "held",
  "confirming",
  "confirmed",
  "releasing",
  "released",
  "expired",
  "failed",
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** A reservation as its product's object answers. */
export interface ReservationView {
  reservationId: string;
  productId: string;
  state: ReservationState;
  held: number;
  expiresAt: string | null;
  [field: string]: unknown;
}

export type OrderView = ReturnType<typeof orderView>;

/** `under way` names what its coordinator is at; without that the reservations speak for themselves. */
export function orderView(orderId: string, reservations: readonly ReservationView[], underWay?: OrderState) {
  const expiries = reservations.flatMap(({ state, expiresAt }) =>
    state === "held" && expiresAt !== null ? [expiresAt] : [],
  );
  const state = underWay ?? stateOf(reservations);
  // The earliest expiry among what is still held.
  return { orderId, state, expiresAt: expiries.toSorted()[0] ?? null, reservations };
}

/** What lives makes it held, what was sold makes it confirmed; only when nothing is left do the ways it ended count. */
function stateOf(reservations: readonly ReservationView[]): OrderState {
  const states = new Set(reservations.map(({ state }) => state));
  for (const state of ["held", "confirmed", "expired"] as const) if (states.has(state)) return state;
  return "released";
}

/** It says nothing about the order itself: another try may fare better. */
export function isPassing({ code }: Refusal): boolean {
  return code === "overloaded" || code === "internal";
}

/**
 * The one refusal that a client gets when several products refuse: what can never work first, then every shortage at once, then what may
 * pass. Throws when there is nothing to merge.
 */
export function mergedRefusal(refusals: readonly Refusal[]): Refusal {
  const lasting = refusals.find((refusal) => refusal.code !== "insufficient_stock" && !isPassing(refusal));
  if (lasting) return lasting;
  const shortages: Shortage[] = refusals.flatMap((refusal) =>
    refusal.code === "insufficient_stock" ? refusal.shortages : [],
  );
  if (shortages.length > 0) return { code: "insufficient_stock", shortages };
  const [first] = refusals;
  if (!first) throw new Error("no refusals to merge");
  return first;
}
