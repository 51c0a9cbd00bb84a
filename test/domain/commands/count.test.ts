import { describe } from "vitest";
import { itRefuses } from "./cases";

describe("count", () => {
  itRefuses([
    [
      "an absent product cannot be counted",
      { absent: true },
      { verb: "count", locationId: "main", newQuantity: 1, force: false, reason: "why" },
      "product_not_found",
    ],
  ]);
});
