/** The stock of one product on the wire. */
import { z } from "@hono/zod-openapi";
import { locationId, nonNegative, productId, timestamp, version } from "./primitives";

const level = z
  .object({
    locationId,
    onHand: z.int(),
    reserved: nonNegative,
    available: z.int(),
    safetyStock: nonNegative,
    backorderLimit: nonNegative,
  })
  .openapi("Level");

const stockShape = {
  productId,
  onHand: z.int(),
  reserved: nonNegative,
  available: z.int().openapi({ description: "Signed for staff; a storefront sees at least 0." }),
  safetyStock: nonNegative,
  backorderLimit: nonNegative,
  minimumStockLevel: nonNegative,
  lowStock: z.boolean(),
  oversold: z.boolean(),
  version,
  updatedAt: timestamp,
  levels: z.array(level),
};

export const stock = z.object(stockShape).openapi("Stock");

/** The answer of every route that changes the stock. */
export const stockChanged = {
  description: "The stock afterwards",
  schema: stock,
  headers: ["ETag", "Idempotency-Replayed"],
} as const;

/** As lists show it, from the book. */
export const stockListedShape = { ...stockShape, name: z.string(), kind: z.string() };

export const stockListed = z.object(stockListedShape).openapi("StockListed");
