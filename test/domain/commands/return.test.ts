import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../../src/domain/command";
import { decide } from "../../../src/domain/decide";
import { MAX_QUANTITY } from "../../../src/limits";
import { facts, ULID } from "../plain-facts";
import { SOLD, itRefuses, ofExpired, ofReleased, ofUnknown } from "./cases";

const RETURN: CommandOf<"return"> = {
  verb: "return",
  ulid: ULID,
  quantity: 1,
  restock: true,
  reason: "broken",
};

describe("return", () => {
  itRefuses([
    ofUnknown(RETURN),
    ofReleased(RETURN),
    ofExpired(RETURN),
    ["return what is not sold yet", {}, RETURN, "exceeds_held"],
    [
      "return past what fits a level",
      { holds: [SOLD], levels: [{ locationId: "main", onHand: MAX_QUANTITY }] },
      RETURN,
      "quantity_out_of_range",
    ],
  ]);

  it("a return to a level that is gone makes it again; a broken one only goes on the record", () => {
    const restocked = decide(facts({ holds: [SOLD], levels: [] }), RETURN);
    expect(restocked).toMatchObject({ levels: [{ locationId: "main", onHand: 1 }] });
    const broken = decide(facts({ holds: [SOLD] }), { ...RETURN, restock: false });
    expect(broken).toMatchObject({ events: [{ data: { restock: false } }], reservations: [{ returned: 1 }] });
    expect(broken).not.toHaveProperty("levels");
  });
});
