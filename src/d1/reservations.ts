/**
 * Reservations as the book last knew them. A hold past its expiry is shown as expired, whether or not it was
 * swept.
 */
import { and, asc, eq, gt, isNull, lt, lte, or, type SQL } from "drizzle-orm";
import type { Level, ReservationState } from "../domain/product";
import { stockNumbers } from "../domain/views";
import { MAX_ORDER_HOLDS } from "../limits";
import { bounded, primaryBook, replicatedBook } from "./book";
import { readEnds } from "./book-ends";
import { decodeCursor, encodeCursor, toPage, type Page } from "./page";
import { foundIn, scanWindow } from "./scan-window";
import { products, reservations } from "./schema";

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
  const { seen, shown } = scanWindow(book, {
    table: reservations,
    key: reservations.reservationId,
    range: rangeOf(query, typeof after === "string" ? after : ""),
    orderBy: [asc(reservations.reservationId)],
    matches: filterOf(query, now),
  });
  const [[ends], found] = await bounded(
    book.batch([
      readEnds(book),
      book
        .select({ row: reservations, matches: seen.matches, place: seen.place })
        .from(seen)
        .crossJoin(reservations)
        .where(shown)
        .limit(limit + 1),
    ]),
  );
  const { rows, end } = foundIn(found);
  const page: Page<ReturnType<typeof reservationListed>> = toPage(rows, limit, {
    end,
    item: (row) => reservationListed(row, now),
    cursor: (row) => encodeCursor("reservationId", [row.reservationId]),
  });
  return { ...page, bookOffset: ends?.newest ?? 0 };
}

/** Of every state, oldest first within a product; at most `MAX_ORDER_HOLDS`. */
export async function reservationIdsOfOrder(binding: D1Database, orderId: string): Promise<string[]> {
  const rows = await bounded(
    primaryBook(binding)
      .select({ id: reservations.reservationId })
      .from(reservations)
      .where(eq(reservations.orderId, orderId))
      .orderBy(asc(reservations.reservationId))
      .limit(MAX_ORDER_HOLDS),
  );
  return rows.map(({ id }) => id);
}

/**
 * What an index finds: an order's or else a customer's, in the order of their ids, which begin with the product's and a tilde;
 * the character after the tilde ends a product's. One lower bound: of two, SQLite would look through what lies between.
 */
function rangeOf({ orderId, customerId, productId }: ReservationQuery, after: string): SQL | undefined {
  const { reservationId, orderId: order, customerId: customer } = reservations;
  const ofCustomer = customerId === undefined ? undefined : eq(customer, customerId);
  const ofProduct = productId === undefined ? "" : `${productId}~`;
  return and(
    orderId === undefined ? ofCustomer : eq(order, orderId),
    gt(reservationId, after > ofProduct ? after : ofProduct),
    productId === undefined ? undefined : lt(reservationId, `${productId}\u007f`),
  );
}

function filterOf(query: ReservationQuery, now: number): SQL | undefined {
  const { locationId, customerId, state, expiresBefore, owner } = query;
  return and(
    locationId === undefined ? undefined : eq(reservations.locationId, locationId),
    customerId === undefined ? undefined : eq(reservations.customerId, customerId),
    owner === undefined ? undefined : eq(reservations.owner, owner),
    state === undefined ? undefined : inState(state, new Date(now).toISOString()),
    expiresBefore === undefined
      ? undefined
      : lt(reservations.expiresAt, new Date(expiresBefore).toISOString()),
  );
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
export async function findReservation(
  binding: D1Database,
  id: string,
  seen: { now: number; clamped: boolean },
) {
  const [row] = await bounded(
    primaryBook(binding)
      .select({ reservation: reservations, levels: products.levels, version: products.version })
      .from(reservations)
      .leftJoin(products, eq(products.productId, reservations.productId))
      .where(eq(reservations.reservationId, id)),
  );
  if (!row) return undefined;
  const levels = JSON.parse(row.levels ?? "[]") as Level[];
  const inventory = stockNumbers(levels, row.version ?? 0, seen.clamped);
  return { ...reservationListed(row.reservation, seen.now), inventory };
}
