/** How the document describes answers that many routes have alike. */
import type { Answer } from "../route";
import * as z from "../zod";

export const REPLAYED = ["Idempotency-Replayed"] as const;
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
export const RESOLVED = [
  "reservation_expired",
  "reservation_already_confirmed",
  "reservation_already_released",
] as const;

/** A page of a list; those from the book say how fresh they are. */
export function pageOf(item: z.ZodType, headers: Answer["headers"] = ["Link", "X-Book-Offset"]): Answer {
  const schema = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
  return { description: "A page", schema, headers };
}
