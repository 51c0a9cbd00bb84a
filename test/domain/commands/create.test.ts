import { describe } from "vitest";
import { itRefuses } from "./cases";

describe("create", () => {
  itRefuses([["create what exists", {}, { verb: "create", fields: {} }, "product_exists"]]);
});
