/** One fact about a product. Its data says enough to rebuild the levels and reservations from the events alone. */
import type { Level, Reservation } from "./product";
import { reservationId } from "./ids";

export const MOVEMENT_TYPES = [
  "receipt",
  "sale",
  "return",
  "damage",
  "shrinkage",
  "count",
  "correction",
  "transfer",
] as const;
export type MovementType = (typeof MOVEMENT_TYPES)[number];

export const EVENT_TYPES = [
  "product.created",
  "product.updated",
  "product.deleted",
  "stock.adjusted",
  "stock.counted",
  "stock.transferred",
  "stock.low",
  "stock.recovered",
  "stock.depleted",
  "stock.available",
  "stock.overstocked",
  "reservation.held",
  "reservation.resized",
  "reservation.extended",
  "reservation.confirmed",
  "reservation.released",
  "reservation.expired",
  "reservation.returned",
  "webhook.disabled",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** An event before it has its version: `level` is the level after it, if it is about one. */
export interface EventDraft {
  type: EventType;
  data: Record<string, unknown>;
  level: Level | null;
}

/** A change of what is on hand, as an event's data carries it. */
export interface Movement {
  type: MovementType;
  /** Where, if not at the place that the event itself names. */
  locationId?: string;
  delta: number;
  before: number;
  after: number;
}

/** The whole reservation as events and the book know it; its product is the event's. */
export function reservationFacts(productId: string, r: Reservation) {
  return {
    reservationId: reservationId(productId, r.ulid),
    locationId: r.locationId,
    orderId: r.orderId,
    customerId: r.customerId,
    state: r.state,
    quantity: r.quantity,
    held: r.held,
    confirmed: r.confirmed,
    released: r.released,
    returned: r.returned,
    expiresAt: r.expiresAt === null ? null : new Date(r.expiresAt).toISOString(),
    createdAt: new Date(r.createdAt).toISOString(),
    metadata: r.metadata,
    owner: r.owner,
  };
}
