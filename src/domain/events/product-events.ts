/** What happens to a catalog entry, and to the rules of a level. */
import * as z from "zod";
import { catalogSchema } from "../product";

export const productEvents = {
  /** The whole entry, and where it has levels. */
  "product.created": catalogSchema.extend({ locationIds: z.array(z.string()) }),
  "product.updated": z.union([
    z.object({ changes: catalogSchema.partial() }),
    z.object({ locationId: z.string(), removed: z.literal(true) }),
    z.object({ locationId: z.string(), safetyStock: z.int(), backorderLimit: z.int() }),
  ]),
  "product.deleted": z.object({ reason: z.string().nullable(), forced: z.boolean() }),
};
