/** What an event says in few words. */
import { describe, expect, it } from "vitest";
import type { BookEvent, EventData, EventType } from "../../src/client/wire-events.ts";
import { whatOf } from "../../src/console/pages/events-words.ts";

const HEAD = {
  offset: 1,
  id: "P:1",
  productId: "P",
  version: 1,
  at: "2026-03-01T11:00:00.000Z",
  actor: "key:1",
};

function said<T extends EventType>(type: T, data: EventData[T]): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pair of type and data is what an event is
  return whatOf({ ...HEAD, level: null, type, data } as BookEvent);
}

const HOLD = {
  reservationId: "P~1",
  locationId: "main",
  orderId: "ORD-1",
  customerId: null,
  state: "held" as const,
  quantity: 2,
  held: 2,
  confirmed: 0,
  released: 0,
  returned: 0,
  expiresAt: null,
  createdAt: "2026-03-01T11:00:00.000Z",
  metadata: null,
  owner: null,
};
const MOVED = {
  type: "damage" as const,
  locationId: "main",
  delta: -4,
  before: 10,
  after: 6,
  reason: "box crushed",
};

describe("what an event says", () => {
  it("of stock is the change and its reason", () => {
    expect([
      said("stock.adjusted", { ...MOVED, reference: null }),
      said("stock.adjusted", { ...MOVED, delta: 40, reason: null, reference: "DN-7" }),
      said("stock.counted", { ...MOVED, adjustedBy: null }),
      said("stock.low", { available: 4, minimumStockLevel: 5 }),
      said("stock.overstocked", { onHand: 1200, maximumStockLevel: 1000 }),
    ]).toEqual([
      "\u22124 box crushed",
      "+40 damage, DN-7",
      "6 on hand, was 10",
      "4 available, low below 5",
      "1,200 on hand, high above 1,000",
    ]);
  });

  it("of a hold is its units, its order and why", () => {
    expect([
      said("reservation.held", HOLD),
      said("reservation.held", { ...HOLD, held: 1, orderId: null }),
      said("reservation.resized", { ...HOLD, before: 5 }),
      said("reservation.extended", { ...HOLD, before: null }),
      said("reservation.released", { ...HOLD, releasedQuantity: 2, reason: "changed mind" }),
      said("reservation.expired", { ...HOLD, held: 0, expiredQuantity: 2 }),
      said("reservation.returned", { ...HOLD, returnedQuantity: 1, restock: false, reason: "broken" }),
    ]).toEqual([
      "2 units, order ORD-1",
      "1 unit",
      "2 units, was 5, order ORD-1",
      "no expiry, order ORD-1",
      "2 units, order ORD-1, changed mind",
      "2 units, order ORD-1",
      "1 unit, order ORD-1, broken, not put back",
    ]);
  });

  it("of a product is what was changed in it", () => {
    expect([
      said("product.updated", { changes: { name: "Falcon", price: null } }),
      said("product.updated", { locationId: "berlin", removed: true }),
      said("product.updated", { locationId: "berlin", safetyStock: 2, backorderLimit: 0 }),
      said("product.deleted", { reason: "wrong id", forced: true }),
      said("product.deleted", { reason: null, forced: false }),
    ]).toEqual([
      "name, price",
      "level at berlin removed",
      "berlin: safety 2, backorder up to 0",
      "with stock on hand, wrong id",
      "",
    ]);
  });
});
