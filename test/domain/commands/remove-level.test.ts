import { describe } from "vitest";
import { itRefuses } from "./cases";

describe("remove-level", () => {
  itRefuses([
    ["remove a level that is not there", {}, { verb: "remove-level", locationId: "x" }, "level_not_found"],
  ]);
});
