/** What an order comes to, and what there is too little of for it. */
import { describe, expect, it } from "vitest";
import type { Reservation } from "../../src/client/wire.ts";
import { holdingOrders, shortagesOf, sumsOf, withReservation } from "../../src/console/pages/order-state.ts";

interface Line {
  id: string;
  productId?: string;
  held?: number;
  available?: number;
  version?: number;
  orderId?: string | null;
}

function line({
  id,
  productId = "P",
  held = 2,
  available = 10,
  version = 3,
  orderId = "O",
}: Line): Reservation {
  return {
    reservationId: id,
    productId,
    locationId: "main",
    orderId,
    customerId: "C",
    state: "held",
    quantity: 5,
    held,
    confirmed: 1,
    released: 2,
    returned: 0,
    expiresAt: "2026-03-01T12:00:00.000Z",
    createdAt: "2026-03-01T11:00:00.000Z",
    metadata: null,
    version,
    inventory: { onHand: available + held, reserved: held, available, version },
  };
}

describe("an order", () => {
  it("has the sums of its lines", () => {
    const reservations = [line({ id: "a" }), line({ id: "b", held: 0 })];
    expect(sumsOf({ reservations })).toEqual({ held: 2, confirmed: 2, released: 4, returned: 0, lines: 1 });
  });

  it("is short of what is held beyond what there is, at most of what it holds itself", () => {
    const reservations = [
      line({ id: "a", productId: "much", available: 0 }),
      line({ id: "b", productId: "little", held: 3, available: -1 }),
      line({ id: "c", productId: "none", held: 2, available: -40 }),
    ];
    expect(shortagesOf({ reservations })).toEqual([
      { productId: "little", missing: 1 },
      { productId: "none", missing: 2 },
    ]);
  });

  it("reckons with the newest numbers of a product that stands in two lines", () => {
    const reservations = [
      line({ id: "a", available: 4, version: 9 }),
      line({ id: "b", available: -2, version: 8 }),
    ];
    expect(shortagesOf({ reservations })).toEqual([]);
  });

  it("is short of nothing once it holds nothing", () => {
    expect(shortagesOf({ reservations: [line({ id: "a", held: 0, available: -5 })] })).toEqual([]);
  });

  it("takes the answer about one of its holds, unless it knows a newer one", () => {
    const order = {
      orderId: "O",
      state: "held" as const,
      expiresAt: null,
      reservations: [line({ id: "a" })],
    };
    const held = (done: Reservation) => withReservation(order, done).reservations[0]?.held;
    expect([
      held(line({ id: "a", held: 7, version: 4 })),
      held(line({ id: "a", held: 7, version: 2 })),
    ]).toEqual([7, 2]);
  });
});

describe("orders that hold units", () => {
  it("come in the order of their first hold, each with what it holds in all", () => {
    const holds = [
      line({ id: "1", orderId: "B", productId: "x" }),
      line({ id: "2", orderId: null }),
      line({ id: "3", orderId: "A" }),
      line({ id: "4", orderId: "B", productId: "y", held: 3 }),
      line({ id: "5", orderId: "B", productId: "x" }),
    ];
    expect(holdingOrders(holds).map(({ orderId, products, held }) => [orderId, products, held])).toEqual([
      ["B", 2, 7],
      ["A", 1, 2],
    ]);
  });
});
