import { describe, expect, it } from "vitest";
import { mergedRefusal, orderView, type ReservationView } from "../../src/domain/order";

describe("an order", () => {
  const view = (state: ReservationView["state"], expiresAt: string | null = null): ReservationView => ({
    reservationId: "P~X",
    productId: "P",
    state,
    held: 1,
    expiresAt,
  });

  it.each([
    [["held", "confirmed", "expired"], "held"],
    [["released", "confirmed", "expired"], "confirmed"],
    [["released", "expired"], "expired"],
    [["released"], "released"],
    [[], "released"],
  ] as const)("of %o is %s", (states, state) => {
    expect(
      orderView(
        "O",
        states.map((one) => view(one)),
      ).state,
    ).toBe(state);
  });

  it("is what its coordinator is at, as long as it is", () => {
    expect(
      orderView("O", [view("held", "2026-01-02"), view("held", "2026-01-01")], "confirming"),
    ).toMatchObject({
      state: "confirming",
      expiresAt: "2026-01-01",
    });
  });

  it("is refused for what lasts before what is short, and for what is short before what passes", () => {
    const short = (productId: string) => ({
      code: "insufficient_stock" as const,
      shortages: [{ productId, locationId: "main", requested: 2, available: 1 }],
    });
    const busy = { code: "overloaded" } as const;
    const missing = { code: "product_not_found", productId: "Q" } as const;
    expect(mergedRefusal([busy, short("A"), missing])).toEqual(missing);
    expect(mergedRefusal([busy, short("A"), short("B")])).toEqual({
      code: "insufficient_stock",
      shortages: [...short("A").shortages, ...short("B").shortages],
    });
    expect(mergedRefusal([busy, { code: "internal" }])).toEqual(busy);
    expect(() => mergedRefusal([])).toThrow("no refusals");
  });
});
