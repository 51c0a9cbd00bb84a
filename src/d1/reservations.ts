/**
 * Reservations as the book last knew them. A hold past its expiry is shown as expired, whether or not it was
 * swept.
 */
import { and, asc, eq, gt, gte, isNull, lt, lte, max, or, type SQL } from "drizzle-orm";
import type { Caller } from "../domain/command";
import type { ReservationState } from "../domain/product";
import { stockNumbers } from "../domain/views";
import { MAX_ORDER_HOLDS } from "../limits";
import { bounded, primaryBook, replicatedBook } from "./book";
import { decodeCursor, encodeCursor, toPage, type Page } from "./page";
import { storedLevels } from "./products";
import { events, products, reservations } from "./schema";

type ReservationRow = typeof reservations.$inferSelect;

export interface ReservationQuery {
  orderId?: string;
  productId?: string;
  locationId?: string;
  customerId?: string;
  state?: ReservationState;
  /** Milliseconds. */
  expiresBefore?: number;
  /** The actor that made it. */
  owner?: string;
  limit: number;
  cursor?: string;
}

export async function listReservations(binding: D1Database, query: ReservationQuery, now: number) {
  const { limit, cursor } = query;
  const [after] = decodeCursor(cursor, "reservationId", ["string"]) ?? [];
  const book = replicatedBook(binding);
  const beyond = typeof after === "string" ? gt(reservations.reservationId, after) : undefined;
  const [[end], rows] = await bounded(
    binding,
    book.batch([
      book.select({ last: max(events.offset) }).from(events),
      book
        .select()
        .from(reservations)
        .where(and(filterOf(query, now), beyond))
        .orderBy(asc(reservations.reservationId))
        .limit(limit + 1),
    ]),
  );
  const page: Page<ReturnType<typeof reservationListed>> = toPage(rows, limit, {
    item: (row) => reservationListed(row, now),
    cursor: (row) => encodeCursor("reservationId", [row.reservationId]),
  });
  return { ...page, bookOffset: end?.last ?? 0 };
}

/** Of every state, oldest first within a product; at most `MAX_ORDER_HOLDS`. */
export async function reservationIdsOfOrder(binding: D1Database, orderId: string): Promise<string[]> {
  const rows = await bounded(
    binding,
    primaryBook(binding)
      .select({ id: reservations.reservationId })
      .from(reservations)
      .where(eq(reservations.orderId, orderId))
      .orderBy(asc(reservations.reservationId))
      .limit(MAX_ORDER_HOLDS),
  );
  return rows.map(({ id }) => id);
}

function filterOf(query: ReservationQuery, now: number): SQL | undefined {
  const { orderId, productId, locationId, customerId, state, expiresBefore, owner } = query;
  return and(
    orderId === undefined ? undefined : eq(reservations.orderId, orderId),
    productId === undefined ? undefined : ofProduct(productId),
    locationId === undefined ? undefined : eq(reservations.locationId, locationId),
    customerId === undefined ? undefined : eq(reservations.customerId, customerId),
    state === undefined ? undefined : inState(state, new Date(now).toISOString()),
    owner === undefined ? undefined : eq(reservations.owner, owner),
    expiresBefore === undefined
      ? undefined
      : lt(reservations.expiresAt, new Date(expiresBefore).toISOString()),
  );
}

/**
 * Ids begin with the product's and a tilde; the character after the tilde ends the range of the primary key.
 */
function ofProduct(productId: string): SQL | undefined {
  const { reservationId } = reservations;
  return and(gte(reservationId, `${productId}~`), lt(reservationId, `${productId}\u007f`));
}

function inState(state: ReservationState, nowIso: string): SQL | undefined {
  const is = eq(reservations.state, state);
  if (state === "held")
    return and(is, or(isNull(reservations.expiresAt), gt(reservations.expiresAt, nowIso)));
  if (state !== "expired") return is;
  return or(is, and(eq(reservations.state, "held"), lte(reservations.expiresAt, nowIso)));
}

/** As lists show it. */
export function reservationListed(row: ReservationRow, now: number) {
  const { version, metadata, owner: _, ...facts } = row;
  const lapsed = row.state === "held" && row.expiresAt !== null && Date.parse(row.expiresAt) <= now;
  return {
    ...facts,
    ...(lapsed && { state: "expired", held: 0 }),
    metadata: metadata === null ? null : (JSON.parse(metadata) as Record<string, unknown>),
    version,
  };
}

/**
 * One that its object no longer has, with the product's numbers. undefined: the book does not know it either.
 */
export async function findReservation(binding: D1Database, id: string, seen: { now: number; by: Caller }) {
  const [row] = await bounded(
    binding,
    primaryBook(binding)
      .select({ reservation: reservations, levels: products.levels, version: products.version })
      .from(reservations)
      .leftJoin(products, eq(products.productId, reservations.productId))
      .where(eq(reservations.reservationId, id)),
  );
  if (!row || (seen.by.ownOnly && row.reservation.owner !== seen.by.actor)) return undefined;
  const levels = storedLevels(row.levels ?? "[]");
  const inventory = stockNumbers(levels, row.version ?? 0, seen.by.clamped);
  return { ...reservationListed(row.reservation, seen.now), inventory };
}
