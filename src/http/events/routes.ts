/** The book as a log: every event once, in order, from any offset that is still kept. */
import { eventJson } from "../../d1/event-tail";
import { readAllEvents } from "../../archive/whole-log";
import type { EventPage } from "../../d1/events";
import { EVENT_TYPES } from "../../domain/events/event";
import type { BookPage } from "../../domain/listening";
import { DEFAULT_EVENT_PAGE_SIZE, MAX_EVENT_PAGE_SIZE, MAX_POLL_SECONDS } from "../../limits";
import { jsonTextAnswer, ok } from "../answers";
import { pollHub } from "../clients/hub";
import { offsetExpired, problemResponse } from "../problem";
import { route, type Call, routesOf } from "../route";
import { intParam, intParamOr, productId } from "../schemas/primitives";
import * as z from "../zod";
import { eventPage } from "./schemas";

const IN_ORDER =
  "Events in offset order. With `type` or `productId` a bounded part of the log is looked at: there may be fewer than asked " +
  "for, or none, and still `hasMore: true`. `nextOffset` is past everything that was looked at.";

export const EVENT_ROUTES = routesOf("Events", {
  readEvents: route({
    at: "GET /v1/inventory/events",
    summary: "Read the event log from an offset on",
    scope: "events:read",
    query: z.strictObject({
      offset: z
        .maybe(intParam(0, Number.MAX_SAFE_INTEGER))
        .describe("The first wanted; the oldest that is kept when it is left out."),
      limit: intParamOr(DEFAULT_EVENT_PAGE_SIZE, 1, MAX_EVENT_PAGE_SIZE),
      wait: intParamOr(0, 0, MAX_POLL_SECONDS).describe(
        "Seconds to wait for an event when there is none yet.",
      ),
      productId: z.maybe(productId),
      type: z.maybe(z.enum(EVENT_TYPES)),
    }),
    answers: ok(IN_ORDER, eventPage, ["X-Book-Offset"]),
    problems: ["offset_expired", "book_unavailable"],
    handle: async (call) => {
      const { wait, ...query } = call.query;
      const { oldest, ...found } = await readAllEvents(call.env, query);
      const { offset } = query;
      if (oldest !== null && offset !== undefined && Math.max(offset, 1) < oldest) {
        return problemResponse(call.c, offsetExpired(oldest));
      }
      const page = bookPage(found, query);
      if (wait === 0 || page.rows.length > 0 || page.hasMore) return eventsAnswer(call, page);
      const polled = await pollHub(call.env, { ...query, offset: page.nextOffset, waitMs: wait * 1000 });
      if (polled === "behind")
        return eventsAnswer(call, bookPage(await readAllEvents(call.env, query), query));
      return eventsAnswer(call, polled ?? page);
    },
  }),
});

function bookPage(
  { newest, rows, resumeAt }: Omit<EventPage, "oldest">,
  { offset, limit }: { offset?: number; limit: number },
): BookPage {
  const shown = rows.slice(0, limit);
  if (rows.length <= limit && resumeAt !== undefined)
    return { rows: shown, nextOffset: resumeAt, hasMore: true, newest: newest ?? 0 };
  const hasMore = rows.length > limit;
  const last = shown.at(-1)?.offset ?? 0;
  // Past the end of the book a filter has seen everything up to there, whatever it let through.
  const nextOffset = hasMore ? last + 1 : Math.max((newest ?? 0) + 1, last + 1, offset ?? 1);
  return { rows: shown, nextOffset, hasMore, newest: newest ?? 0 };
}

function eventsAnswer(call: Call, { rows, nextOffset, hasMore, newest }: BookPage): Response {
  const events = rows.map(eventJson).join(",");
  const rest = `"nextOffset":${nextOffset},"hasMore":${hasMore},"count":${rows.length}`;
  return jsonTextAnswer(call, `{"events":[${events}],${rest}}`, {
    headers: { "X-Book-Offset": String(newest) },
  });
}
