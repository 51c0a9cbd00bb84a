/** A change of what is on hand, as the events that make one carry it. */
import * as z from "zod";

export const MOVEMENT_TYPES = [
  "receipt",
  "sale",
  "return",
  "damage",
  "shrinkage",
  "count",
  "correction",
  "transfer",
] as const;
export type MovementType = (typeof MOVEMENT_TYPES)[number];

/** On hand at one place. */
export const stepSchema = z.object({ before: z.int(), after: z.int() });
export type Step = z.output<typeof stepSchema>;

/** Beside the other data of an event. */
export const movementSchema = stepSchema.extend({
  type: z.enum(MOVEMENT_TYPES),
  /** Where, if not at the place that the event itself names. */
  locationId: z.string().optional(),
  delta: z.int(),
});
