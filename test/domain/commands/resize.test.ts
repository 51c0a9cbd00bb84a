import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../../src/domain/command";
import { decide } from "../../../src/domain/decide";
import { facts, ULID } from "../plain-facts";
import { itChangesNothing, itRefuses, ofExpired, ofReleased, ofSold, ofUnknown } from "./cases";

const RESIZE: CommandOf<"resize"> = { verb: "resize", ulid: ULID, quantity: 5 };

describe("resize", () => {
  itRefuses([
    ofUnknown(RESIZE),
    ofSold(RESIZE),
    ofReleased(RESIZE),
    ofExpired(RESIZE),
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
  ]);
  itChangesNothing([["a resize to what is held", {}, { ...RESIZE, quantity: 3 }]]);

  it("shrinking a hold asks nobody, not even of a product that is not sold", () => {
    const outcome = decide(facts({ fields: { status: "inactive" } }), { ...RESIZE, quantity: 1 });
    expect(outcome).toMatchObject({ levels: [{ reserved: 1 }], reservations: [{ held: 1, quantity: 1 }] });
  });

  it("of a hold on a level that does not exist is a bug, and said so", () => {
    expect(() => decide(facts({ levels: [] }), RESIZE)).toThrow(/does not exist/);
  });
});
