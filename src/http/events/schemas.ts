/** Events of the book on the wire. */
import { EVENT_TYPES } from "../../domain/events/event";
import { timestamp, version } from "../schemas/primitives";
import * as z from "../zod";

export const event = z
  .object({
    offset: z.int(),
    id: z.string().openapi({ example: "75192-1:6" }),
    type: z.enum(EVENT_TYPES),
    productId: z.string().openapi({
      description: "The product; `webhook:<webhookId>` in `webhook.disabled`.",
      example: "75192-1",
    }),
    version,
    at: timestamp,
    actor: z.string(),
    data: z.record(z.string(), z.unknown()),
    level: z.record(z.string(), z.unknown()).nullable(),
  })
  .openapi("Event");

export const eventPage = z
  .object({ events: z.array(event), nextOffset: z.int(), hasMore: z.boolean(), count: z.int() })
  .openapi("EventPage");
