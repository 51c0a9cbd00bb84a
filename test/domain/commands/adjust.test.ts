import { describe } from "vitest";
import { MAX_QUANTITY } from "../../../src/limits";
import { itRefuses } from "./cases";

describe("adjust", () => {
  itRefuses([
    [
      "adjust past what fits a level",
      { levels: [{ locationId: "main", onHand: MAX_QUANTITY }] },
      { verb: "adjust", locationId: "main", delta: 1, type: "receipt", force: false, reason: "why" },
      "quantity_out_of_range",
    ],
  ]);
});
