/** How short a product is at this moment, and which is the worst. */
import type { LowStock } from "../../client/wire.ts";
import type { Numbers } from "../stock.ts";

/** As the service reckoned it, until newer numbers came: what shoppers can get against the minimum. */
export function shortfallNow(low: LowStock, numbers: Numbers | undefined): number {
  if (!numbers || numbers.version <= low.version) return low.shortfall;
  return Math.max(0, low.minimumStockLevel - Math.max(0, numbers.available));
}

/** The worst first, of equals by id: as the service lists them. */
export function sortedByShortfall(
  items: readonly LowStock[],
  numbersOf: (productId: string) => Numbers | undefined,
): LowStock[] {
  const shortfallById = new Map(
    items.map((low) => [low.productId, shortfallNow(low, numbersOf(low.productId))]),
  );
  const shortfallOf = ({ productId }: LowStock) => shortfallById.get(productId) ?? 0;
  return items.toSorted((a, b) => shortfallOf(b) - shortfallOf(a) || (a.productId < b.productId ? -1 : 1));
}
