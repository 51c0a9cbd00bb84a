/** How short products are at this moment, and which is the worst. */
import { describe, expect, it } from "vitest";
import type { LowStock } from "../../src/client/wire.ts";
import { shortfallNow, sortedByShortfall } from "../../src/console/pages/low-stock-order.ts";

function low(productId: string, shortfall: number, minimumStockLevel = 10): LowStock {
  return {
    productId,
    name: productId,
    price: null,
    onHand: 0,
    reserved: 0,
    available: minimumStockLevel - shortfall,
    safetyStock: 0,
    backorderLimit: 0,
    minimumStockLevel,
    lowStock: true,
    oversold: false,
    overstocked: false,
    version: 5,
    updatedAt: "2026-03-01T11:00:00.000Z",
    levels: [],
    kind: "set",
    shortfall,
  };
}

const numbers = (version: number, available: number) => ({
  productId: "P",
  version,
  onHand: available,
  reserved: 0,
  available,
});

describe("what a product is short of", () => {
  it("is what the service said, until there are newer numbers", () => {
    expect([
      shortfallNow(low("P", 4), undefined),
      shortfallNow(low("P", 4), numbers(5, 9)),
      shortfallNow(low("P", 4), numbers(6, 9)),
    ]).toEqual([4, 4, 1]);
  });

  it("is nothing where there is enough, and the whole minimum where it is oversold", () => {
    expect([shortfallNow(low("P", 4), numbers(6, 30)), shortfallNow(low("P", 4), numbers(6, -7))]).toEqual([
      0, 10,
    ]);
  });
});

it("The worst comes first, of equals the one with the lesser id", () => {
  const newest = new Map([["c", numbers(9, 1)]]);
  const sorted = sortedByShortfall([low("a", 8), low("d", 3), low("b", 3), low("c", 2)], (id) =>
    newest.get(id),
  );
  expect(sorted.map(({ productId }) => productId)).toEqual(["c", "a", "b", "d"]);
});
