import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../../src/domain/command";
import { decide } from "../../../src/domain/decide";
import { isRefused } from "../../../src/domain/decision";
import { facts, OTHER_ULID, ULID } from "../plain-facts";
import { GONE, SOLD, itRefuses } from "./cases";

const RESERVE: CommandOf<"reserve"> = {
  verb: "reserve",
  quantity: 2,
  locationIds: [],
  anyLocation: true,
  ttlSeconds: 60,
};

describe("reserve", () => {
  itRefuses([
    [
      "reserve of a product that is not sold",
      { fields: { status: "discontinued" } },
      RESERVE,
      "product_not_active",
    ],
    [
      "reserve at a level that is not there",
      {},
      { ...RESERVE, anyLocation: false, locationIds: ["x"] },
      "level_not_found",
    ],
    ["reserve nowhere", {}, { ...RESERVE, anyLocation: false }, "level_not_found"],
    ["reserve of a product without levels", { levels: [] }, RESERVE, "insufficient_stock"],
    ["supersede an unknown hold", {}, { ...RESERVE, supersedes: OTHER_ULID }, "reservation_not_found"],
    [
      "supersede a sold hold",
      { holds: [SOLD] },
      { ...RESERVE, supersedes: ULID },
      "reservation_already_confirmed",
    ],
  ]);

  it("a shortage of a product without levels names main", () => {
    expect(decide(facts({ levels: [] }), RESERVE)).toEqual({
      refusal: {
        code: "insufficient_stock",
        shortages: [{ productId: "P", locationId: "main", requested: 2, available: 0 }],
      },
    });
  });

  it("superseding at another location changes both levels", () => {
    const given = {
      levels: [
        { locationId: "a", onHand: 9 },
        { locationId: "main", onHand: 3, reserved: 3 },
      ],
    };
    const outcome = decide(facts(given), { ...RESERVE, supersedes: ULID });
    expect(outcome).toMatchObject({
      levels: [
        { locationId: "main", reserved: 0 },
        { locationId: "a", reserved: 2 },
      ],
      events: [{ type: "reservation.released" }, { type: "reservation.held" }],
    });
  });

  it("superseding says how many units it took over, a plain hold nothing", () => {
    const held = (supersedes?: string) =>
      decide(facts({}), { ...RESERVE, ...(supersedes !== undefined && { supersedes }) });
    expect(held(ULID)).toMatchObject({ events: [{}, { data: { held: 2, takenOver: 3 } }] });
    const plain = held();
    expect("events" in plain && plain.events[0]?.data).not.toHaveProperty("takenOver");
  });

  it("superseding what has ended is a plain hold", () => {
    expect(decide(facts({ holds: [GONE] }), { ...RESERVE, supersedes: ULID })).toMatchObject({
      events: [{ type: "reservation.held" }],
    });
  });

  it("superseding one's own hold does not count it against the limit", () => {
    const given = { holds: [{ customerId: "c" }], fields: { maxPerCustomer: 3 }, customerUnits: 3 };
    const outcome = decide(facts(given), { ...RESERVE, quantity: 3, customerId: "c", supersedes: ULID });
    expect(isRefused(outcome)).toBe(false);
  });
});
