import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../../src/domain/command";
import { decide } from "../../../src/domain/decide";
import { facts, ULID } from "../plain-facts";
import { LAPSED, itRefuses, ofExpired, ofReleased, ofSold, ofUnknown } from "./cases";

const CONFIRM: CommandOf<"confirm"> = { verb: "confirm", ulid: ULID, ifExpired: "reject" };
const REACQUIRE: CommandOf<"confirm"> = { verb: "confirm", ulid: ULID, ifExpired: "reacquire" };

describe("confirm", () => {
  itRefuses([
    ["a hold of an absent product is not there", { absent: true }, CONFIRM, "reservation_not_found"],
    ofUnknown(CONFIRM),
    ofSold(CONFIRM),
    ofReleased(CONFIRM),
    ofReleased(REACQUIRE),
    ofExpired(CONFIRM),
    [
      "an expired hold without a date is still named",
      { holds: [{ ...LAPSED, expiresAt: null }] },
      CONFIRM,
      "reservation_expired",
    ],
    ["confirm more than is held", {}, { ...CONFIRM, quantity: 4 }, "exceeds_held"],
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
  ]);

  it.each([
    ["of a part says what rest it gives back", {}, { ...CONFIRM, quantity: 1 }, { releasedQuantity: 2 }],
    ["of all gives nothing back", {}, CONFIRM, {}],
    [
      "of a part of what had expired gives nothing back",
      { holds: [LAPSED] },
      { ...REACQUIRE, quantity: 1 },
      {},
    ],
  ])("%s", (_, given, command, wanted) => {
    const outcome = decide(facts(given), command);
    const data: object = "events" in outcome ? (outcome.events[0]?.data ?? {}) : {};
    expect("releasedQuantity" in data ? { releasedQuantity: data.releasedQuantity } : {}).toEqual(wanted);
  });
});
