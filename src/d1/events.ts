/** The book itself: events by offset, and a product's changes of what is on hand. */
import { and, asc, desc, eq, gte, isNotNull, lt, max, min, sql } from "drizzle-orm";
import type { EventType, Movement, MovementType } from "../domain/event";
import { bounded, replicatedBook } from "./book";
import { decodeCursor, encodeCursor, toPage, type Page } from "./page";
import { events, products } from "./schema";

export interface EventQuery {
  /** The first wanted; the oldest kept when it is left out. */
  offset?: number;
  limit: number;
  productId?: string;
  type?: EventType;
}

export interface EventPage {
  /** Ends of the book; null: it is empty. */
  oldest: number | null;
  newest: number | null;
  /** One more than asked for, if there are more. */
  rows: { offset: number; body: string }[];
}

export async function readEvents(binding: D1Database, query: EventQuery): Promise<EventPage> {
  const { offset = 0, limit, productId, type } = query;
  const book = replicatedBook(binding);
  // Versions of one product rise with their offsets, and its index is by version.
  const order = productId === undefined ? asc(events.offset) : asc(events.version);
  const [[ends], rows] = await bounded(
    book.batch([
      book.select({ oldest: min(events.offset), newest: max(events.offset) }).from(events),
      book
        .select({ offset: events.offset, body: events.body })
        .from(events)
        .where(
          and(
            gte(events.offset, offset),
            productId === undefined ? undefined : eq(events.productId, productId),
            type === undefined ? undefined : eq(events.type, type),
          ),
        )
        .orderBy(order)
        .limit(limit + 1),
    ]),
  );
  return { oldest: ends?.oldest ?? null, newest: ends?.newest ?? null, rows };
}

export interface MovementQuery {
  productId: string;
  type?: MovementType;
  /** Milliseconds; `from` is within, `to` is not. */
  from?: number;
  to?: number;
  orderId?: string;
  limit: number;
  cursor?: string;
}

export interface MovementItem {
  movementId: string;
  productId: string;
  version: number;
  type: string;
  locationId: string;
  /** Of a transfer: delta, before and after are those of the place it left. */
  toLocationId?: string;
  delta: number;
  before: number;
  after: number;
  reason: string | null;
  reference: string | null;
  orderId: string | null;
  reservationId: string | null;
  actor: string;
  at: string;
}

/** Newest first. undefined: the book has never known the product. */
export async function listMovements(
  binding: D1Database,
  query: MovementQuery,
): Promise<Page<MovementItem> | undefined> {
  const { productId, type, from, to, orderId, limit, cursor } = query;
  const [before] = decodeCursor(cursor, "movements", ["number"]) ?? [];
  const book = replicatedBook(binding);
  const [[end], [known], rows] = await bounded(
    book.batch([
      book.select({ last: max(events.offset) }).from(events),
      book.select({ productId: products.productId }).from(products).where(eq(products.productId, productId)),
      book
        .select({ version: events.version, movement: events.movement, body: events.body })
        .from(events)
        .where(
          and(
            eq(events.productId, productId),
            type === undefined ? isNotNull(events.movement) : eq(events.movement, type),
            typeof before === "number" ? lt(events.version, before) : undefined,
            from === undefined ? undefined : gte(events.atMs, from),
            to === undefined ? undefined : lt(events.atMs, to),
            orderId === undefined ? undefined : sql`${events.body} ->> '$.data.orderId' = ${orderId}`,
          ),
        )
        .orderBy(desc(events.version))
        .limit(limit + 1),
    ]),
  );
  if (!known) return undefined;
  const page = toPage(rows, limit, {
    item: (row) => movementItem(row.body, row.movement ?? ""),
    cursor: (row) => encodeCursor("movements", [row.version]),
  });
  return { ...page, bookOffset: end?.last ?? 0 };
}

interface EventBody {
  id: string;
  productId: string;
  version: number;
  at: string;
  actor: string;
  data: Record<string, unknown>;
}

interface Step {
  before: number;
  after: number;
}

/**
 * A transfer tells of two places, a sale or return of a reservation carries its movement beside it, the rest
 * are flat.
 */
export function movementItem(body: string, type: string): MovementItem {
  const { id, productId, version, at, actor, data } = JSON.parse(body) as EventBody;
  const text = (name: string) => (typeof data[name] === "string" ? data[name] : null);
  const about = {
    reason: text("reason"),
    reference: text("reference"),
    orderId: text("orderId"),
    reservationId: text("reservationId"),
    actor,
    at,
  };
  const head = { movementId: id, productId, version, type };
  if (type === "transfer") {
    const { before, after } = data["from"] as Step;
    const [locationId, toLocationId] = [text("fromLocationId") ?? "", text("toLocationId") ?? ""];
    return { ...head, locationId, toLocationId, delta: after - before, before, after, ...about };
  }
  const { before, after, locationId = text("locationId") ?? "" } = (data["movement"] ?? data) as Movement;
  return { ...head, locationId, delta: after - before, before, after, ...about };
}
