/**
 * A reservation: units of one product set aside, then sold or given back. `reservationSchema` is the one description of
 * its fields: the object, the events, the book and the views all take them from here, and one stored by
 * an older release is read with the default of what it lacks.
 */
import * as z from "zod";
import { reservationId } from "./ids";

export const RESERVATION_STATES = ["held", "confirmed", "released", "expired"] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

/** Times are milliseconds. */
export const reservationSchema = z.object({
  /** The ULID part of the reservation's id. */
  ulid: z.string(),
  locationId: z.string(),
  orderId: z.string().nullable(),
  customerId: z.string().nullable(),
  state: z.enum(RESERVATION_STATES),
  quantity: z.int(),
  held: z.int(),
  confirmed: z.int(),
  released: z.int(),
  returned: z.int(),
  /** Units that were still held when the hold expired. */
  expiredQuantity: z.int(),
  expiresAt: z.int().nullable(),
  createdAt: z.int(),
  extensions: z.int(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  /** Set while its order is being confirmed: the expiry it has of its own. */
  prepared: z.object({ expiresAt: z.int().nullable() }).nullable(),
  /** The actor that made it; null: made before that was kept. */
  owner: z.string().nullable(),
  /** The ULID of the hold that its units passed to. */
  supersededBy: z.string().nullable(),
  /** When the first hold of its chain of hand-overs was made. */
  chainStartedAt: z.int(),
  /** Of its last event. */
  version: z.int(),
});

export type Reservation = z.output<typeof reservationSchema>;

/** What only its product's object needs to know. */
const INTERNAL = {
  ulid: true,
  expiredQuantity: true,
  extensions: true,
  prepared: true,
  supersededBy: true,
  chainStartedAt: true,
  version: true,
} as const;

/** The whole reservation as its events carry it and the book keeps it; its product is the event's. Times are RFC 3339. */
export const reservationDataSchema = reservationSchema.omit(INTERNAL).extend({
  reservationId: z.string(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
});

export type ReservationData = z.output<typeof reservationDataSchema>;

/** Field by field: leaving some out of a copy takes many times as long, and every reserve does this twice. */
export function listedReservation(productId: string, r: Reservation): Omit<ReservationData, "owner"> {
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
  };
}

export function reservationData(productId: string, reservation: Reservation): ReservationData {
  return { ...listedReservation(productId, reservation), owner: reservation.owner };
}

/** Fields that came after the first release, with what they are in reservations that were stored without them. */
export const RESERVATION_DEFAULTS = { owner: null } satisfies Partial<Reservation>;

/** What whoever makes a hold may say of it, beside how many units, where and for how long. */
export interface HoldDetails {
  orderId?: string;
  customerId?: string;
  metadata?: NonNullable<Reservation["metadata"]>;
}

interface NewHold extends Pick<Reservation, "ulid" | "locationId" | "quantity" | "createdAt" | "expiresAt"> {
  owner: string;
  chainStartedAt: number;
  extensions: number;
}

/** A hold as it begins; it has its version when its event does. */
export function newHold(hold: NewHold, details: HoldDetails): Reservation {
  return {
    ...hold,
    orderId: details.orderId ?? null,
    customerId: details.customerId ?? null,
    metadata: details.metadata ?? null,
    state: "held",
    held: hold.quantity,
    confirmed: 0,
    released: 0,
    returned: 0,
    expiredQuantity: 0,
    prepared: null,
    supersededBy: null,
    version: 0,
  };
}

export function isActive(reservation: Reservation, now: number): boolean {
  return reservation.held > 0 && (reservation.expiresAt === null || reservation.expiresAt > now);
}

/** The hold as it is once its time has passed. */
export function expired(hold: Reservation): Reservation {
  return { ...hold, state: "expired", held: 0, expiredQuantity: hold.held, prepared: null };
}
