/**
 * Asks for holds. The service lists them by id; the soonest to expire come first here, so all are asked for, up to a bound;
 * beyond it those that expire soon.
 */
import { metaOf } from "../../client/client.ts";
import type { ReservationQuery } from "../../client/wire-requests.ts";
import type { ReservationListed } from "../../client/wire.ts";
import { serviceNow } from "../clock.ts";
import { holdfast } from "../connection.ts";
import type { HoldChoice, HoldList } from "./holds-listing.ts";

const PAGE_SIZE = 100;
const MAX_HOLDS = 500;
/** A horizon that leaves fewer is too near. */
const ENOUGH = 50;
const HORIZONS_MINUTES = [5, 15, 60, 1440];

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
