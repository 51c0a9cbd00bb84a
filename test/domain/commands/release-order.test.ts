import { describe, expect, it } from "vitest";
import { decide } from "../../../src/domain/decide";
import { facts, OTHER_ULID, ULID } from "../plain-facts";
import { itRefuses } from "./cases";

describe("release-order", () => {
  itRefuses([
    [
      "release an order that holds nothing",
      {},
      { verb: "release-order", orderId: "O" },
      "reservation_not_found",
    ],
  ]);

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
});
