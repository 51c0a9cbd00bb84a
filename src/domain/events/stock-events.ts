/** What happens to the goods, and the lines that the stock crosses. */
import * as z from "zod";
import { movementSchema, stepSchema } from "./movement";

/** The event itself is the movement. */
const moved = movementSchema.extend({
  locationId: z.string(),
  reason: z.string().nullable(),
  /** Left out where nobody could have asked for it. */
  forced: z.boolean().optional(),
  oversold: z.boolean().optional(),
});

/** `available` is what a shopper may count on. */
const crossed = z.object({ available: z.int(), minimumStockLevel: z.int() });

export const stockEvents = {
  "stock.adjusted": moved.extend({ reference: z.string().nullable() }),
  "stock.counted": moved.extend({ adjustedBy: z.string().nullable() }),
  "stock.transferred": z.object({
    type: z.literal("transfer"),
    fromLocationId: z.string(),
    toLocationId: z.string(),
    quantity: z.int(),
    reason: z.string().nullable(),
    from: stepSchema,
    to: stepSchema,
  }),
  "stock.low": crossed,
  "stock.recovered": crossed,
  "stock.depleted": crossed,
  "stock.available": crossed,
  "stock.overstocked": z.object({ onHand: z.int(), maximumStockLevel: z.int().nullable() }),
};
