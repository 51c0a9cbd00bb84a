/** The nouns of one product and the arithmetic between them. Everything here is plain data and pure functions. */
import type { Money } from "./money";

export const PRODUCT_STATUSES = ["active", "inactive", "suspended", "discontinued"] as const;
export type ProductStatus = (typeof PRODUCT_STATUSES)[number];

export const AVAILABILITIES = ["in_stock", "low_stock", "out_of_stock", "backorder", "unavailable"] as const;
export type Availability = (typeof AVAILABILITIES)[number];

export type AttributeValue = string | number | boolean;

/** What staff may edit. */
export interface CatalogFields {
  kind: string;
  name: string;
  description: string | null;
  status: ProductStatus;
  barcode: string | null;
  imageUrl: string | null;
  tags: string[];
  attributes: Record<string, AttributeValue>;
  price: Money | null;
  source: { name: string; externalId: string } | null;
  minimumStockLevel: number;
  maximumStockLevel: number | null;
  maxPerCustomer: number | null;
}

export interface Product {
  fields: CatalogFields;
  createdAt: number;
  updatedAt: number;
  /** The version at which the catalog entry (fields or availability) last changed. */
  catalogVersion: number;
  deleted: boolean;
}

export interface Level {
  locationId: string;
  onHand: number;
  /** Units of living holds only: a hold past its expiry is not in here. */
  reserved: number;
  safetyStock: number;
  backorderLimit: number;
}

export const RESERVATION_STATES = ["held", "confirmed", "released", "expired"] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

export interface Reservation {
  /** The ULID part of the reservation's id. */
  ulid: string;
  locationId: string;
  orderId: string | null;
  customerId: string | null;
  state: ReservationState;
  quantity: number;
  held: number;
  confirmed: number;
  released: number;
  returned: number;
  /** Units that were still held when the hold expired. */
  lapsed: number;
  expiresAt: number | null;
  createdAt: number;
  extensions: number;
  metadata: Record<string, unknown> | null;
  /** Set while its order is being confirmed: the expiry it has of its own. */
  pin: { expiresAt: number | null } | null;
  /** The actor that made it; null: made before that was kept. */
  owner: string | null;
  /** The ULID of the hold that its units passed to. */
  supersededBy: string | null;
  /** When the first hold of its chain of hand-overs was made. */
  chainStartedAt: number;
  version: number;
}

export const DEFAULT_FIELDS: Omit<CatalogFields, "name"> = {
  kind: "item",
  description: null,
  status: "active",
  barcode: null,
  imageUrl: null,
  tags: [],
  attributes: {},
  price: null,
  source: null,
  minimumStockLevel: 0,
  maximumStockLevel: null,
  maxPerCustomer: null,
};

export function emptyLevel(locationId: string): Level {
  return { locationId, onHand: 0, reserved: 0, safetyStock: 0, backorderLimit: 0 };
}

export function available(level: Level): number {
  return level.onHand - level.reserved - level.safetyStock;
}

/** How many units a new hold could take at this level. */
export function sellable(level: Level): number {
  return available(level) + level.backorderLimit;
}

/** More is promised than is there or may be promised ahead: only a forced count or a lowered limit leads here. */
export function isOversold(level: Level): boolean {
  return level.onHand - level.reserved + level.backorderLimit < 0;
}

export interface Totals {
  onHand: number;
  reserved: number;
  safetyStock: number;
  backorderLimit: number;
  /** The plain sum, signed: what staff see. */
  available: number;
  /** What a shopper may count on: a location below zero does not take from another. */
  onShelf: number;
  oversold: boolean;
}

export function totals(levels: readonly Level[]): Totals {
  const sum: Totals = {
    onHand: 0,
    reserved: 0,
    safetyStock: 0,
    backorderLimit: 0,
    available: 0,
    onShelf: 0,
    oversold: false,
  };
  for (const level of levels) {
    sum.onHand += level.onHand;
    sum.reserved += level.reserved;
    sum.safetyStock += level.safetyStock;
    sum.backorderLimit += level.backorderLimit;
    sum.available += available(level);
    sum.onShelf += Math.max(0, available(level));
    sum.oversold ||= isOversold(level);
  }
  return sum;
}

export function isLow(fields: CatalogFields, levels: readonly Level[]): boolean {
  return totals(levels).onShelf < fields.minimumStockLevel;
}

export function isOverstocked(fields: CatalogFields, levels: readonly Level[]): boolean {
  return fields.maximumStockLevel !== null && totals(levels).onHand > fields.maximumStockLevel;
}

export function availability(fields: CatalogFields, levels: readonly Level[]): Availability {
  if (fields.status !== "active") return "unavailable";
  const { onShelf } = totals(levels);
  if (onShelf > 0) return onShelf < fields.minimumStockLevel ? "low_stock" : "in_stock";
  return levels.some((level) => sellable(level) > 0) ? "backorder" : "out_of_stock";
}

export function isLiving(reservation: Reservation, now: number): boolean {
  return reservation.held > 0 && (reservation.expiresAt === null || reservation.expiresAt > now);
}
