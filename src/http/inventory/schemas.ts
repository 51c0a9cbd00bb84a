/** The stock of one product on the wire. */
import { MAIN_LOCATION } from "../../domain/ids";
import { MAX_QUANTITY } from "../../limits";
import { money, quote } from "../products/schemas";
import { CHANGED, ok } from "../schemas/answers";
import {
  idempotencyKey,
  locationId,
  nonNegative,
  productId,
  quantity,
  reason,
  reference,
  timestamp,
  version,
  productParams,
} from "../schemas/primitives";
import * as z from "../zod";

export const level = z
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
  name: z.string(),
  price: money.nullable(),
  onHand: z.int(),
  reserved: nonNegative,
  available: z.int().describe("Signed for staff; a storefront sees at least 0."),
  safetyStock: nonNegative,
  backorderLimit: nonNegative,
  minimumStockLevel: nonNegative,
  lowStock: z.boolean(),
  oversold: z.boolean(),
  overstocked: z.boolean().describe("More is on hand than `maximumStockLevel`."),
  version,
  updatedAt: timestamp,
  levels: z.array(level),
};

export const stock = z.object(stockShape).openapi("Stock");

/** What the routes that change the stock of one product have in common. */
export const stockChange = {
  scope: "stock:write",
  versioned: true,
  params: productParams,
  answers: ok("The stock afterwards", stock, CHANGED),
} as const;

const stockListedShape = { ...stockShape, kind: z.string() };

export const stockListed = z.object({ ...stockListedShape, quote: quote.nullable() }).openapi("StockListed");

export const lowStock = z
  .object({
    ...stockListedShape,
    shortfall: quantity.describe("Units that shoppers can get, short of the minimum."),
  })
  .openapi("LowStock");

export const countShape = {
  newQuantity: z.int().min(-MAX_QUANTITY).max(MAX_QUANTITY),
  reason,
  adjustedBy: z.maybe(reference),
  locationId: locationId.default(MAIN_LOCATION),
  version: z.maybe(version),
  force: z.boolean().default(false),
};

/** Nobody counts less than nothing; only a forced correction of the books goes there. */
export function isCountable(count: { newQuantity: number; force: boolean }): boolean {
  return count.force || count.newQuantity >= 0;
}
export const NOT_COUNTABLE = { path: ["newQuantity"], error: "must be at least 0" };

export const countBody = z
  .strictObject(countShape)
  .refine(isCountable, NOT_COUNTABLE)
  .openapi("CountRequest");

const ADJUSTMENT_TYPES = ["receipt", "return", "sale", "damage", "shrinkage", "correction"] as const;
/** 0: a correction has either sign. */
const SIGN = { receipt: 1, return: 1, sale: -1, damage: -1, shrinkage: -1, correction: 0 };

export const delta = z
  .int()
  .min(-MAX_QUANTITY)
  .max(MAX_QUANTITY)
  .refine((value) => value !== 0, "may not be 0");

/** One of several optimistic updates. */
export const update = z.strictObject({ productId, delta, version: z.maybe(version), idempotencyKey });
export type StockUpdate = z.output<typeof update>;

export const adjustBody = z
  .strictObject({
    delta,
    type: z.enum(ADJUSTMENT_TYPES),
    reason,
    locationId: locationId.default(MAIN_LOCATION),
    reference: z.maybe(reference),
    version: z.maybe(version),
    force: z.boolean().default(false),
  })
  .refine((body) => body.delta === 0 || SIGN[body.type] === 0 || Math.sign(body.delta) === SIGN[body.type], {
    path: ["delta"],
    error: "must be positive for a receipt or a return, negative for a sale, damage or shrinkage",
    params: { code: "wrong_sign" },
  })
  .openapi("AdjustRequest");

export const transferBody = z
  .strictObject({
    fromLocationId: locationId,
    toLocationId: locationId,
    quantity,
    reason: z.maybe(reason),
    version: z.maybe(version),
  })
  .refine(({ fromLocationId, toLocationId }) => fromLocationId !== toLocationId, {
    path: ["toLocationId"],
    error: "must be another location",
    params: { code: "same_location" },
  })
  .openapi("TransferRequest");
