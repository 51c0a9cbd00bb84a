import { describe, expect, it } from "vitest";
import type { Command, CommandOf } from "../../src/domain/command";
import { decide } from "../../src/domain/decide";
import { isRefused } from "../../src/domain/decision";
import { MAX_HOLD_EXTENSIONS, MAX_QUANTITY } from "../../src/limits";
import { facts, NOW, OTHER_ULID, ULID, type Given } from "./plain-facts";

const RESERVE: CommandOf<"reserve"> = {
  verb: "reserve",
  quantity: 2,
  locationIds: [],
  anyLocation: true,
  ttlSeconds: 60,
};
const FORCE = { force: false, reason: "why" } as const;
const onHold = (verb: "release" | "cancel"): Command => ({ verb, ulid: ULID });
const CONFIRM: CommandOf<"confirm"> = { verb: "confirm", ulid: ULID, ifExpired: "reject" };
const REACQUIRE: Command = { verb: "confirm", ulid: ULID, ifExpired: "reacquire" };
const RESIZE: Command = { verb: "resize", ulid: ULID, quantity: 5 };
const EXTEND: Command = { verb: "extend", ulid: ULID, ttlSeconds: 600 };
const RETURN: CommandOf<"return"> = {
  verb: "return",
  ulid: ULID,
  quantity: 1,
  restock: true,
  reason: "broken",
};

const LAPSED = { state: "expired", held: 0, expiredQuantity: 3, expiresAt: NOW - 1 } as const;
const SOLD = { state: "confirmed", held: 0, confirmed: 3 } as const;
const GONE = { state: "released", held: 0, released: 3 } as const;

describe("refusals", () => {
  const cases: [string, Given, Command, string][] = [
    [
      "an absent product cannot be counted",
      { absent: true },
      { verb: "count", locationId: "main", newQuantity: 1, ...FORCE },
      "product_not_found",
    ],
    ["a hold of an absent product is not there", { absent: true }, CONFIRM, "reservation_not_found"],
    ...[onHold("release"), onHold("cancel"), CONFIRM, RESIZE, EXTEND, RETURN].map(
      (command): [string, Given, Command, string] => [
        `${command.verb} of an unknown hold`,
        { holds: [] },
        command,
        "reservation_not_found",
      ],
    ),
    ...[onHold("release"), CONFIRM, RESIZE, EXTEND].map((command): [string, Given, Command, string] => [
      `${command.verb} of a sold hold`,
      { holds: [SOLD] },
      command,
      "reservation_already_confirmed",
    ]),
    ...[onHold("release"), CONFIRM, REACQUIRE, RESIZE, EXTEND, RETURN].map(
      (command): [string, Given, Command, string] => [
        `${command.verb} of a released hold`,
        { holds: [GONE] },
        command,
        "reservation_already_released",
      ],
    ),
    ...[onHold("release"), onHold("cancel"), CONFIRM, RESIZE, EXTEND, RETURN].map(
      (command): [string, Given, Command, string] => [
        `${command.verb} of an expired hold`,
        { holds: [LAPSED] },
        command,
        "reservation_expired",
      ],
    ),
    [
      "an expired hold without a date is still named",
      { holds: [{ ...LAPSED, expiresAt: null }] },
      CONFIRM,
      "reservation_expired",
    ],
    ["confirm more than is held", {}, { ...CONFIRM, quantity: 4 }, "exceeds_held"],
    ["release more than is held", {}, { verb: "release", ulid: ULID, quantity: 4 }, "exceeds_held"],
    ["return what is not sold yet", {}, RETURN, "exceeds_held"],
    [
      "return past what fits a level",
      { holds: [SOLD], levels: [{ locationId: "main", onHand: MAX_QUANTITY }] },
      RETURN,
      "quantity_out_of_range",
    ],
    [
      "adjust past what fits a level",
      { levels: [{ locationId: "main", onHand: MAX_QUANTITY }] },
      { verb: "adjust", locationId: "main", delta: 1, type: "receipt", ...FORCE },
      "quantity_out_of_range",
    ],
    [
      "transfer past what fits a level",
      {
        levels: [
          { locationId: "main", onHand: 5 },
          { locationId: "n", onHand: MAX_QUANTITY },
        ],
      },
      { verb: "transfer", fromLocationId: "main", toLocationId: "n", quantity: 1 },
      "quantity_out_of_range",
    ],
    [
      "transfer from nowhere",
      {},
      { verb: "transfer", fromLocationId: "x", toLocationId: "main", quantity: 1 },
      "level_not_found",
    ],
    ["confirm at a level that is gone", { levels: [] }, CONFIRM, "level_not_found"],
    [
      "take up a hold whose units are promised",
      { holds: [LAPSED], levels: [{ locationId: "main", onHand: 10, reserved: 9 }] },
      REACQUIRE,
      "insufficient_stock",
    ],
    [
      "take up a hold past the customer's limit",
      { holds: [{ ...LAPSED, customerId: "c" }], fields: { maxPerCustomer: 2 } },
      REACQUIRE,
      "customer_limit_reached",
    ],
    [
      "grow a hold past the customer's limit",
      { holds: [{ customerId: "c" }], fields: { maxPerCustomer: 4 }, customerUnits: 3 },
      RESIZE,
      "customer_limit_reached",
    ],
    [
      "grow a hold of a product that is not sold",
      { fields: { status: "suspended" } },
      RESIZE,
      "product_not_active",
    ],
    [
      "grow a hold past what is there",
      { levels: [{ locationId: "main", onHand: 4, reserved: 3 }] },
      RESIZE,
      "insufficient_stock",
    ],
    ["extend too often", { holds: [{ extensions: MAX_HOLD_EXTENSIONS }] }, EXTEND, "extension_limit_reached"],
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
    [
      "release an order that holds nothing",
      {},
      { verb: "release-order", orderId: "O" },
      "reservation_not_found",
    ],
    ["remove a level that is not there", {}, { verb: "remove-level", locationId: "x" }, "level_not_found"],
    ["create what exists", {}, { verb: "create", fields: {} }, "product_exists"],
    ["delete by force without a reason", {}, { verb: "delete", force: true }, "reason_required"],
    ["delete what is in use", {}, { verb: "delete", force: false }, "product_in_use"],
  ];
  it.each(cases)("%s", (_, given, command, code) => {
    expect(decide(facts(given), command)).toMatchObject({ refusal: { code } });
  });

  it("a shortage of a product without levels names main", () => {
    expect(decide(facts({ levels: [] }), RESERVE)).toEqual({
      refusal: {
        code: "insufficient_stock",
        shortages: [{ productId: "P", locationId: "main", requested: 2, available: 0 }],
      },
    });
  });
});

describe("what changes nothing", () => {
  const cases: [string, Given, Command][] = [
    [
      "a transfer to where it is",
      {},
      { verb: "transfer", fromLocationId: "main", toLocationId: "main", quantity: 1 },
    ],
    ["a resize to what is held", {}, { verb: "resize", ulid: ULID, quantity: 3 }],
    ["an extension that would shorten", {}, { verb: "extend", ulid: ULID, ttlSeconds: 1 }],
    ["an extension of a hold without end", { holds: [{ expiresAt: null }] }, EXTEND],
    ["cancelling what is released", { holds: [GONE] }, onHold("cancel")],
    ["an edit that says what is so", {}, { verb: "edit", patch: { name: "P", attributes: { none: null } } }],
    ["an import row that says what is so", {}, { verb: "upsert", fields: { name: "P" } }],
  ];
  it.each(cases)("%s", (_, given, command) => {
    const outcome = decide(facts(given), command);
    expect(isRefused(outcome)).toBe(false);
    expect(outcome).toMatchObject({ events: [] });
  });
});

describe("decisions", () => {
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

  it("releasing an order goes oldest first and stops when enough is given", () => {
    const given = {
      levels: [{ locationId: "main", onHand: 10, reserved: 6 }],
      holds: [{ orderId: "O" }, { orderId: "O", ulid: OTHER_ULID }],
    };
    const outcome = decide(facts(given), {
      verb: "release-order",
      orderId: "O",
      quantity: 3,
      reason: "less",
    });
    expect(outcome).toMatchObject({
      events: [{ data: { reservationId: `P~${ULID}`, releasedQuantity: 3, reason: "less" } }],
      levels: [{ reserved: 3 }],
    });
    const all = decide(facts(given), { verb: "release-order", orderId: "O" });
    expect(all).toMatchObject({ events: [{}, {}], levels: [{ reserved: 0 }] });
  });

  it("shrinking a hold asks nobody, not even of a product that is not sold", () => {
    const outcome = decide(facts({ fields: { status: "inactive" } }), {
      verb: "resize",
      ulid: ULID,
      quantity: 1,
    });
    expect(outcome).toMatchObject({ levels: [{ reserved: 1 }], reservations: [{ held: 1, quantity: 1 }] });
  });

  it("a return to a level that is gone makes it again; a broken one only goes on the record", () => {
    const restocked = decide(facts({ holds: [SOLD], levels: [] }), RETURN);
    expect(restocked).toMatchObject({ levels: [{ locationId: "main", onHand: 1 }] });
    const broken = decide(facts({ holds: [SOLD] }), { ...RETURN, restock: false });
    expect(broken).toMatchObject({ events: [{ data: { restock: false } }], reservations: [{ returned: 1 }] });
    expect(broken).not.toHaveProperty("levels");
  });

  it("an import row makes, changes, and says which", () => {
    expect(decide(facts({ absent: true }), { verb: "upsert", fields: { name: "New" } })).toMatchObject({
      answer: { view: "upsert", result: "created" },
    });
    expect(decide(facts(), { verb: "upsert", fields: { name: "Other" } })).toMatchObject({
      answer: { view: "upsert", result: "updated" },
      events: [{ data: { changes: { name: "Other" } } }],
    });
  });

  it("attributes merge by name, whatever their order, and null removes one", () => {
    const given = { fields: { attributes: { a: 1, b: "x" } } };
    expect(decide(facts(given), { verb: "edit", patch: { attributes: { b: "x", a: 1 } } })).toMatchObject({
      events: [],
    });
    expect(decide(facts(given), { verb: "edit", patch: { attributes: { a: null } } })).toMatchObject({
      product: { fields: { attributes: { b: "x" } } },
    });
  });

  it("deleting by force releases every hold and writes every level off", () => {
    const given = {
      levels: [
        { locationId: "a", onHand: 0 },
        { locationId: "main", onHand: 10, reserved: 3 },
      ],
      holds: [{}, { ulid: OTHER_ULID, locationId: "lost" }],
    };
    expect(decide(facts(given), { verb: "delete", force: true, reason: "recall" })).toMatchObject({
      events: [
        { type: "reservation.released" },
        { type: "reservation.released", level: null },
        { type: "stock.adjusted", data: { delta: -10, after: 0 } },
        { type: "product.deleted" },
      ],
      removedLevels: ["a", "main"],
    });
  });

  it("a hold on a level that does not exist is a bug, and said so", () => {
    expect(() => decide(facts({ levels: [] }), onHold("release"))).toThrow(/does not exist/);
    expect(() => decide(facts({ levels: [] }), RESIZE)).toThrow(/does not exist/);
  });
});
