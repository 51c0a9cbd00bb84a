/** Webhooks as the wire has them. */
import { EVENT_TYPES } from "../../domain/events/event";
import { DISABLED_REASONS } from "../../domain/events/webhook-events";
import { MAX_WEBHOOK_SECRET_BYTES, MIN_WEBHOOK_SECRET_BYTES } from "../../limits";
import { productId, reason, text, timestamp } from "../schemas/primitives";
import { MAX_URL_CHARS, MAX_WEBHOOK_PRODUCTS } from "../wire-limits";
import * as z from "../zod";

export const webhookParams = z.strictObject({
  id: z.string().openapi({ example: "wh_01KDTBQ6Z5Y0G8X4V3JQ2M7N9P" }),
});

const url = text(MAX_URL_CHARS).openapi({ example: "https://hooks.example.com/holdfast" });
const types = z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length).nullable();
const productIds = z.array(productId).min(1).max(MAX_WEBHOOK_PRODUCTS).nullable();

const filters = {
  types: z.maybe(types.describe("null: events of every type.")),
  productIds: z.maybe(productIds.describe("null: events of every product.")),
  description: z.maybe(reason.nullable()),
};

const SECRET = `must be whsec_ and ${MIN_WEBHOOK_SECRET_BYTES} to ${MAX_WEBHOOK_SECRET_BYTES} bytes in base64`;
const secret = z.string().refine(isSecret, SECRET);

function isSecret(value: string): boolean {
  const [, base64 = ""] = /^whsec_(.+)$/.exec(value) ?? [];
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) return false;
  return bytes.length >= MIN_WEBHOOK_SECRET_BYTES && bytes.length <= MAX_WEBHOOK_SECRET_BYTES;
}

const offset = z.int().min(0);

export const newWebhook = z.strictComponent("NewWebhook", {
  url,
  ...filters,
  secret: z.maybe(secret).describe("Left out: one is made. `whsec_` and base64."),
  fromOffset: z
    .maybe(offset)
    .describe("The first event of the book that it is about; left out: the next one to come."),
});

export const webhookPatch = z.strictComponent("WebhookPatch", {
  url: z.maybe(url),
  ...filters,
  status: z
    .maybe(z.enum(["active", "disabled"]))
    .describe("`active`: goes on at its `nextOffset`, at once and with its failures forgotten."),
  rotateSecret: z
    .maybe(z.boolean())
    .describe("true: the answer has a new secret; the old one signs too for another 24 hours."),
});

export const replayRequest = z.strictComponent("WebhookReplay", { fromOffset: offset });

const nullableTime = timestamp.nullable();

const webhookShape = {
  webhookId: z.string().openapi({ example: "wh_01KDTBQ6Z5Y0G8X4V3JQ2M7N9P" }),
  url: z.string(),
  types: z.array(z.enum(EVENT_TYPES)).nullable(),
  productIds: z.array(z.string()).nullable(),
  description: z.string().nullable(),
  status: z.enum(["active", "disabled"]),
  disabledReason: z.enum(DISABLED_REASONS).nullable(),
  nextOffset: z.int().describe("The first event of the book that is still to come to it."),
  behind: z
    .int()
    .nullable()
    .describe("Events of the book from `nextOffset` on; null while the book cannot be read."),
  missedEvents: z
    .object({ from: z.int(), to: z.int() })
    .nullable()
    .describe("The last offsets that were no longer kept when it came to them."),
  consecutiveFailures: z.int(),
  nextAttemptAt: nullableTime,
  lastDeliveredAt: nullableTime,
  createdAt: timestamp,
  updatedAt: timestamp,
};

export const webhook = z.component("Webhook", webhookShape);
export const webhookWithSecret = z.component("WebhookWithSecret", {
  ...webhookShape,
  secret: z.string().optional().describe("Only where one has just been made."),
});

export const testAnswer = z.component("WebhookTest", {
  delivered: z.boolean(),
  httpStatus: z.int().nullable(),
  error: z.string().nullable(),
  durationMs: z.int(),
});

export const delivery = z.component("WebhookDelivery", {
  deliveryId: z.string(),
  offset: z.int(),
  eventId: z.string(),
  eventType: z.string(),
  attempt: z.int(),
  outcome: z.enum(["delivered", "failed"]),
  httpStatus: z.int().nullable(),
  error: z.string().nullable(),
  durationMs: z.int(),
  at: timestamp,
});
