import { describe, expect, it } from "vitest";
import type { Command, OrderLine } from "../../../src/domain/command";
import { OTHER_ULID } from "../plain-facts";
import { decided, refusal } from "./cases";

describe("lines of an order", () => {
  const anywhere = (quantity: number): OrderLine => ({ quantity, locationIds: [], anyLocation: true });
  const at = (quantity: number, ...locationIds: string[]): OrderLine => ({
    quantity,
    locationIds,
    anyLocation: false,
  });
  const reserve = (lines: OrderLine[], split = false): Command => ({
    verb: "reserve-lines",
    orderId: "O",
    ttlSeconds: 60,
    split,
    lines,
  });
  const levels = [
    { locationId: "a", onHand: 10 },
    { locationId: "b", onHand: 5, safetyStock: 1, backorderLimit: 2 },
  ];

  it("serve first who must be served at one place", () => {
    const { levels: after, reservations } = decided({ levels }, reserve([anywhere(6), at(10, "a")]));
    expect(after).toMatchObject([
      { locationId: "a", reserved: 10 },
      { locationId: "b", reserved: 6 },
    ]);
    expect(reservations?.map(({ ulid, held }) => [ulid, held])).toEqual([
      [OTHER_ULID, 10],
      [OTHER_ULID, 6],
    ]);
  });

  it("are split over what each place may give, backorders included, and over no more", () => {
    const { reservations } = decided({ levels }, reserve([anywhere(16)], true));
    expect(reservations?.map(({ locationId, held }) => [locationId, held])).toEqual([
      ["a", 10],
      ["b", 6],
    ]);
    expect(refusal({ levels }, reserve([anywhere(17)], true))).toEqual({
      code: "insufficient_stock",
      shortages: [{ productId: "P", locationId: "a", requested: 17, available: 14 }],
    });
  });

  it("name every place that is short", () => {
    expect(refusal({ levels }, reserve([at(11, "a"), at(9, "b"), at(2, "a")]))).toEqual({
      code: "insufficient_stock",
      shortages: [
        { productId: "P", locationId: "a", requested: 13, available: 10 },
        { productId: "P", locationId: "b", requested: 9, available: 4 },
      ],
    });
  });

  it("of a product without any level are short at main", () => {
    expect(refusal({ levels: [] }, reserve([anywhere(1)]))).toEqual({
      code: "insufficient_stock",
      shortages: [{ productId: "P", locationId: "main", requested: 1, available: 0 }],
    });
  });
});
