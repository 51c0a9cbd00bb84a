/** What happens to a reservation. Each carries the whole reservation as it is afterwards, so the last one says all. */
import * as z from "zod";
import { reservationDataSchema } from "../reservation";
import { movementSchema } from "./movement";

const timestamp = z.string();

/** `metadataRemoved`: it was more than may be kept. */
const reservation = reservationDataSchema.extend({ metadataRemoved: z.literal(true).optional() });

export const reservationEvents = {
  /** `takenOver`: the units of the hold that it replaces; left out where it replaces none. */
  "reservation.held": reservation.extend({ takenOver: z.int().optional() }),
  /** `before`: the units that were held. */
  "reservation.resized": reservation.extend({ before: z.int() }),
  /** `before`: when it would have expired. `pinned`: its order is being confirmed, or was not after all. */
  "reservation.extended": reservation.extend({
    before: timestamp.nullable(),
    pinned: z.boolean().optional(),
    reason: z.string().optional(),
  }),
  "reservation.confirmed": reservation.extend({
    confirmedQuantity: z.int(),
    /** The rest, which was held and is given back; left out where there is none. */
    releasedQuantity: z.int().optional(),
    /** It had expired, and its units were still free. */
    reacquired: z.boolean(),
    movement: movementSchema,
  }),
  "reservation.released": reservation.extend({
    releasedQuantity: z.int(),
    reason: z.string().nullable(),
    /** The id of the hold that its units passed to. */
    supersededBy: z.string().optional(),
  }),
  "reservation.expired": reservation.extend({ expiredQuantity: z.int() }),
  "reservation.returned": reservation.extend({
    returnedQuantity: z.int(),
    restock: z.boolean(),
    reason: z.string(),
    /** Only of what was put on a shelf. */
    movement: movementSchema.optional(),
  }),
};
