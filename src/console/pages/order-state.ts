/** What an order comes to: its sums, its state in words, and what it cannot be filled with. */
import type { Order, Reservation, ReservationListed } from "../../client/wire.ts";

interface Mark {
  shape: "ring" | "disc" | "square" | "dash";
  tone: "calm" | "warn" | "bad" | "good";
}

const CALM: Mark = { shape: "ring", tone: "calm" };
const DONE: Mark = { shape: "disc", tone: "good" };
const OVER: Mark = { shape: "dash", tone: "calm" };

export const ORDER_STATES: Record<Order["state"], { word: string; mark: Mark }> = {
  holding: { word: "Being held", mark: CALM },
  held: { word: "Held", mark: CALM },
  confirming: { word: "Being confirmed", mark: CALM },
  confirmed: { word: "Confirmed", mark: DONE },
  releasing: { word: "Being released", mark: CALM },
  released: { word: "Released", mark: OVER },
  expired: { word: "Expired", mark: { shape: "square", tone: "warn" } },
  failed: { word: "Failed", mark: { shape: "square", tone: "bad" } },
};

export interface OrderSums {
  held: number;
  confirmed: number;
  released: number;
  returned: number;
  /** Living holds. */
  lines: number;
}

export function sumsOf({ reservations }: Pick<Order, "reservations">): OrderSums {
  const sums = { held: 0, confirmed: 0, released: 0, returned: 0, lines: 0 };
  for (const { held, confirmed, released, returned } of reservations) {
    sums.held += held;
    sums.confirmed += confirmed;
    sums.released += released;
    sums.returned += returned;
    if (held > 0) sums.lines += 1;
  }
  return sums;
}

export interface OrderShortage {
  productId: string;
  missing: number;
}

/** Products that more is held of than there is: at most what this order holds of them can be missing to it. */
export function shortagesOf({ reservations }: Pick<Order, "reservations">): OrderShortage[] {
  const heldByProduct = new Map<string, { held: number; available: number; version: number }>();
  for (const { productId, held, inventory } of reservations) {
    const before = heldByProduct.get(productId) ?? { held: 0, available: 0, version: -1 };
    const newest = inventory.version >= before.version ? inventory : before;
    heldByProduct.set(productId, {
      held: before.held + held,
      available: newest.available,
      version: newest.version,
    });
  }
  return [...heldByProduct].flatMap(([productId, { held, available }]) => {
    const missing = Math.min(held, -available);
    return missing > 0 ? [{ productId, missing }] : [];
  });
}

/** With this answer about one of its holds, until the order is asked again. */
export function withReservation(order: Order, done: Reservation): Order {
  const reservations = order.reservations.map((one) =>
    one.reservationId === done.reservationId && one.version <= done.version ? done : one,
  );
  return { ...order, reservations };
}

export interface HoldingOrder {
  orderId: string;
  customerId: string | null;
  products: number;
  held: number;
  /** Of the first of its holds to expire. */
  first: ReservationListed;
}

/** `holds` with the soonest to expire first; so are the orders. */
export function holdingOrders(holds: readonly ReservationListed[]): HoldingOrder[] {
  const holdsByOrder = Map.groupBy(
    holds.filter(({ orderId }) => orderId !== null),
    ({ orderId }) => orderId ?? "",
  );
  return [...holdsByOrder].flatMap(([orderId, ofOrder]): HoldingOrder[] => {
    const [first] = ofOrder;
    if (!first) return [];
    return [
      {
        orderId,
        customerId: first.customerId,
        products: new Set(ofOrder.map(({ productId }) => productId)).size,
        held: ofOrder.reduce((sum, { held }) => sum + held, 0),
        first,
      },
    ];
  });
}
