import { describe, expect, it } from "vitest";
import { expireHolds } from "../../../src/domain/commands/expire";
import { emptyLevel } from "../../../src/domain/level";
import { hold, OTHER_ULID } from "../plain-facts";

describe("expire", () => {
  it("ends each hold with an event of its own, which says how much lapsed and what the level is then", () => {
    const main = { ...emptyLevel("main"), onHand: 10 };
    const due = [hold(), hold({ ulid: OTHER_ULID, locationId: "lost", held: 2, released: 1 })];
    const { events, reservations } = expireHolds("P", due, new Map([["main", main]]));
    expect(reservations).toEqual([
      { ...due[0], state: "expired", held: 0, expiredQuantity: 3 },
      { ...due[1], state: "expired", held: 0, expiredQuantity: 2 },
    ]);
    expect(events).toMatchObject([
      { type: "reservation.expired", data: { expiredQuantity: 3, state: "expired" }, level: main },
      { type: "reservation.expired", data: { expiredQuantity: 2, state: "expired" }, level: null },
    ]);
  });

  it("of none does nothing", () => {
    expect(expireHolds("P", [], new Map())).toEqual({ events: [], reservations: [] });
  });
});
