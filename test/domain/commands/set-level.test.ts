import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../../src/domain/command";
import { decided, itChangesNothing } from "./cases";

const SET_LEVEL: CommandOf<"set-level"> = { verb: "set-level", locationId: "main" };
const levels = [{ locationId: "main", onHand: 10, reserved: 3, safetyStock: 2, backorderLimit: 1 }];

describe("set-level", () => {
  itChangesNothing([
    ["what is not named stays", { levels }, SET_LEVEL],
    ["what is so already", { levels }, { ...SET_LEVEL, safetyStock: 2, backorderLimit: 1 }],
  ]);

  it("changes what is named, and says what the level has now", () => {
    const { events, levels: after } = decided({ levels }, { ...SET_LEVEL, safetyStock: 4 });
    expect(after).toEqual([{ ...levels[0], safetyStock: 4 }]);
    expect(events).toEqual([
      {
        type: "product.updated",
        data: { locationId: "main", safetyStock: 4, backorderLimit: 1 },
        level: after?.[0],
      },
    ]);
  });

  it("makes the level where there is none, though nothing is named", () => {
    const { levels: after } = decided({ levels }, { ...SET_LEVEL, locationId: "new" });
    expect(after).toEqual([{ locationId: "new", onHand: 0, reserved: 0, safetyStock: 0, backorderLimit: 0 }]);
  });
});
