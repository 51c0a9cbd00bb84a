/** Numbers, money and times as the console writes them. */
import { describe, expect, it } from "vitest";
import {
  initials,
  shownAge,
  shownChange,
  shownCount,
  shownLeft,
  shownMoney,
  shownNumber,
} from "../../src/console/format.ts";

describe("a number", () => {
  it.each([
    [0, "0"],
    [1234, "1,234"],
    [-4, "\u22124"],
    [1_000_000_000, "1,000,000,000"],
  ])("%d is %s", (value, shown) => expect(shownNumber(value)).toBe(shown));

  it.each([
    [40, "+40"],
    [-1500, "\u22121,500"],
    [0, "0"],
  ])("that changes by %d is %s", (value, shown) => expect(shownChange(value)).toBe(shown));

  it("has its unit in one or in many", () => {
    expect([shownCount(1, "unit"), shownCount(1200, "unit"), shownCount(2, "entry", "entries")]).toEqual([
      "1 unit",
      "1,200 units",
      "2 entries",
    ]);
  });
});

describe("money", () => {
  it.each([
    ["799.99", "USD", "$799.99"],
    ["40", "USD", "$40.00"],
    ["0.000000123", "USD", "$0.000000123"],
    ["1234.5", "EUR", "€1,234.50"],
    ["12.5", "DOGE", "12.5 DOGE"],
  ])("of %s %s is %s", (amount, currency, shown) => expect(shownMoney({ amount, currency })).toBe(shown));
});

describe("an age", () => {
  it.each([
    [-5000, "now"],
    [9999, "now"],
    [10_000, "10 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [3_599_999, "59 min"],
    [3_600_000, "1 h"],
    [86_399_999, "23 h"],
    [86_400_000, "1 d"],
    [40 * 86_400_000, "40 d"],
  ])("of %d ms is %s", (ms, shown) => expect(shownAge(ms)).toBe(shown));
});

describe("what is left", () => {
  it.each([
    [-1, "0:00"],
    [0, "0:00"],
    [499, "0:00"],
    [501, "0:01"],
    [17_000, "0:17"],
    [867_000, "14:27"],
    [3_725_000, "1:02:05"],
    [4 * 86_400_000 - 20 * 3_600_000, "3 d 4 h"],
  ])("of %d ms is %s", (ms, shown) => expect(shownLeft(ms)).toBe(shown));
});

describe("a tile", () => {
  it.each([
    ["Star Wars", "St"],
    ["éclair", "Éc"],
    ["7", "7"],
    ["—", "?"],
    ["李雷", "李雷"],
  ])("of %s has the letters %s", (name, letters) => expect(initials(name)).toBe(letters));
});
