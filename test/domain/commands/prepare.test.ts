import { describe, expect, it } from "vitest";
import type { Command, CommandOf } from "../../../src/domain/command";
import { hold, NOW, ULID } from "../plain-facts";
import { decided, refusal } from "./cases";

const PIN: Command = { verb: "prepare", ulid: ULID, forSeconds: 3600 };
const UNPIN: CommandOf<"abort"> = { verb: "abort", ulid: ULID };
const SELL: Command = { verb: "confirm-prepared", ulid: ULID };
const pinned = { prepared: { expiresAt: NOW + 60_000 }, expiresAt: NOW + 3_600_000 };

describe("a pinned hold", () => {
  it("lives on and keeps its own expiry aside", () => {
    const { events, reservations } = decided({}, PIN);
    expect(reservations).toEqual([
      hold({ expiresAt: NOW + 3_600_000, prepared: { expiresAt: NOW + 60_000 } }),
    ]);
    expect(events).toMatchObject([{ type: "reservation.extended", data: { pinned: true } }]);
  });

  it("is not told of when its expiry does not move", () => {
    for (const expiresAt of [null, NOW + 7_200_000]) {
      const { events, reservations } = decided({ holds: [{ expiresAt }] }, PIN);
      expect(events).toEqual([]);
      expect(reservations).toEqual([hold({ expiresAt, prepared: { expiresAt } })]);
    }
  });

  it("says why it is let go", () => {
    const { events } = decided({ holds: [pinned] }, { ...UNPIN, reason: "order O not confirmed" });
    expect(events).toMatchObject([{ data: { pinned: false, reason: "order O not confirmed" } }]);
    expect(decided({ holds: [pinned] }, UNPIN).events[0]?.data).not.toHaveProperty("reason");
  });

  it("is pinned once", () => expect(decided({ holds: [pinned] }, PIN).events).toEqual([]));

  it.each<[string, Command]>([
    ["release", { verb: "release", ulid: ULID }],
    ["cancel", { verb: "cancel", ulid: ULID }],
    ["resize", { verb: "resize", ulid: ULID, quantity: 1 }],
    ["extend", { verb: "extend", ulid: ULID, ttlSeconds: 99 }],
    ["confirm", { verb: "confirm", ulid: ULID, ifExpired: "reject" }],
    ["release of its order", { verb: "release-order", orderId: "O" }],
    ["deletion of its product, forced", { verb: "delete", force: true, reason: "recalled" }],
    [
      "reserve that supersedes it",
      {
        verb: "reserve",
        quantity: 1,
        locationIds: [],
        anyLocation: true,
        ttlSeconds: 60,
        supersedes: ULID,
      },
    ],
  ])("refuses a %s for the moment", (_, command) => {
    expect(refusal({ holds: [{ ...pinned, orderId: "O" }] }, command)).toEqual({ code: "overloaded" });
  });

  it.each([
    [{ state: "confirmed", held: 0 }, "reservation_already_confirmed"],
    [{ state: "released", held: 0 }, "reservation_already_released"],
    [{ state: "expired", held: 0 }, "reservation_expired"],
  ] as const)("is not made of one that is %o", (state, code) => {
    expect(refusal({ holds: [state] }, PIN)).toMatchObject({ code });
  });

  it.each([PIN, UNPIN, SELL])("must be there for %o", (command) => {
    expect(refusal({ holds: [] }, command)).toMatchObject({ code: "reservation_not_found" });
  });

  it.each([PIN, SELL])("must stand on a level for %o", (command) => {
    expect(refusal({ levels: [] }, command)).toMatchObject({ code: "level_not_found" });
  });

  it("must be there on the shelf, beside what others were promised", () => {
    const levels = [{ locationId: "main", onHand: 4, reserved: 6 }];
    expect(refusal({ levels, preparedUnits: 1 }, PIN)).not.toHaveProperty("code");
    expect(refusal({ levels, preparedUnits: 2 }, PIN)).toEqual({
      code: "insufficient_stock",
      shortages: [{ productId: "P", locationId: "main", requested: 3, available: 2 }],
    });
    const confirm: Command = { verb: "confirm", ulid: ULID, ifExpired: "reject" };
    expect(refusal({ levels, preparedUnits: 2 }, confirm)).toMatchObject({ code: "insufficient_stock" });
  });

  it("gets its own expiry back, or a moment more when that has passed", () => {
    expect(decided({ holds: [pinned] }, UNPIN).reservations).toEqual([hold()]);
    const late = { ...pinned, prepared: { expiresAt: NOW - 5 } };
    expect(decided({ holds: [late] }, UNPIN).reservations?.[0]?.expiresAt).toBe(NOW + 1);
    expect(decided({ holds: [{ expiresAt: null, prepared: { expiresAt: null } }] }, UNPIN).events).toEqual(
      [],
    );
    expect(decided({}, UNPIN).reservations).toBeUndefined();
  });

  it("is sold, even if it has lapsed meanwhile, and then from what is there", () => {
    const sold = decided({ holds: [pinned] }, SELL);
    expect(sold.levels).toMatchObject([{ onHand: 7, reserved: 0 }]);
    expect(sold.reservations).toMatchObject([{ state: "confirmed", confirmed: 3, prepared: null }]);
    const lapsed = decided(
      {
        holds: [{ state: "expired", held: 0, expiredQuantity: 3 }],
        levels: [{ locationId: "main", onHand: 1 }],
      },
      SELL,
    );
    expect(lapsed.levels).toMatchObject([{ onHand: -2, reserved: 0 }]);
    expect(lapsed.events[0]?.data).toMatchObject({ reacquired: true });
    expect(refusal({ holds: [{ state: "confirmed", held: 0 }] }, SELL)).toMatchObject({
      code: "reservation_already_confirmed",
    });
  });
});
