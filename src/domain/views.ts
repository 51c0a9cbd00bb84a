/** What clients see of a product: the JSON shapes of its stock, its catalog entry and its reservations. */
import { listedReservation, type Reservation } from "./reservation";
import { availability, isLow, isOverstocked, type Product } from "./product";
import { available, sellable, totals, type Level } from "./level";
import type { QuoteView } from "./quote";
import type { Shortage, StockNumbers } from "./refusal";

/** A product as it is after the last decision. */
export interface ProductState {
  productId: string;
  product: Product;
  levels: readonly Level[];
  version: number;
  updatedAt: number;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Storefronts are not shown how far below zero something is. */
function shown(value: number, clamped: boolean): number {
  return clamped && value < 0 ? 0 : value;
}

export function levelView(level: Level, clamped = false) {
  const { locationId, onHand, reserved, safetyStock, backorderLimit } = level;
  const free = shown(available(level), clamped);
  return { locationId, onHand, reserved, available: free, safetyStock, backorderLimit };
}

export function stockView(state: ProductState, clamped: boolean, locationId?: string) {
  const { productId, product, version, updatedAt } = state;
  const levels =
    locationId === undefined ? state.levels : state.levels.filter((l) => l.locationId === locationId);
  const sum = totals(levels);
  return {
    productId,
    name: product.fields.name,
    price: product.fields.price,
    onHand: sum.onHand,
    reserved: sum.reserved,
    available: clamped ? sum.onShelf : sum.available,
    safetyStock: sum.safetyStock,
    backorderLimit: sum.backorderLimit,
    minimumStockLevel: product.fields.minimumStockLevel,
    lowStock: isLow(product.fields, state.levels),
    oversold: sum.oversold,
    overstocked: isOverstocked(product.fields, state.levels),
    version,
    updatedAt: iso(updatedAt),
    levels: levels.map((level) => levelView(level, clamped)),
  };
}

export function stockNumbers(levels: readonly Level[], version: number, clamped: boolean): StockNumbers {
  const { onHand, reserved, available: sum, onShelf } = totals(levels);
  return { onHand, reserved, available: clamped ? onShelf : sum, version };
}

export function reservationView(state: ProductState, reservation: Reservation, clamped: boolean) {
  return {
    productId: state.productId,
    ...listedReservation(state.productId, reservation),
    version: reservation.version,
    inventory: stockNumbers(state.levels, state.version, clamped),
  };
}

/** The product itself knows no quote. */
export function productView(state: ProductState, quote: QuoteView | null = null) {
  const { productId, product, levels } = state;
  const { fields, catalogVersion, createdAt, updatedAt } = product;
  return {
    productId,
    ...fields,
    quote,
    availability: availability(fields, levels),
    version: catalogVersion,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

/** As clients get them. */
export type ProductView = ReturnType<typeof productView>;
export type ReservationView = ReturnType<typeof reservationView>;

export function clampShortage(shortage: Shortage, clamped: boolean): Shortage {
  return { ...shortage, available: shown(shortage.available, clamped) };
}

/** A dry run of a reserve: at which of the candidates it would be held, if at one, and which other levels could instead. */
export function checkView(
  levels: { candidates: readonly Level[]; chosen: Level | undefined; others: readonly Level[] },
  asked: { quantity: number; clamped: boolean },
) {
  const { candidates, chosen, others } = levels;
  const { quantity, clamped } = asked;
  const best = chosen ?? candidates.toSorted((a, b) => sellable(b) - sellable(a))[0];
  return {
    available: best ? shown(available(best), clamped) : 0,
    alternatives: others
      .filter((level) => level.locationId !== chosen?.locationId && sellable(level) >= quantity)
      .map((level) => ({ locationId: level.locationId, available: shown(available(level), clamped) })),
  };
}
