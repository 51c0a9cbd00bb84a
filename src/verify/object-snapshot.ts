/** A product's object as it sees itself at one moment, for whoever compares it with the book. */
import type { Level } from "../domain/level";
import type { Product } from "../domain/product";
import { reservationData, type Reservation } from "../domain/reservation";
import { reservationSnapshot, type ReservationSnapshot } from "./replay";

export interface ObjectSnapshot {
  version: number;
  /** Up to here the book has acknowledged the object's events. */
  acknowledgedVersion: number;
  /** null: it was never written. */
  product: Product | null;
  /** `reserved` counts every hold that is not swept yet, as the book does. */
  levels: Level[];
  holdCount: number;
  /** Holds that are not swept yet; null: too many to name. */
  holds: HoldSnapshot[] | null;
  /** Events that the book would not take, and why; of very many only the first. */
  setAside: { version: number; reason: string }[];
  setAsideCount: number;
}

export type HoldSnapshot = ReservationSnapshot & { reservationId: string };

export function holdSnapshot(productId: string, reservation: Reservation): HoldSnapshot {
  const data = reservationData(productId, reservation);
  return { ...reservationSnapshot(data, reservation.version), reservationId: data.reservationId };
}
