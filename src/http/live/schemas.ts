/** What goes to listeners, and what they ask for. */
import { PRODUCT_ID } from "../../domain/ids";
import { AVAILABILITIES } from "../../domain/product";
import { MAX_PRODUCTS_PER_LISTENER } from "../../limits";
import { event } from "../events/schemas";
import { money } from "../products/schemas";
import { productId, timestamp, version } from "../schemas/primitives";
import * as z from "../zod";

const level = z
  .object({
    type: z.literal("level"),
    productId,
    version,
    onHand: z.int(),
    reserved: z.int(),
    available: z.int(),
    availability: z.enum(AVAILABILITIES),
    at: timestamp,
  })
  .openapi("LevelMessage");

/** Of a product's market price, beside its levels. */
const quote = z
  .object({
    type: z.literal("quote"),
    productId,
    price: money,
    source: z.string(),
    at: timestamp,
  })
  .openapi("QuoteMessage");

/** What those get who listen to products. */
export const levelOrQuote = z.union([level, quote]);

export const error = z
  .looseObject({ type: z.literal("error"), code: z.string(), detail: z.string() })
  .openapi("ErrorMessage");

export const bookEvent = z
  .object({ type: z.literal("event"), offset: z.int(), event })
  .openapi("EventMessage");

export const products = z
  .string()
  .transform((list) => list.split(","))
  .refine((ids) => ids.every((id) => PRODUCT_ID.test(id)), "must be productIds, separated by commas")
  .refine((ids) => new Set(ids).size <= MAX_PRODUCTS_PER_LISTENER, {
    error: `must be at most ${MAX_PRODUCTS_PER_LISTENER}`,
    params: { code: "too_many_products" },
  })
  .openapi({ type: "string", example: "75192-1,10307-1" });

/** `productId:version`, as it was seen last. */
export const VERSION_SEEN = /^([^:]+):(\d{1,15})$/;

export const since = z
  .string()
  .refine((list) => list.split(",").every((seen) => VERSION_SEEN.test(seen)), "must be productId:version,…")
  .transform((list) => list.split(",").map(versionSeen))
  .openapi({ type: "string", example: "75192-1:17,10307-1:3" });

export function versionSeen(seen: string): [string, number] {
  const [, id = "", seenVersion] = VERSION_SEEN.exec(seen) ?? [];
  return [id, Number(seenVersion)];
}
