/** Where stock may be brought, and where it is taken from. */
import { describe, expect, it } from "vitest";
import { chooseLevel, chooseSplit } from "../../src/domain/choice";
import type { Command } from "../../src/domain/command";
import { decide } from "../../src/domain/decide";
import { isRefused } from "../../src/domain/decision";
import { areOutdated, destinations, refuseArrival, type Places } from "../../src/domain/places";
import { emptyLevel, type Level } from "../../src/domain/level";
import { facts, NOW, ULID, type Given } from "./plain-facts";

const FORCE = { force: false, reason: "why" } as const;
const BY = { actor: "test", clamped: false };
const adjust = (locationId: string, delta: number): Command => ({
  verb: "adjust",
  locationId,
  delta,
  type: "correction",
  ...FORCE,
});
const count = (locationId: string, newQuantity: number): Command => ({
  verb: "count",
  locationId,
  newQuantity,
  ...FORCE,
});
const back = (locationId?: string): Command => ({
  verb: "return",
  ulid: ULID,
  quantity: 1,
  restock: true,
  reason: "unworn",
  ...(locationId !== undefined && { locationId }),
});
const SOLD = { state: "confirmed", held: 0, confirmed: 3 } as const;

/** `open` is open, `closed` is being deleted, `gone` is not there any more; the product has 10 at each. */
const PLACES: Places = { open: ["open", "main"], closed: ["closed"], goodUntilMs: null };
const GIVEN: Given = {
  levels: ["open", "closed", "gone"].map((locationId) => ({ locationId, onHand: 10 })),
  holds: [{ ...SOLD, locationId: "gone" }],
};

function refusal(command: Command, given: Given = GIVEN): string | undefined {
  const known = facts(given);
  const outcome = decide(known, command, BY);
  if (isRefused(outcome)) return outcome.refusal.code;
  return refuseArrival(known, { command, places: PLACES }, outcome)?.code;
}

describe("stock that is brought to a place", () => {
  const cases: [string, Command, string | undefined][] = [
    ["a receipt", adjust("open", 1), undefined],
    ["a receipt at a closed place", adjust("closed", 1), "location_closed"],
    ["a receipt at a place that is gone", adjust("gone", 1), "location_not_found"],
    ["a first receipt nowhere", adjust("nowhere", 1), "location_not_found"],
    ["a sale at a closed place", adjust("closed", -1), undefined],
    ["a sale at a place that is gone", adjust("gone", -1), undefined],
    ["a count up at a place that is gone", count("gone", 11), "location_not_found"],
    ["a count down at a place that is gone", count("gone", 9), undefined],
    ["a count to nothing at a closed place", count("closed", 0), undefined],
    ["a count of nothing where nothing is", count("nowhere", 0), "location_not_found"],
    [
      "a transfer from a place that is gone",
      { verb: "transfer", fromLocationId: "gone", toLocationId: "open", quantity: 10 },
      undefined,
    ],
    [
      "a transfer to a closed place",
      { verb: "transfer", fromLocationId: "open", toLocationId: "closed", quantity: 1 },
      "location_closed",
    ],
    [
      "a backorder limit that is raised at a closed place",
      { verb: "set-level", locationId: "closed", backorderLimit: 1 },
      "location_closed",
    ],
    [
      "a safety stock at a closed place",
      { verb: "set-level", locationId: "closed", safetyStock: 1 },
      undefined,
    ],
    [
      "a rule for nowhere",
      { verb: "set-level", locationId: "nowhere", safetyStock: 1 },
      "location_not_found",
    ],
    ["a return to where it was sold, which is gone", back(), "location_not_found"],
    ["a return to another place", back("open"), undefined],
    ["a return to a closed place", back("closed"), "location_closed"],
    ["a return that is put nowhere", { ...back(), restock: false } as Command, undefined],
    [
      "the end of a level at a place that is gone",
      { verb: "remove-level", locationId: "gone" },
      "level_in_use",
    ],
  ];
  it.each(cases)("%s", (_, command, code) => expect(refusal(command)).toBe(code));

  it.each([
    ["first stock at an open place", { locationId: "open", quantity: 1 }, undefined],
    ["first stock nowhere", { locationId: "nowhere", quantity: 0 }, "location_not_found"],
    ["no first stock", undefined, undefined],
  ])("%s", (_, initial, code) => {
    const command: Command = { verb: "create", fields: {}, ...(initial && { initial }) };
    expect(refusal(command, { absent: true, levels: [] })).toBe(code);
  });

  it("may come to any place while none is known", () => {
    const known = facts(GIVEN);
    const outcome = decide(known, adjust("nowhere", 1), BY);
    if (isRefused(outcome)) expect.fail("it was refused");
    expect(refuseArrival(known, { command: adjust("nowhere", 1) }, outcome)).toBeUndefined();
  });

  it("is not asked about where nothing is brought", () => {
    expect(destinations({ verb: "cancel", ulid: ULID })).toEqual([]);
    expect(destinations({ verb: "create", fields: {} })).toEqual([]);
    expect(destinations(back()), "only the product knows where it was sold").toBeUndefined();
    expect(destinations(back("open"))).toEqual(["open"]);
  });

  it("is decided by places as long as they are good, the last known ones for ever", () => {
    expect(areOutdated({ ...PLACES, goodUntilMs: NOW }, NOW - 1)).toBe(false);
    expect(areOutdated({ ...PLACES, goodUntilMs: NOW }, NOW)).toBe(true);
    expect(areOutdated(PLACES, NOW)).toBe(false);
    expect(areOutdated(undefined, NOW)).toBe(false);
  });
});

describe("a return to another place", () => {
  it("makes the level there, and the event says where", () => {
    const given: Given = { holds: [SOLD], levels: [{ locationId: "main", onHand: 10 }] };
    expect(decide(facts(given), back("north"), BY)).toMatchObject({
      levels: [{ locationId: "north", onHand: 1 }],
      events: [
        {
          type: "reservation.returned",
          level: { locationId: "north" },
          data: { locationId: "main", movement: { locationId: "north", before: 0, after: 1 } },
        },
      ],
    });
  });
});

describe("the choice of a level", () => {
  const level = (locationId: string, onHand: number, backorderLimit = 0): Level => ({
    ...emptyLevel(locationId),
    onHand,
    backorderLimit,
  });

  it.each<[string, Level[], number, string | undefined]>([
    ["a shelf comes before an earlier backorder", [level("a", 0, 9), level("b", 5)], 5, "b"],
    ["a backorder before none at all", [level("a", 2, 9), level("b", 4)], 5, "a"],
    ["the first of two shelves", [level("a", 5), level("b", 9)], 5, "a"],
    ["the first of two that may backorder", [level("a", 1, 3), level("b", 1, 4), level("c", 0, 9)], 5, "b"],
    ["nothing where there is not enough", [level("a", 4), level("b", 4)], 5, undefined],
  ])("%s", (_, levels, quantity, chosen) => {
    expect(chooseLevel(levels, quantity)?.locationId).toBe(chosen);
  });

  it.each<[string, Level[], number, [string, number][] | undefined]>([
    [
      "shelves first, in order",
      [level("a", 3, 9), level("b", 4)],
      6,
      [
        ["a", 3],
        ["b", 3],
      ],
    ],
    [
      "B-02: a shelf that has all of it",
      [level("a", 10), level("b", 50)],
      13,
      [
        ["a", 10],
        ["b", 3],
      ],
    ],
    [
      "then the rest ahead at the first that may have all of it, in one part with its shelf",
      [level("a", 3, 1), level("b", 4, 9)],
      9,
      [
        ["a", 3],
        ["b", 6],
      ],
    ],
    [
      "or at several, if none may",
      [level("a", 1, 2), level("b", 0), level("c", 1, 2)],
      6,
      [
        ["a", 3],
        ["c", 3],
      ],
    ],
    [
      "B-03: nothing from below zero, beyond its limit",
      [level("a", -5, 6), level("b", 2)],
      3,
      [
        ["b", 2],
        ["a", 1],
      ],
    ],
    ["nothing where there is not enough", [level("a", 1, 2), level("b", 1)], 5, undefined],
  ])("split: %s", (_, levels, quantity, units) => {
    const found = chooseSplit(levels, quantity);
    expect(found && [...found]).toEqual(units);
  });

  const given: Given = {
    levels: [
      { locationId: "a", onHand: 1, backorderLimit: 9 },
      { locationId: "b", onHand: 3 },
      { locationId: "gone", onHand: 9 },
    ],
    holds: [],
  };
  const places = { locationIds: ["a", "b"], anyLocation: true };

  it("is the same for a reserve and for the lines of an order, and never a place that is not known", () => {
    const reserve = { verb: "reserve", quantity: 3, ...places, ttlSeconds: 60 } as const;
    expect(decide(facts(given), reserve, BY)).toMatchObject({ levels: [{ locationId: "b" }] });
    const named = { ...reserve, locationIds: ["b", "a"], quantity: 5 };
    expect(decide(facts(given), named, BY)).toMatchObject({ levels: [{ locationId: "a" }] });
    expect(decide(facts(given), { ...reserve, quantity: 11 }, BY)).toMatchObject({
      refusal: { code: "insufficient_stock", shortages: [{ locationId: "a", available: 1 }] },
    });
    const order = { verb: "reserve-lines", orderId: "O", ttlSeconds: 60 } as const;
    const lines = [{ quantity: 3, ...places }];
    expect(decide(facts(given), { ...order, lines, split: false }, BY)).toMatchObject({
      reservations: [{ locationId: "b", held: 3 }],
    });
    const more = [{ quantity: 9, ...places }];
    expect(decide(facts(given), { ...order, lines: more, split: true }, BY)).toMatchObject({
      reservations: [
        { locationId: "a", held: 6 },
        { locationId: "b", held: 3 },
      ],
    });
  });
});

describe("taking what is not there", () => {
  const given = (onHand: number, reserved: number): Given => ({
    levels: [{ locationId: "main", onHand, reserved }],
    holds: [{ held: reserved }],
  });

  it.each([
    [10, 0, -11, "insufficient_stock"],
    [10, 3, -11, "insufficient_stock"],
    [10, 3, -8, "below_reserved"],
    [10, 3, -7, undefined],
    [2, 5, -1, "below_reserved"],
    [-5, 0, -1, "insufficient_stock"],
    [-5, 3, 2, undefined],
  ])("with %i on hand and %i held, a change of %i is %s", (onHand, reserved, delta, code) => {
    expect(refusal(adjust("main", delta), given(onHand, reserved))).toBe(code);
  });

  it("tells what was asked for and what could be had", () => {
    expect(decide(facts(given(10, 3)), adjust("main", -12), BY)).toEqual({
      refusal: {
        code: "insufficient_stock",
        shortages: [{ productId: "P", locationId: "main", requested: 12, available: 7 }],
      },
    });
  });

  it("D-03: a count below what is held names the holds", () => {
    expect(decide(facts(given(120, 15)), count("main", 5), BY)).toMatchObject({
      refusal: { code: "below_reserved", newQuantity: 5, reserved: 15, holds: [`P~${ULID}`] },
    });
  });
});
