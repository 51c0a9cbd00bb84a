/** The book as a log: every event once, in order, from any offset that is still kept. */
import { z } from "@hono/zod-openapi";
import { eventJson } from "../../d1/event-tail";
import { readEvents } from "../../d1/events";
import { EVENT_TYPES } from "../../domain/event";
import { DEFAULT_EVENT_PAGE_SIZE, MAX_EVENT_PAGE_SIZE } from "../../limits";
import { endpoint, type App } from "../endpoint";
import { bodyAnswer } from "../json-answer";
import { problemResponse } from "../problem";
import { intParam, maybe, productId, timestamp, version } from "../schemas/primitives";

const event = z
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

const eventPage = z
  .object({ events: z.array(event), nextOffset: z.int(), hasMore: z.boolean(), count: z.int() })
  .openapi("EventPage");

const limit = intParam(1, MAX_EVENT_PAGE_SIZE).default(DEFAULT_EVENT_PAGE_SIZE).openapi({
  type: "integer",
  minimum: 1,
  maximum: MAX_EVENT_PAGE_SIZE,
  default: DEFAULT_EVENT_PAGE_SIZE,
});

export function eventRoutes(app: App): void {
  endpoint(
    app,
    {
      method: "get",
      path: "/v1/inventory/events",
      operationId: "readEvents",
      summary: "Read the event log from an offset on",
      tag: "Events",
      scope: "events:read",
      query: z.strictObject({
        offset: maybe(intParam(0, Number.MAX_SAFE_INTEGER)).openapi({
          description: "The first wanted; the oldest that is kept when it is left out.",
        }),
        limit,
        productId: maybe(productId),
        type: maybe(z.enum(EVENT_TYPES)),
      }),
      answers: {
        200: { description: "Events in offset order", schema: eventPage, headers: ["X-Book-Offset"] },
      },
      problems: ["offset_expired", "book_unavailable"],
    },
    async (call) => {
      const { offset, limit: most } = call.query;
      const { oldest, newest, rows } = await readEvents(call.env.BOOK, call.query);
      if (oldest !== null && offset !== undefined && Math.max(offset, 1) < oldest) {
        const detail = `Events before offset ${oldest} are no longer kept.`;
        return problemResponse(call.c, { code: "offset_expired", detail, facts: { oldestOffset: oldest } });
      }
      const shown = rows.slice(0, most);
      const hasMore = rows.length > most;
      const last = shown.at(-1)?.offset ?? 0;
      // Past the end of the book a filter has seen everything up to there, whatever it let through.
      const nextOffset = hasMore ? last + 1 : Math.max((newest ?? 0) + 1, last + 1, offset ?? 1);
      const events = shown.map(eventJson).join(",");
      const rest = `"nextOffset":${nextOffset},"hasMore":${hasMore},"count":${shown.length}`;
      const body = `{"events":[${events}],${rest}}`;
      const headers = { "Content-Type": "application/json", "X-Book-Offset": String(newest ?? 0) };
      return bodyAnswer(call, body, { headers });
    },
  );
}
