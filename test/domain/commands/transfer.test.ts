import { describe } from "vitest";
import { MAX_QUANTITY } from "../../../src/limits";
import { itChangesNothing, itRefuses } from "./cases";

describe("transfer", () => {
  itRefuses([
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
  ]);
  itChangesNothing([
    [
      "a transfer to where it is",
      {},
      { verb: "transfer", fromLocationId: "main", toLocationId: "main", quantity: 1 },
    ],
  ]);
});
