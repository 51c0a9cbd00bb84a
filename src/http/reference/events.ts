/** Of what happens: the log, live streams, webhooks. */
import type { OperationId } from "../routes";
import * as demo from "./demo";
import type { OperationReference } from "./example";

const hook = { path: { id: demo.WEBHOOK } };
const unknown = { path: { id: demo.NO_WEBHOOK }, code: "route_not_found" } as const;

const TRANSPORTS =
  "As a WebSocket when the request is an upgrade, else as Server-Sent Events. A browser can send no header with either: it " +
  "takes a ticket (`POST /v1/live/tickets`), or offers the protocol `holdfast.key.<key>` beside `holdfast.v1`.";

export const EVENT_OPERATIONS = {
  createLiveTicket: {
    description:
      "Gives a ticket that stands for your key in the URL of a live route for 60 seconds, since a browser cannot send a " +
      "header with `EventSource` or `WebSocket`. No other route takes a ticket, and none takes a key in its URL.",
    retry: "Ask for as many as you like; each is good by itself.",
    examples: [{ summary: "A ticket", status: 201 }],
    error: { code: "unauthenticated" },
  },
  listenToLevel: {
    description:
      "The level and the market price of one product as they change: first those of now, then every change. " +
      "A level is a state, not a log: what came between may be left out, the last one always comes. " +
      TRANSPORTS,
    examples: [{ summary: "The Millennium Falcon", path: { productId: demo.SET }, status: 200 }],
    error: { path: { productId: demo.NO_SET }, code: "product_not_found" },
  },
  listenToLevels: {
    description:
      "The same for up to 200 products over one connection. With `since` nothing is sent of what you have " +
      `seen already; a socket may subscribe to more later. ${TRANSPORTS}`,
    examples: [{ summary: "Two sets", query: { products: `${demo.SET},${demo.OTHER_SET}` }, status: 200 }],
    error: {
      query: { products: demo.SET, since: `${demo.OTHER_SET}:1` },
      code: "validation_failed",
    },
  },
  followEvents: {
    description:
      "Every event of the log from `offset` on, each once and in order, then those to come. A client that " +
      `reconnects says where it was with \`offset\` or \`Last-Event-ID\`. ${TRANSPORTS}`,
    examples: [{ summary: "From the first event on", query: { offset: 1 }, status: 200 }],
    error: { code: "unauthenticated" },
  },
  readEvents: {
    description:
      "The log of everything that happened, from an offset on. It is how another system follows: read a page, keep " +
      "`nextOffset`, ask for that next time. With `wait` the answer comes when there is something, within 60 seconds at " +
      "most, so that a loop of requests gets it at once. Offsets rise without gaps; each product's versions do, too.",
    examples: [{ summary: "The first two", query: { offset: 1, limit: 2 }, status: 200 }],
    error: { code: "unauthenticated" },
  },
  createWebhook: {
    description:
      "Has the events of the log sent to an endpoint of yours, signed, in order and at least once. `types` and " +
      "`productIds` choose which. The answer has the secret that signs them, this once. The url is `https` and public.",
    examples: [
      {
        summary: "Sales, and what runs low",
        headers: { "Idempotency-Key": "hook-1" },
        body: {
          url: "https://hooks.example.com/holdfast",
          types: ["reservation.confirmed", "stock.low"],
          description: "the warehouse",
        },
        status: 201,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "hook-2" },
      body: { url: "https://10.0.0.7/holdfast" },
      code: "validation_failed",
    },
  },
  listWebhooks: {
    description: "All webhooks, the oldest first, each with how far it is and how it fares.",
    examples: [{ summary: "The first two", query: { limit: 2 }, status: 200 }],
    error: { query: { cursor: "not-one-of-ours" }, code: "validation_failed" },
  },
  getWebhook: {
    description:
      "One webhook: what it wants, `nextOffset` and `behind` (how far it is), and what came of the last attempts. A " +
      "webhook that fails for days is disabled; `disabledReason` says why.",
    examples: [{ summary: "The warehouse's", ...hook, status: 200 }],
    error: unknown,
  },
  editWebhook: {
    description:
      "Changes what is given. `status: active` enables a disabled one, which goes on where it stopped. `rotateSecret: true` " +
      "gives a new secret; for 24 hours the old one signs too, so that no delivery is lost while you change it.",
    retry:
      "It says how things are: the same again changes nothing. A new secret is made once per `Idempotency-Key`.",
    examples: [{ summary: "Sales alone", ...hook, body: { types: ["reservation.confirmed"] }, status: 200 }],
    error: { ...unknown, body: { types: null } },
  },
  testWebhook: {
    description:
      "Sends a signed `webhook.test` message to the endpoint, now, and says what came of it. Use it to see that the " +
      "signature is checked rightly, before something happens.",
    examples: [{ summary: "Does it arrive?", ...hook, status: 200 }],
    error: unknown,
  },
  replayWebhook: {
    description:
      "Sends everything from an offset on once more: after a fault of the receiver, or to fill a new one. Events keep " +
      "their ids, so that a receiver that knows them can pass over them.",
    examples: [{ summary: "All from the start", ...hook, body: { fromOffset: 1 }, status: 200 }],
    error: { ...unknown, body: { fromOffset: 1 } },
  },
  listWebhookDeliveries: {
    description:
      "The last attempts, the newest first: when, of which event, with which status, and what went wrong.",
    examples: [{ summary: "The last two", ...hook, query: { limit: 2 }, status: 200 }],
    error: unknown,
  },
  deleteWebhook: {
    description: "Sends nothing any more and forgets the webhook, its secret and its attempts.",
    retry: "With the same `Idempotency-Key` a repeat is 204 again; without, 404 `route_not_found`.",
    examples: [{ summary: "No more", ...hook, status: 204 }],
    error: unknown,
  },
} satisfies Partial<Record<OperationId, OperationReference>>;
