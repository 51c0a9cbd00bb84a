import { describe, expect, it } from "vitest";
import { expireHolds } from "../../src/domain/commands/expire";
import { crossings } from "../../src/domain/threshold-crossings";
import { collidingRouteWord, parseReservationId, reservationId } from "../../src/domain/ids";
import { normalizeAmount, plainDecimal } from "../../src/domain/money";
import { availability, DEFAULT_FIELDS } from "../../src/domain/product";
import { emptyLevel, isOversold, totals, type Level } from "../../src/domain/level";
import { checkView, levelView } from "../../src/domain/views";
import { hold, ULID } from "./plain-facts";

const level = (given: Partial<Level> = {}): Level => ({ ...emptyLevel("main"), ...given });
const fields = { ...DEFAULT_FIELDS, name: "P", minimumStockLevel: 10 };

describe("ids", () => {
  it("a reservation's id carries its product", () => {
    expect(parseReservationId(reservationId("A.b-1_c", ULID))).toEqual({ productId: "A.b-1_c", ulid: ULID });
  });
  it.each([
    "",
    "~",
    `~${ULID}`,
    "P",
    "P~",
    `-P~${ULID}`,
    `P~${ULID}x`,
    "P~01JT5X7K9M000000000000000I",
    `P~Q~${ULID}`,
  ])("%j is no reservation's id", (id) => expect(parseReservationId(id)).toBeUndefined());
  it("route words collide whatever their case", () => {
    expect(collidingRouteWord("Low-Stock")).toBe("low-stock");
    expect(collidingRouteWord("low-stock-1")).toBeUndefined();
  });
});

describe("money", () => {
  it.each([
    ["0799.90", "799.90"],
    ["799.9", "799.90"],
    ["0", "0.00"],
    ["00", "0.00"],
    ["12", "12.00"],
    ["0.000010", "0.00001"],
  ])("%s is %s", (given, amount) => expect(normalizeAmount(given)).toBe(amount));
  it.each([
    ["1e-7", "0.0000001"],
    ["1.5e3", "1500"],
    ["1.5E+3", "1500"],
    ["12.34e1", "123.4"],
    ["12.34e-1", "1.234"],
    ["12.34e-2", "0.1234"],
    ["1.50e-3", "0.0015"],
    ["0.05e1", "0.5"],
    ["0e5", "0"],
    ["1e0", "1"],
    ["123456789012345e-18", "0.000123456789012345"],
    ["1e21", "1000000000000000000000"],
    ["1e-18", "0.000000000000000001"],
  ])("%s is %s without its exponent", (given, plain) => expect(plainDecimal(given)).toBe(plain));
  it.each(["649.99", "1e", "e5", "-1e5", "1e5.5", "1e1000", "5e-324", "Infinity", ""])(
    "%j has no exponent to resolve",
    (given) => expect(plainDecimal(given)).toBe(given),
  );
});

describe("availability", () => {
  it.each([
    ["in_stock", fields, [level({ onHand: 10 })]],
    ["low_stock", fields, [level({ onHand: 9 })]],
    ["out_of_stock", fields, [level({ onHand: 3, reserved: 3 })]],
    ["out_of_stock", fields, []],
    ["backorder", fields, [level({ reserved: 3, backorderLimit: 4 })]],
    ["unavailable", { ...fields, status: "inactive" as const }, [level({ onHand: 10 })]],
  ])("%s", (expected, given, levels) => expect(availability(given, levels)).toBe(expected));

  it("a level below zero does not take from another, but the signed sum tells", () => {
    const levels = [level({ reserved: 5 }), level({ locationId: "b", onHand: 10 })];
    expect(totals(levels)).toMatchObject({ available: 5, onShelf: 10, oversold: true });
    expect(isOversold(level({ onHand: 2, reserved: 3, backorderLimit: 1 }))).toBe(false);
  });

  it("storefronts see zero where staff see how far below", () => {
    expect(levelView(level({ reserved: 5 })).available).toBe(-5);
    expect(levelView(level({ reserved: 5 }), true).available).toBe(0);
  });

  it("a check without a level has nothing", () => {
    const levels = { candidates: [], chosen: undefined, others: [] };
    expect(checkView(levels, { quantity: 1, clamped: false })).toEqual({
      available: 0,
      alternatives: [],
    });
  });

  it("a check that falls short tells the number that comes closest", () => {
    const candidates = [level({ onHand: 1 }), level({ locationId: "b", onHand: 3 })];
    const levels = { candidates, chosen: undefined, others: candidates };
    expect(checkView(levels, { quantity: 5, clamped: true })).toEqual({ available: 3, alternatives: [] });
  });
});

describe("crossings", () => {
  const at = (onHand: number) => ({ fields, levels: [level({ onHand })] });
  it.each([
    [12, 9, ["stock.low"]],
    [9, 8, []],
    [8, 12, ["stock.recovered"]],
    [12, 0, ["stock.low", "stock.depleted"]],
    [0, 12, ["stock.available", "stock.recovered"]],
    [1, 0, ["stock.depleted"]],
    [0, 1, ["stock.available"]],
    [0, 0, []],
  ])("from %i to %i", (before, after, types) => {
    expect(crossings(at(before), at(after)).map(({ type }) => type)).toEqual(types);
  });
});

describe("more than the maximum", () => {
  const at = (onHand: number, maximumStockLevel: number | null) => ({
    fields: { ...fields, minimumStockLevel: 0, maximumStockLevel },
    levels: [level({ onHand })],
  });
  const limits = { from: 10, to: 10 };
  it.each([
    ["rising past it", 10, 11, limits, ["stock.overstocked"]],
    ["rising on beyond it", 11, 12, limits, []],
    ["falling back and below", 11, 9, limits, []],
    ["a limit that is lowered", 9, 9, { from: 10, to: 5 }, []],
    ["no limit", 9, 90, { from: null, to: null }, []],
  ])("%s", (_, before, after, { from, to }, types) => {
    expect(crossings(at(before, from), at(after, to)).map(({ type }) => type)).toEqual(types);
  });
  it("is told with both numbers", () => {
    expect(crossings(at(3, 10), at(11, 10))).toEqual([
      { type: "stock.overstocked", data: { onHand: 11, maximumStockLevel: 10 }, level: null },
    ]);
  });
});

describe("expiry", () => {
  it("is one event a hold, with the level if there still is one", () => {
    const ended = expireHolds("P", [hold(), hold({ locationId: "gone" })], new Map([["main", level()]]));
    expect(ended.events).toMatchObject([{ level: { locationId: "main" } }, { level: null }]);
    expect(ended.reservations).toMatchObject([{ state: "expired", held: 0, expiredQuantity: 3 }, {}]);
  });
});
