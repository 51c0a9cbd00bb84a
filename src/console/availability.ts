/** How a product stands with its stock at this moment. */
import type { Product } from "../client/wire.ts";
import type { Numbers } from "./stock.ts";

/** The live socket says it. An answer to a change does not: until the socket does, it follows from the numbers. */
export function availabilityNow(product: Product, numbers: Numbers | undefined): Product["availability"] {
  if (numbers === undefined || numbers.version < product.version) return product.availability;
  if (numbers.availability !== undefined) return numbers.availability;
  if (numbers.available <= 0) return product.availability === "backorder" ? "backorder" : "out_of_stock";
  return numbers.available < product.minimumStockLevel ? "low_stock" : "in_stock";
}
