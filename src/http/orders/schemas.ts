/** An order on the wire. */
import { ORDER_STATES } from "../../domain/order";
import { holdTtlSeconds, reservation } from "../reservations/schemas";
import { customerId, locationId, orderId, productId, quantity, timestamp } from "../schemas/primitives";
import { MAX_ORDER_LINES } from "../wire-limits";
import * as z from "../zod";

export const newOrder = z.strictComponent("NewOrder", {
  orderId,
  lines: z
    .array(z.strictObject({ productId, quantity, locationId: z.maybe(locationId) }))
    .min(1)
    .max(MAX_ORDER_LINES),
  ttlSeconds: holdTtlSeconds,
  customerId: z.maybe(customerId),
  split: z
    .boolean()
    .default(false)
    .describe("A line may be filled from several locations, by their priority, one reservation each."),
});

export const order = z.component("Order", {
  orderId,
  state: z.enum(ORDER_STATES),
  expiresAt: timestamp.nullable().describe("The earliest among what is still held."),
  reservations: z.array(reservation),
});
