/** The stock of one product on the wire. */
import { MAIN_LOCATION } from "../../domain/ids";
import { moneySchema } from "../../domain/money";
import { MAX_QUANTITY } from "../../limits";
import { CHANGED, ok } from "../answers";
import { quote } from "../products/schemas";
import * as field from "../schemas/primitives";
import * as z from "../zod";

export const level = z.component("Level", {
  locationId: field.locationId,
  onHand: z.int(),
  reserved: field.total,
  available: z.int(),
  safetyStock: field.nonNegative,
  backorderLimit: field.nonNegative,
});

const stockShape = {
  productId: field.productId,
  name: z.string(),
  price: moneySchema.nullable(),
  onHand: z.int(),
  reserved: field.total,
  available: z.int().describe("Signed for staff; a storefront sees at least 0."),
  safetyStock: field.total,
  backorderLimit: field.total,
  minimumStockLevel: field.nonNegative,
  lowStock: z.boolean(),
  oversold: z.boolean(),
  overstocked: z.boolean().describe("More is on hand than `maximumStockLevel`."),
  version: field.version,
  updatedAt: field.timestamp,
  levels: z.array(level),
};

export const stock = z.component("Stock", stockShape);

/** What the routes that change the stock of one product have in common. */
export const stockChange = {
  scope: "stock:write",
  versioned: true,
  params: field.productParams,
  answers: ok("The stock afterwards", stock, CHANGED),
} as const;

const stockListedShape = { ...stockShape, kind: z.string() };

export const stockListed = z.component("StockListed", { ...stockListedShape, quote: quote.nullable() });

export const lowStock = z.component("LowStock", {
  ...stockListedShape,
  shortfall: field.total.describe("Units that shoppers can get, short of the minimum."),
});

const signed = z.int().min(-MAX_QUANTITY).max(MAX_QUANTITY);

export const countShape = {
  newQuantity: signed,
  reason: field.reason,
  adjustedBy: z.maybe(field.reference),
  locationId: field.locationId.default(MAIN_LOCATION),
  version: z.maybe(field.version),
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

export const delta = signed.refine((value) => value !== 0, "may not be 0");

/** One of several optimistic updates. */
export const update = z.strictObject({
  productId: field.productId,
  delta,
  version: z.maybe(field.version),
  idempotencyKey: field.idempotencyKey,
});
export type StockUpdate = z.output<typeof update>;

export const adjustBody = z
  .strictObject({
    delta,
    type: z.enum(ADJUSTMENT_TYPES),
    reason: field.reason,
    locationId: field.locationId.default(MAIN_LOCATION),
    reference: z.maybe(field.reference),
    version: z.maybe(field.version),
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
    fromLocationId: field.locationId,
    toLocationId: field.locationId,
    quantity: field.quantity,
    reason: z.maybe(field.reason),
    version: z.maybe(field.version),
  })
  .refine(({ fromLocationId, toLocationId }) => fromLocationId !== toLocationId, {
    path: ["toLocationId"],
    error: "must be another location",
    params: { code: "same_location" },
  })
  .openapi("TransferRequest");
