/** The holds that a page shows: which are wanted, in which order, and what the events of the book and answers change in them. */
import type { BookEvent } from "../../client/wire-events.ts";
import type { ReservationListed, ReservationState } from "../../client/wire.ts";
import { bySoonest } from "./holds-order.ts";

export const HOLD_STATES = ["held", "confirmed", "released", "expired"] as const;

export interface HoldChoice {
  /** Letters of an order, a product or a customer. */
  q: string;
  location: string;
  state: ReservationState;
}

export interface HoldList {
  byId: ReadonlyMap<string, ReservationListed>;
  /** Where the events begin that it does not know; undefined: the service did not say. */
  nextOffset: number | undefined;
  /** Set: there are more, and these are all that expire before then. */
  expiresBefore?: string;
  /** There are more than these. */
  isCut: boolean;
}

const MAX_ENDED = 1000;

export function readHoldChoice(query: Record<string, string>): HoldChoice {
  const { q = "", location = "" } = query;
  return { q, location, state: HOLD_STATES.find((state) => state === query["state"]) ?? "held" };
}

export function holdsPath({ q, location, state }: HoldChoice): string {
  const set = Object.entries({ q, location, state: state === "held" ? "" : state });
  const params = new URLSearchParams(set.filter(([, value]) => value !== ""));
  return params.size === 0 ? "/console/holds" : `/console/holds?${params}`;
}

/** What an event says of a hold; undefined: it is about something else. */
export function holdOfEvent(event: BookEvent): ReservationListed | undefined {
  const { productId, version, data } = event;
  if (!("reservationId" in data)) return undefined;
  return {
    reservationId: data.reservationId,
    productId,
    locationId: data.locationId,
    orderId: data.orderId,
    customerId: data.customerId,
    state: data.state,
    quantity: data.quantity,
    held: data.held,
    confirmed: data.confirmed,
    released: data.released,
    returned: data.returned,
    expiresAt: data.expiresAt,
    createdAt: data.createdAt,
    metadata: data.metadata,
    version,
  };
}

/** With these in it, where they are newer. Of those that ended long ago some are forgotten. */
export function withHolds(list: HoldList, holds: readonly ReservationListed[]): HoldList {
  const byId = new Map(list.byId);
  for (const hold of holds) {
    const before = byId.get(hold.reservationId);
    if (!before || before.version < hold.version) byId.set(hold.reservationId, hold);
  }
  const ended = [...byId.values()].filter(({ state }) => state !== "held");
  for (const { reservationId } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED)))
    byId.delete(reservationId);
  return { ...list, byId };
}

/** Those that are wanted; living ones by when they expire, others by when they were made, the newest first. */
export function shownHolds({ byId }: HoldList, choice: HoldChoice): ReservationListed[] {
  const shown = [...byId.values()].filter((hold) => isWanted(hold, choice));
  return shown.toSorted(choice.state === "held" ? bySoonest : byNewest);
}

function isWanted(hold: ReservationListed, { q, location, state }: HoldChoice): boolean {
  const { orderId, productId, customerId, locationId } = hold;
  if (hold.state !== state || (location !== "" && locationId !== location)) return false;
  const words = q.trim().toLowerCase();
  return [orderId, productId, customerId].some((id) => id?.toLowerCase().includes(words));
}

function byNewest(a: ReservationListed, b: ReservationListed): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) || a.reservationId.localeCompare(b.reservationId);
}
