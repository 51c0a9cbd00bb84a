/** What an endpoint gets, as the document's `webhooks`. */
import type { RouteConfig } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../../domain/events/event";
import { event } from "../events/schemas";
import { timestamp } from "../schemas/primitives";
import * as z from "../zod";

const headers = z.object({
  "webhook-id": z.string().openapi({
    description: "`evt_<offset>`, the same in every attempt: pass over what you have had.",
    example: "evt_1192",
  }),
  "webhook-timestamp": z.string().openapi({
    description: "Seconds since 1970, of this attempt. Refuse what is more than five minutes off.",
    example: "1795286505",
  }),
  "webhook-signature": z.string().openapi({
    description:
      "As Standard Webhooks signs: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body` with the secret's bytes; " +
      "several, divided by spaces, while a secret is replaced: one must be right.",
    example: "v1,yaXiKMlDy8+8DE4OdVmZjPpO4aNCATk2DgJEhWjUnCk=",
  }),
});

const delivered = z.component("DeliveredEvent", { type: z.enum(EVENT_TYPES), timestamp, data: event });

const tested = z.component("DeliveredTest", {
  type: z.literal("webhook.test").describe("`webhook.test`: no event, and not in the log."),
  timestamp,
  data: z.object({ webhookId: z.string() }).describe("The webhook that was tried."),
});

function delivery(path: string, schema: z.ZodType, said: { summary: string; description: string }) {
  return {
    method: "post",
    path,
    operationId: `deliver${path.replaceAll(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: ["Webhooks"],
    ...said,
    security: [],
    request: { headers, body: { required: true, content: { "application/json": { schema } } } },
    responses: {
      "2XX": { description: "Taken. Anything else, or nothing within some seconds: it is sent again." },
      410: { description: "Nothing more is wanted: the webhook is disabled." },
    },
  } satisfies RouteConfig;
}

export const DELIVERIES = [
  delivery("event", delivered, {
    summary: "An event, sent to your endpoint",
    description:
      "Check the signature over the bytes of the body as they came, before you parse them. Answer 2xx as soon as you have " +
      "the event in safety; do the work afterwards. Events come in the order of the log, each at least once.",
  }),
  delivery("webhook.test", tested, {
    summary: "A test message, sent to your endpoint",
    description:
      "Sent by `POST /v1/webhooks/{id}/test`, and signed like an event, so that you can see whether you check signatures rightly.",
  }),
];
