import { describe, expect, it } from "vitest";
import { PRODUCT_ID } from "../../../src/domain/ids";
import { productIdOf, stockCodeOf } from "../../../scripts/retail/product-id.ts";

describe("stock codes as product ids", () => {
  it.each([
    ["85123A", "85123A"],
    ["85123a", "85123a"],
    ["DCGS0076", "DCGS0076"],
    ["1234 B", "1234_20B"],
    ["1234_B", "1234_5FB"],
    ["1234_20B", "1234_5F20B"],
    ["£1234", "x___C2_A31234"],
    [".1234", "x__.1234"],
    ["x__.1234", "x_5F_5F.1234"],
  ])("%j becomes %s and comes back", (code, productId) => {
    expect(productIdOf(code)).toBe(productId);
    expect(stockCodeOf(productId)).toBe(code);
    expect(productId).toMatch(PRODUCT_ID);
  });

  it("a code that would be too long is refused", () => {
    expect(() => productIdOf("é".repeat(11))).toThrow("too long");
  });
});
