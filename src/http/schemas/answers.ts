/** How the document describes answers that many routes have alike. */
import type { Answer } from "../route";
import * as z from "../zod";

export const REPLAYED = ["Idempotency-Replayed"] as const;
export const MADE = ["Location", ...REPLAYED] as const;
export const CHANGED = ["ETag", ...REPLAYED] as const;
export const CREATED = ["Location", ...CHANGED] as const;

/** Problems of whatever brings goods to a place, sets units aside, or resolves what was set aside. */
export const ARRIVES = ["location_not_found", "location_closed"] as const;
export const HOLDS = [
  "product_not_active",
  "insufficient_stock",
  "customer_limit_reached",
  "customer_required",
] as const;
export const ENDED = ["reservation_already_confirmed", "reservation_already_released"] as const;
export const RESOLVED = ["reservation_expired", ...ENDED] as const;

/** What a contract says of its answer when all goes well. */
export function ok(description: string, schema: z.ZodType, headers: Answer["headers"] = []) {
  return { 200: { description, schema, headers } };
}

export function created(description: string, schema: z.ZodType, headers: Answer["headers"] = CREATED) {
  return { 201: { description, schema, headers } };
}

/** Of something that has versions. */
export function current(description: string, schema: z.ZodType) {
  return { ...ok(description, schema, ["ETag"]), 304: { description: "The caller has this version" } };
}

/** A page of a list; those from the book say how fresh they are. */
export function pageOf(item: z.ZodType, headers: Answer["headers"] = ["Link", "X-Book-Offset"]): Answer {
  const schema = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
  return { description: "A page", schema, headers };
}
