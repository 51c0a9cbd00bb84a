/** Events of the book on the wire: what all of them say, and the data of each type as the domain describes it. */
import { EVENT_TYPES, EVENTS, type EventType } from "../../domain/events/event";
import { level } from "../inventory/schemas";
import { timestamp, version } from "../schemas/primitives";
import * as z from "../zod";

const envelope = z.object({
  offset: z.int(),
  id: z.string().openapi({ example: "75192-1:6" }),
  productId: z.string().openapi({
    description: "The product; `webhook:<webhookId>` in `webhook.disabled`.",
    example: "75192-1",
  }),
  version,
  at: timestamp,
  actor: z.string(),
  level: z.union([level, z.null()]),
});

/** `stock.adjusted`: `StockAdjustedEvent`. */
function nameOf(type: EventType): string {
  return `${type.replaceAll(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Event`;
}

export const event = z
  .union(
    EVENT_TYPES.map((type) =>
      envelope.extend({ type: z.literal(type), data: EVENTS[type] }).openapi(nameOf(type)),
    ),
  )
  .openapi("Event");

const eventPageShape = { events: z.array(event), nextOffset: z.int(), hasMore: z.boolean(), count: z.int() };
export const eventPage = z.component("EventPage", eventPageShape);
