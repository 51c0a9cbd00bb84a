/**
 * Levels and the book as they change, over a WebSocket or as Server-Sent Events. What is wrong with a request is its
 * answer; once the connection is made, errors are messages.
 */
import { moneySchema } from "../../domain/money";
import type { FollowingTheBook, ListeningRefusal, ListeningToLevels } from "../../domain/listening";
import { PRODUCT_ID } from "../../domain/ids";
import { AVAILABILITIES } from "../../domain/product";
import { MAX_PRODUCTS_PER_LISTENER } from "../../limits";
import { listenAtHub } from "../clients/hub";
import { event } from "../events/schemas";
import { badField, notFound, offsetExpired, OVERLOADED, problemResponse, type Problem } from "../problem";
import { isUpgrade, offeredProtocols } from "../request/auth";
import { route, type Call, type Contract, routesOf } from "../route";
import { intParam, productId, productParams, timestamp, version } from "../schemas/primitives";
import * as z from "../zod";

export const level = z.component("LevelMessage", {
  type: z.literal("level"),
  productId,
  version,
  onHand: z.int(),
  reserved: z.int(),
  available: z.int(),
  availability: z.enum(AVAILABILITIES),
  at: timestamp,
});

/** Of a product's market price, beside its levels. */
export const quote = z.component("QuoteMessage", {
  type: z.literal("quote"),
  productId,
  price: moneySchema,
  source: z.string(),
  at: timestamp,
});

/** What those get who listen to products. */
const levelOrQuote = z.union([level, quote]);

const error = z
  .looseObject({ type: z.literal("error"), code: z.string(), detail: z.string() })
  .openapi("ErrorMessage");

const bookEvent = z.component("EventMessage", { type: z.literal("event"), offset: z.int(), event });

const products = z
  .string()
  .transform((list) => list.split(","))
  .refine((ids) => ids.every((id) => PRODUCT_ID.test(id)), "must be productIds, separated by commas")
  .refine((ids) => new Set(ids).size <= MAX_PRODUCTS_PER_LISTENER, {
    error: `must be at most ${MAX_PRODUCTS_PER_LISTENER}`,
    params: { code: "too_many_products" },
  })
  .openapi({ type: "string", example: "75192-1,10307-1" });

/** `productId:version`, as it was seen last. */
const VERSION_SEEN = /^([^:]+):(\d{1,15})$/;

const since = z
  .string()
  .refine((list) => list.split(",").every((seen) => VERSION_SEEN.test(seen)), "must be productId:version,…")
  .transform((list) => list.split(",").map(versionSeen))
  .openapi({ type: "string", example: "75192-1:17,10307-1:3" });

function versionSeen(seen: string): [string, number] {
  const [, id = "", seenVersion] = VERSION_SEEN.exec(seen) ?? [];
  return [id, Number(seenVersion)];
}

const PROTOCOL = "holdfast.v1";
const STREAM = "text/event-stream";

const UPGRADED = "Switched to a WebSocket; offer `holdfast.v1` (and a key as `holdfast.key.<key>`).";
const RESUMES = "Server-Sent Events, each line of data a message. `Last-Event-ID` resumes.";

const ticket = z.maybe(z.string()).describe("Of `POST /v1/live/tickets`, where no key can be sent.");

function liveAnswer(message: z.ZodType): Pick<Contract, "produces" | "answers" | "ticketed"> {
  const stream = { description: RESUMES, schema: z.union([message, error]), types: [STREAM] };
  return { ticketed: true, produces: [STREAM], answers: { 101: { description: UPGRADED }, 200: stream } };
}

export const LIVE_LEVEL_ROUTES = routesOf("Stock", {
  listenToLevels: route({
    at: "GET /v1/inventory/live",
    summary: "Listen to the levels of products",
    scope: "stock:read",
    query: z.strictObject({
      ticket,
      products: z.maybe(products).describe("A socket may subscribe later instead."),
      since: z.maybe(since).describe("The versions last seen: what is newer comes at once."),
    }),
    ...liveAnswer(levelOrQuote),
    handle: (call) => {
      const { products: wanted = [], since: seen = [] } = call.query;
      if (!isUpgrade(call.headers) && wanted.length === 0)
        throw badField("query.products", "required", "must be given, unless a WebSocket is asked for");
      if (seen.some(([id]) => !wanted.includes(id)))
        throw badField("query.since", "unknown_product", "must only name products that are asked for");
      return listenToLevels(call, { products: wanted, since: seen, mustExist: false });
    },
  }),
  listenToLevel: route({
    at: "GET /v1/inventory/{productId}/live",
    summary: "Listen to the level of one product",
    scope: "stock:read",
    params: productParams,
    query: z.strictObject({ ticket, since: z.maybe(intParam(0, Number.MAX_SAFE_INTEGER)) }),
    ...liveAnswer(levelOrQuote),
    problems: ["product_not_found"],
    handle: (call) => {
      const { productId: id } = call.params;
      const seen: [string, number] = [id, call.query.since ?? 0];
      return listenToLevels(call, { products: [id], since: [seen], mustExist: true });
    },
  }),
});

export const LIVE_EVENT_ROUTES = routesOf("Events", {
  followEvents: route({
    at: "GET /v1/inventory/events/live",
    summary: "Follow the event log from an offset on",
    scope: "events:read",
    query: z.strictObject({
      ticket,
      offset: z
        .maybe(intParam(0, Number.MAX_SAFE_INTEGER))
        .describe("The first wanted; what comes from now on when it is left out."),
    }),
    ...liveAnswer(bookEvent),
    problems: ["offset_expired"],
    handle: (call) => {
      const lastId = call.headers.get("Last-Event-ID") ?? "";
      const offset = /^\d{1,15}$/.test(lastId) ? Number(lastId) + 1 : call.query.offset;
      return listen(call, { to: "events", offset: offset ?? null });
    },
  }),
});

/** What a stream saw last, if it says so, counts for that product. */
function listenToLevels(
  call: Call,
  { since: seen, ...wanted }: Pick<ListeningToLevels, "products" | "since" | "mustExist">,
): Promise<Response> {
  const lastId = call.headers.get("Last-Event-ID") ?? "";
  const since = VERSION_SEEN.test(lastId) ? [...seen, versionSeen(lastId)] : seen;
  return listen(call, { to: "levels", ...wanted, since, clamped: call.credential.clamped });
}

async function listen(call: Call, to: ListeningToLevels | FollowingTheBook): Promise<Response> {
  const headers = new Headers({ "X-Request-Id": call.requestId });
  // Nobody would read the stream.
  if (call.request.method === "HEAD")
    return new Response(null, { headers: { ...Object.fromEntries(headers), "Content-Type": STREAM } });
  const transport = isUpgrade(call.headers) ? "socket" : "stream";
  const answer = await listenAtHub(call.env, { transport, ...to });
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
