/**
 * Reservations as the book last knew them. A hold past its expiry is shown as expired, whether or not it was
 * swept.
 */
import { and, asc, eq, gt, isNull, lt, lte, or, sql, type SQL } from "drizzle-orm";
import type { Caller } from "../domain/command";
import {
  RESERVATION_DEFAULTS,
  reservationDataSchema,
  type ReservationData,
  type ReservationState,
} from "../domain/reservation";
import { stockNumbers } from "../domain/views";
import { MAX_ORDER_HOLDS, SCAN_WINDOW_RESERVATIONS, SCAN_WINDOW_RESERVATIONS_OF } from "../limits";
import { readPrimary } from "./book";
import { decodeCursor, encodeCursor, toPage, type Page } from "./page";
import { storedLevels } from "./products";
import { scanRows } from "./scan-window";
import { products, reservations } from "./schema";

export type ReservationRow = typeof reservations.$inferSelect;

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
  const { rows, end, bookOffset } = await scanRows(binding, {
    table: reservations,
    range: rangeOf(query, typeof after === "string" ? after : ""),
    orderBy: [asc(reservations.reservationId)],
    matches: filterOf(query, now),
    limit: limit + 1,
    window: (query.orderId ?? query.customerId) ? SCAN_WINDOW_RESERVATIONS_OF : SCAN_WINDOW_RESERVATIONS,
  });
  const page: Page<ReturnType<typeof reservationListed>> = toPage(rows, limit, {
    end,
    item: (row) => reservationListed(row, now),
    cursor: (row) => encodeCursor("reservationId", [row.reservationId]),
  });
  return { ...page, bookOffset };
}

/** Of every state, of one owner when it is named; one more than an order may have: there are too many. */
export async function holdsOfOrder(binding: D1Database, orderId: string, owner?: string) {
  const { reservationId, owner: madeBy, orderId: order } = reservations;
  return readPrimary(binding, (book) =>
    book
      .select({ reservationId, owner: madeBy })
      .from(reservations)
      .where(and(eq(order, orderId), owner === undefined ? undefined : eq(madeBy, owner)))
      .orderBy(asc(reservationId))
      .limit(MAX_ORDER_HOLDS + 1),
  );
}

/** Those that their objects no longer have, with their products' numbers. */
export async function reservationsOf(
  binding: D1Database,
  ids: readonly string[],
  seen: { now: number; clamped: boolean },
) {
  const named = sql`${reservations.reservationId} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const rows = await readWithProduct(binding, named);
  return rows.map((row) => withInventory(row, seen));
}

function readWithProduct(binding: D1Database, named: SQL) {
  return readPrimary(binding, (book) =>
    book
      .select({ reservation: reservations, levels: products.levels, version: products.version })
      .from(reservations)
      .leftJoin(products, eq(products.productId, reservations.productId))
      .where(named),
  );
}

function withInventory(
  row: { reservation: ReservationRow; levels: string | null; version: number | null },
  seen: { now: number; clamped: boolean },
) {
  const inventory = stockNumbers(storedLevels(row.levels ?? "[]"), row.version ?? 0, seen.clamped);
  return { ...reservationListed(row.reservation, seen.now), inventory };
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

/** As lists show it. A hold whose time has passed is shown as expired. */
export function reservationListed(row: ReservationRow, now: number) {
  const { owner: _, ...data } = reservationOfRow(row);
  const { productId, version } = row;
  const isExpired = data.state === "held" && data.expiresAt !== null && Date.parse(data.expiresAt) <= now;
  return { ...data, ...(isExpired && { state: "expired" as const, held: 0 }), productId, version };
}

/**
 * One that its object no longer has, with the product's numbers. undefined: the book does not know it either.
 */
export async function findReservation(binding: D1Database, id: string, seen: { now: number; by: Caller }) {
  const [row] = await readWithProduct(binding, eq(reservations.reservationId, id));
  if (!row || (seen.by.ownOnly && row.reservation.owner !== seen.by.actor)) return undefined;
  return withInventory(row, { now: seen.now, clamped: seen.by.clamped });
}

/** From a row to the data that events and views have, whichever release wrote it. Throws a `ZodError` or a `SyntaxError` when the row is not one that the ledger writes. */
function reservationOfRow({ metadata, more, ...row }: ReservationRow): ReservationData {
  return reservationDataSchema.parse({
    ...RESERVATION_DEFAULTS,
    ...row,
    ...parsedObject(more),
    metadata: parsedObject(metadata),
  });
}

/** undefined: it is not one that the ledger writes. */
export function readableReservation(row: ReservationRow): ReservationData | undefined {
  try {
    return reservationOfRow(row);
  } catch {
    return undefined;
  }
}

function parsedObject(json: string | null): object | null {
  return json === null ? null : JSON.parse(json);
}
