/**
 * Levels and the book as they change, over a WebSocket or as Server-Sent Events. What is wrong with a request is its
 * answer; once the connection is made, errors are messages.
 */
import type { Listening, ListeningRefusal } from "../../domain/listening";
import { listenAtHub } from "../clients/hub";
import { badField, notFound, offsetExpired, OVERLOADED, problemResponse, type Problem } from "../problem";
import { isUpgrade, offeredProtocols } from "../request/auth";
import { route, type Call, type Contract, routesOf } from "../route";
import { intParam, productParams } from "../schemas/primitives";
import * as z from "../zod";
import { bookEvent, error, levelOrQuote, products, since, VERSION_SEEN, versionSeen } from "./schemas";

const PROTOCOL = "holdfast.v1";
const STREAM = "text/event-stream";

const UPGRADED = "Switched to a WebSocket; offer `holdfast.v1` (and a key as `holdfast.key.<key>`).";
const RESUMES = "Server-Sent Events, each line of data a message. `Last-Event-ID` resumes.";

function liveAnswers(message: z.ZodType): Contract["answers"] {
  return {
    101: { description: UPGRADED },
    200: { description: RESUMES, schema: z.union([message, error]), types: [STREAM] },
  };
}

export const LIVE_LEVEL_ROUTES = routesOf("Stock", {
  listenToLevels: route({
    at: "GET /v1/inventory/live",
    summary: "Listen to the levels of products",
    scope: "stock:read",
    query: z.strictObject({
      products: z.maybe(products).describe("A socket may subscribe later instead."),
      since: z.maybe(since).describe("The versions last seen: what is newer comes at once."),
    }),
    produces: [STREAM],
    answers: liveAnswers(levelOrQuote),
    handle: (call) => {
      const { products: wanted = [], since: seen = [] } = call.query;
      const transport = transportOf(call);
      if (transport === "stream" && wanted.length === 0)
        throw badField("query.products", "required", "must be given, unless a WebSocket is asked for");
      if (seen.some(([id]) => !wanted.includes(id)))
        throw badField("query.since", "unknown_product", "must only name products that are asked for");
      return listen(call, {
        transport,
        to: "levels",
        products: wanted,
        since: resumed(call, seen),
        clamped: call.credential.clamped,
        mustExist: false,
      });
    },
  }),
  listenToLevel: route({
    at: "GET /v1/inventory/{productId}/live",
    summary: "Listen to the level of one product",
    scope: "stock:read",
    params: productParams,
    query: z.strictObject({ since: z.maybe(intParam(0, Number.MAX_SAFE_INTEGER)) }),
    produces: [STREAM],
    answers: liveAnswers(levelOrQuote),
    problems: ["product_not_found"],
    handle: (call) => {
      const { productId: id } = call.params;
      return listen(call, {
        transport: transportOf(call),
        to: "levels",
        products: [id],
        since: resumed(call, [[id, call.query.since ?? 0]]),
        clamped: call.credential.clamped,
        mustExist: true,
      });
    },
  }),
});

export const LIVE_EVENT_ROUTES = routesOf("Events", {
  followEvents: route({
    at: "GET /v1/inventory/events/live",
    summary: "Follow the event log from an offset on",
    scope: "events:read",
    query: z.strictObject({
      offset: z
        .maybe(intParam(0, Number.MAX_SAFE_INTEGER))
        .describe("The first wanted; what comes from now on when it is left out."),
    }),
    produces: [STREAM],
    answers: liveAnswers(bookEvent),
    problems: ["offset_expired"],
    handle: (call) => {
      const lastId = call.headers.get("Last-Event-ID") ?? "";
      const offset = /^\d{1,15}$/.test(lastId) ? Number(lastId) + 1 : call.query.offset;
      return listen(call, { transport: transportOf(call), to: "events", offset: offset ?? null });
    },
  }),
});

function transportOf({ headers }: Call): "socket" | "stream" {
  return isUpgrade(headers) ? "socket" : "stream";
}

/** What a stream saw last, if it says so, counts for that product. */
function resumed({ headers }: Call, seen: [string, number][]): [string, number][] {
  const lastId = headers.get("Last-Event-ID") ?? "";
  return VERSION_SEEN.test(lastId) ? [...seen, versionSeen(lastId)] : seen;
}

async function listen(call: Call, listening: Listening): Promise<Response> {
  const headers = new Headers({ "X-Request-Id": call.requestId });
  // Nobody would read the stream.
  if (call.request.method === "HEAD")
    return new Response(null, { headers: { ...Object.fromEntries(headers), "Content-Type": STREAM } });
  const answer = await listenAtHub(call.env, listening);
  if (!(answer instanceof Response)) return problemResponse(call.c, problemOf(answer));
  if (answer.webSocket) {
    if (offeredProtocols(call.headers).includes(PROTOCOL)) headers.set("Sec-WebSocket-Protocol", PROTOCOL);
    return new Response(null, { status: 101, webSocket: answer.webSocket, headers });
  }
  for (const [name, value] of answer.headers) headers.set(name, value);
  return new Response(answer.body, { headers });
}

function problemOf(why: ListeningRefusal): Problem {
  switch (why.code) {
    case "product_not_found":
      return notFound("product_not_found", why.productId);
    case "offset_expired":
      return offsetExpired(why.oldestOffset);
    case "full":
    case "overloaded":
      return OVERLOADED;
  }
}
