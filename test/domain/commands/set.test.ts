import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../../src/domain/command";
import { decide } from "../../../src/domain/decide";
import { isRefused } from "../../../src/domain/decision";
import { MAX_QUANTITY } from "../../../src/limits";
import { facts, type Given } from "../plain-facts";

const HOW = { locationId: "main", reason: "set", force: false };

function set(given: Given, command: Omit<CommandOf<"set">, "verb">) {
  return decide(facts(given), { verb: "set", ...command });
}

function decided(given: Given, command: Omit<CommandOf<"set">, "verb">) {
  const outcome = set(given, command);
  return isRefused(outcome) ? expect.fail(outcome.refusal.code) : outcome;
}

const level = { locationId: "main", onHand: 10, reserved: 3, safetyStock: 2 };

describe("set", () => {
  it("edits and counts: the events of both, the rows of both", () => {
    const done = decided({}, { patch: { name: "N" }, count: { ...HOW, newQuantity: 4, adjustedBy: "me" } });
    expect(done.events.map(({ type }) => type)).toEqual(["product.updated", "stock.counted"]);
    expect(done.events[1]?.data).toMatchObject({ before: 10, after: 4, reason: "set", adjustedBy: "me" });
    expect([done.product?.fields.name, done.levels?.[0]?.onHand]).toEqual(["N", 4]);
    expect(done.answer).toEqual({ view: "stock" });
  });

  it("edits alone, and answers with the stock", () => {
    const done = decided({}, { patch: { name: "N" } });
    expect(done.events.map(({ type }) => type)).toEqual(["product.updated"]);
    expect([done.answer, done.levels]).toEqual([{ view: "stock" }, undefined]);
  });

  it.each([
    ["more than there is", level, 20, 25],
    ["none", level, 0, 5],
    ["where holds have more than there is", { ...level, onHand: 1 }, 0, 5],
    ["where the product has no level", { locationId: "elsewhere" }, 7, 7],
  ])("counts so that so many are available: %s", (_, given, available, onHand) => {
    const { levels } = decided({ levels: [given] }, { patch: {}, count: { ...HOW, available } });
    expect(levels).toMatchObject([{ locationId: "main", onHand }]);
  });

  it("finds nothing to do where all is as asked", () => {
    const count = { ...HOW, available: 5 };
    expect(decided({ levels: [level] }, { patch: { name: "P" }, count }).events).toEqual([]);
  });

  it.each([
    ["a count below what is held", {}, { ...HOW, newQuantity: 2 }, "below_reserved"],
    [
      "more than fits a level",
      { levels: [level] },
      { ...HOW, available: MAX_QUANTITY },
      "quantity_out_of_range",
    ],
    ["a product that is not there", { absent: true }, { ...HOW, available: 1 }, "product_not_found"],
  ])("does neither: %s", (_, given, count, code) => {
    expect(set(given, { patch: { name: "N" }, count })).toMatchObject({ refusal: { code } });
    expect(set(given, { patch: { name: "N" }, count })).not.toHaveProperty("events");
  });
});
