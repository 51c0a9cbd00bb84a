import { describe, expect, it } from "vitest";
import { decide } from "../../src/domain/decide";
import type { Command, CommandOf, OrderLine } from "../../src/domain/command";
import { isRefused, type Decision } from "../../src/domain/decision";
import { mergedRefusal, orderView, type ReservationView } from "../../src/domain/order";
import { facts, hold, NOW, OTHER_ULID, ULID, type Given } from "./plain-facts";

const PIN: Command = { verb: "prepare", ulid: ULID, forSeconds: 3600 };
const UNPIN: CommandOf<"abort"> = { verb: "abort", ulid: ULID };
const SELL: Command = { verb: "confirm-prepared", ulid: ULID };
const pinned = { prepared: { expiresAt: NOW + 60_000 }, expiresAt: NOW + 3_600_000 };

function decided(given: Given, command: Command): Decision {
  const outcome = decide(facts(given), command);
  if (isRefused(outcome)) throw new Error(JSON.stringify(outcome));
  return outcome;
}

function refusal(given: Given, command: Command) {
  const outcome = decide(facts(given), command);
  return isRefused(outcome) ? outcome.refusal : outcome;
}

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
