/**
 * The event log's contract: what happened to a subject (a product, or a webhook), one version after the other. Each type
 * has its data described in the file of its family, with enough in it to rebuild levels and reservations from the events
 * alone. Drafts, replay, projection and the OpenAPI document read these descriptions.
 */
import * as z from "zod";
import { levelSchema, type Level } from "../level";
import { DEFAULT_FIELDS } from "../product";
import { RESERVATION_DEFAULTS } from "../reservation";
import { productEvents } from "./product-events";
import { reservationEvents } from "./reservation-events";
import { stockEvents } from "./stock-events";
import { webhookEvents } from "./webhook-events";

const PRODUCT_EVENTS = { ...productEvents, ...stockEvents, ...reservationEvents };

/** The description of each type's data. */
export const EVENTS = { ...PRODUCT_EVENTS, ...webhookEvents };

export type EventType = keyof typeof EVENTS;
export type EventData<Type extends EventType = EventType> = z.output<(typeof EVENTS)[Type]>;

/** In the order in which they are listed. */
export const eventTypeSchema = z.object(EVENTS).keyof();
export const EVENT_TYPES = eventTypeSchema.options;

/** An event of a product before it has its version: `level` is the level after it, if it is about one. */
export type EventDraft = {
  [Type in keyof typeof PRODUCT_EVENTS]: { type: Type; data: EventData<Type>; level: Level | null };
}[keyof typeof PRODUCT_EVENTS];

const envelopeSchema = z.object({
  id: z.string(),
  /** The product, or another subject: `webhook:<webhookId>`. */
  productId: z.string(),
  version: z.int(),
  at: z.string(),
  actor: z.string(),
  type: eventTypeSchema,
  data: z.record(z.string(), z.unknown()),
  level: levelSchema.nullable(),
});

/** An event as the book keeps it. `reserved` of its level leaves out what had expired by then, swept or not. */
export type LoggedEvent = Omit<z.output<typeof envelopeSchema>, "type" | "data"> &
  { [Type in EventType]: { type: Type; data: EventData<Type> } }[EventType];

/** What data written by older releases lacks. */
const DATA_DEFAULTS: Partial<Record<EventType, object>> = {
  "product.created": DEFAULT_FIELDS,
  ...Object.fromEntries(Object.keys(reservationEvents).map((type) => [type, RESERVATION_DEFAULTS])),
};

/** From the JSON that is kept, whichever release wrote it. Throws when it is no event. */
export function parseEvent(json: string): LoggedEvent {
  const { data, ...envelope } = envelopeSchema.parse(JSON.parse(json));
  const known = EVENTS[envelope.type].parse({ ...DATA_DEFAULTS[envelope.type], ...data });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript does not follow the pair through the union
  return { ...envelope, data: known } as LoggedEvent;
}
