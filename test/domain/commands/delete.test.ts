import { describe, expect, it } from "vitest";
import { decide } from "../../../src/domain/decide";
import { facts, OTHER_ULID } from "../plain-facts";
import { itRefuses } from "./cases";

describe("delete", () => {
  itRefuses([
    ["delete by force without a reason", {}, { verb: "delete", force: true }, "reason_required"],
    ["delete what is in use", {}, { verb: "delete", force: false }, "product_in_use"],
  ]);

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
});
