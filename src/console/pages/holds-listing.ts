/**
 * The holds that the page shows: asked for once, then kept by the events of the book and by answers to changes made here. The
 * service lists them by id; the soonest to expire come first here, so all are asked for, up to a bound.
 */
import { metaOf } from "../../client/client.ts";
import type { BookEvent } from "../../client/wire-events.ts";
import type { ReservationQuery } from "../../client/wire-requests.ts";
import type { ReservationListed, ReservationState } from "../../client/wire.ts";
import { serviceNow } from "../clock.ts";
import { holdfast } from "../connection.ts";

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

const PAGE_SIZE = 100;
const MAX_HOLDS = 500;
const MAX_ENDED = 1000;
const ENOUGH = 50;
const HORIZONS_MINUTES = [5, 15, 60, 1440];

export function readHoldChoice(query: Record<string, string>): HoldChoice {
  const { q = "", location = "" } = query;
  return { q, location, state: HOLD_STATES.find((state) => state === query["state"]) ?? "held" };
}

export function holdsPath({ q, location, state }: HoldChoice): string {
  const set = Object.entries({ q, location, state: state === "held" ? "" : state });
  const params = new URLSearchParams(set.filter(([, value]) => value !== ""));
  return params.size === 0 ? "/console/holds" : `/console/holds?${params}`;
}

export async function loadHolds({ q, location, state }: HoldChoice, signal: AbortSignal): Promise<HoldList> {
  const query = { state, ...(location !== "" && { locationId: location }) };
  const all = await readUpTo(query, signal);
  if (!all.isCut) return all;
  const words = q.trim();
  if (words !== "") return readNamed(query, words, signal);
  if (state !== "held") return all;
  for (const minutes of HORIZONS_MINUTES) {
    const expiresBefore = new Date(serviceNow() + minutes * 60_000).toISOString();
    const soon = await readUpTo({ ...query, expiresBefore }, signal);
    if (soon.isCut || soon.byId.size >= ENOUGH) return { ...soon, expiresBefore };
  }
  return all;
}

/** Of more than can be looked through, those with exactly this order, product or customer. */
async function readNamed(query: ReservationQuery, words: string, signal: AbortSignal): Promise<HoldList> {
  const lists = await Promise.all(
    (["orderId", "productId", "customerId"] as const).map((field) =>
      readUpTo({ ...query, [field]: words }, signal),
    ),
  );
  return {
    byId: new Map(lists.flatMap(({ byId }) => [...byId])),
    nextOffset: lists[0]?.nextOffset,
    isCut: true,
  };
}

async function readUpTo(query: ReservationQuery, signal: AbortSignal): Promise<HoldList> {
  const byId = new Map<string, ReservationListed>();
  let nextOffset: number | undefined;
  let cursor: string | undefined;
  do {
    const asked = { ...query, limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) };
    const page = await holdfast.reservations.list(asked, { signal });
    const { bookOffset } = metaOf(page);
    nextOffset ??= bookOffset === undefined ? undefined : bookOffset + 1;
    for (const hold of page.items) byId.set(hold.reservationId, hold);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && byId.size < MAX_HOLDS);
  return { byId, nextOffset, isCut: cursor !== undefined };
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

export function bySoonest(a: ReservationListed, b: ReservationListed): number {
  return endOf(a) - endOf(b) || a.reservationId.localeCompare(b.reservationId);
}

function byNewest(a: ReservationListed, b: ReservationListed): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) || a.reservationId.localeCompare(b.reservationId);
}

function endOf({ expiresAt }: ReservationListed): number {
  return expiresAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt);
}
