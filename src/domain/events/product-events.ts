/** What happens to a catalog entry, and to the rules of a level. */
import * as z from "zod";
import { catalogSchema } from "../product";

export const productEvents = {
  /** The whole entry, and where it has levels. */
  "product.created": catalogSchema.extend({ locationIds: z.array(z.string()) }),
  "product.updated": z.union([
    // `restoredAfter`: its object was lost and is as the book had it at that version; there are none in between.
    z.object({ changes: catalogSchema.partial(), restoredAfter: z.int().optional() }),
    z.object({ locationId: z.string(), removed: z.literal(true) }),
    z.object({ locationId: z.string(), safetyStock: z.int(), backorderLimit: z.int() }),
  ]),
  "product.deleted": z.object({ reason: z.string().nullable(), forced: z.boolean() }),
};
