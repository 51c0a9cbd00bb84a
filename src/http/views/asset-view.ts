/** An asset in the form that traders' clients expect: what the market says of it, as numbers. */
import type { ProductStatus } from "../../domain/product";
import { timestamp } from "../schemas/primitives";
import * as z from "../zod";
import { textIn, type ShownProduct } from "./shown-product";

export const ASSET_STATUSES = ["ACTIVE", "INACTIVE", "SUSPENDED"] as const;
export type AssetStatus = (typeof ASSET_STATUSES)[number];

const ASSET_STATUS: Record<ProductStatus, AssetStatus> = {
  active: "ACTIVE",
  inactive: "INACTIVE",
  discontinued: "INACTIVE",
  suspended: "SUSPENDED",
};

/** Of a product that an asset of this status may be. */
export const PRODUCT_STATUSES_OF: Record<AssetStatus, readonly ProductStatus[]> = {
  ACTIVE: ["active"],
  INACTIVE: ["inactive", "discontinued"],
  SUSPENDED: ["suspended"],
};

const known = z.number().nullable();

export const assetView = z
  .object({
    asset_id: z.string().openapi({ example: "bitcoin" }),
    symbol: z.string().nullable().describe("The attribute `symbol`. Several assets may have the same."),
    name: z.string(),
    current_price: known.describe(
      "The market's newest price, however old it is (`quote` of the product says that); the catalog's where there is none.",
    ),
    market_cap: known,
    volume_24h: known,
    price_change_24h: known.describe("In percent."),
    status: z.enum(ASSET_STATUSES).describe("A product that is discontinued is `INACTIVE`."),
    created_at: timestamp,
    updated_at: timestamp.describe("When the entry or its price changed last."),
  })
  .openapi("AssetView");

export type AssetView = z.output<typeof assetView>;

export function assetViewOf(product: ShownProduct): AssetView {
  const { productId, attributes, name, price, quote, status, createdAt, updatedAt } = product;
  const number = (decimal: string | null | undefined) => (decimal ? Number(decimal) : null);
  return {
    asset_id: productId,
    symbol: textIn(attributes["symbol"]),
    name,
    current_price: number((quote ?? price)?.amount),
    market_cap: number(quote?.marketCap),
    volume_24h: number(quote?.volume24h),
    price_change_24h: number(quote?.change24hPercent),
    status: ASSET_STATUS[status],
    created_at: createdAt,
    // Both have the form of toISOString, in which the later is the greater.
    updated_at: quote && quote.at > updatedAt ? quote.at : updatedAt,
  };
}
