/**
 * Endpoints that the book's events are sent to. The registry in the book says which there are, an object for each knows the
 * rest: the row comes before the object and goes after it, so nothing is ever sent for a webhook that no list shows.
 */
import { ulid } from "ulid";
import { wholeLogEnds } from "../../archive/whole-log";
import { decodeCursor, encodeCursor, toPage } from "../../d1/page";
import * as book from "../../d1/webhooks";
import { readConfig } from "../../env";
import { MAX_WEBHOOKS, WEBHOOK_ABANDONED_MS } from "../../limits";
import { MADE, REPLAYED, bodyAnswer, created, jsonTextAnswer, ok, pageAnswer, pageOf } from "../answers";
import * as client from "../clients/webhook";
import { badField, ProblemError } from "../problem";
import { requestKeyOf } from "../request/idempotency-key";
import { route, routesOf } from "../route";
import { pageParams } from "../schemas/primitives";
import * as z from "../zod";
import * as schemas from "./schemas";

const { webhookWithSecret: withSecret } = schemas;

const one = { scope: "admin", params: schemas.webhookParams, problems: ["route_not_found"] } as const;

export const WEBHOOK_ROUTES = routesOf("Webhooks", {
  listWebhooks: route({
    at: "GET /v1/webhooks",
    summary: "List webhooks",
    scope: "admin",
    query: z.strictObject(pageParams),
    answers: { 200: pageOf(schemas.webhook, ["Link"]) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { limit: most, cursor: from } = call.query;
      const [after = ""] = decodeCursor(from, "webhooks", ["string"]) ?? [];
      const ids = await book.listWebhookIds(call.env.BOOK, most + 1, String(after));
      const page = toPage(ids, most, { item: (id) => id, cursor: (id) => encodeCursor("webhooks", [id]) });
      const ends = await wholeLogEnds(call.env);
      const views = await Promise.all(
        page.items.map((id) => client.askWebhook(call.env, id, async (stub) => stub.view(ends))),
      );
      // A row without an object: whoever was making it did not come to an end.
      const items = views.filter((view) => view !== null).map((view): unknown => JSON.parse(view));
      return pageAnswer(call, { ...page, items });
    },
  }),
  createWebhook: route({
    at: "POST /v1/webhooks",
    summary: "Create a webhook",
    scope: "admin",
    body: schemas.newWebhook,
    answers: created("Made; it begins with the next event, or at `fromOffset`", withSecret, MADE),
    problems: ["offset_expired", "book_unavailable"],
    handle: async (call) => {
      const { env, credential, body } = call;
      client.requireOutboundUrl(env, body.url);
      const key = requestKeyOf(call);
      const ends = await wholeLogEnds(env);
      const now = Date.now();
      const keysKeptSince = now - readConfig(env).idempotencyRetentionMs;
      const newId = `wh_${ulid(now)}`;
      const wanted = { webhookId: newId, now, key: key?.id ?? null, keysKeptSince };
      const webhookId = await register(env, wanted);
      const asked = { ends, actor: credential.actor, ...(key && { key }) };
      const settings = { types: null, productIds: null, description: null, ...body };
      const answer = await client.askWebhook(env, webhookId, async (stub) => stub.create(settings, asked));
      if (!answer.ok) {
        // It was not made: neither is its row to stay.
        if (webhookId === newId) await book.unregisterWebhook(env.BOOK, webhookId);
        throw new ProblemError(client.refusalProblem(webhookId, answer.reason, ends));
      }
      const headers = { Location: `/v1/webhooks/${webhookId}` };
      return jsonTextAnswer(call, answer.body, { status: 201, replayed: answer.replayed, headers });
    },
  }),
  getWebhook: route({
    at: "GET /v1/webhooks/{id}",
    summary: "Read a webhook",
    ...one,
    answers: ok("The webhook", schemas.webhook),
    handle: async (call) => {
      const ends = await client.bookEndsIfKnown(call.env);
      const { id } = call.params;
      const body = await client.askWebhook(call.env, id, async (stub) => stub.view(ends));
      if (body === null) throw client.unknownWebhook(id);
      return jsonTextAnswer(call, body);
    },
  }),
  editWebhook: route({
    at: "PATCH /v1/webhooks/{id}",
    summary: "Change a webhook",
    ...one,
    body: schemas.webhookPatch,
    answers: ok("The webhook afterwards", withSecret, REPLAYED),
    handle: async (call) => {
      const { env, body } = call;
      if (body.url !== undefined) client.requireOutboundUrl(env, body.url);
      const ends = await client.bookEndsIfKnown(env);
      return client.changeWebhook(call, ends, async (stub, asked) => stub.edit(body, asked));
    },
  }),
  deleteWebhook: route({
    at: "DELETE /v1/webhooks/{id}",
    summary: "Delete a webhook",
    ...one,
    answers: { 204: { description: "Deleted", headers: REPLAYED } },
    problems: ["route_not_found", "book_unavailable"],
    once: true,
    handle: async (call, { resumed }) => {
      const { id } = call.params;
      const forgotten = await client.askWebhook(call.env, id, async (stub) => stub.forget());
      const listed = await book.unregisterWebhook(call.env.BOOK, id);
      if (!forgotten && !listed && !resumed) throw client.unknownWebhook(id);
      return bodyAnswer(call, null, { status: 204 });
    },
  }),
  listWebhookDeliveries: route({
    at: "GET /v1/webhooks/{id}/deliveries",
    summary: "List a webhook's last attempts",
    ...one,
    query: z.strictObject(pageParams),
    answers: { 200: pageOf(schemas.delivery, ["Link"]) },
    handle: async (call) => {
      const { limit: most, cursor: from } = call.query;
      const [before] = decodeCursor(from, "deliveries", ["number"]) ?? [];
      const beforeSeq = before === undefined ? before : Number(before);
      const { id } = call.params;
      const rows = await client.askWebhook(call.env, id, async (stub) =>
        stub.deliveries(most + 1, beforeSeq),
      );
      if (rows === null) throw client.unknownWebhook(id);
      const page = toPage(rows, most, {
        item: ({ delivery }) => delivery,
        cursor: ({ seq }) => encodeCursor("deliveries", [seq]),
      });
      return pageAnswer(call, page);
    },
  }),
  testWebhook: route({
    at: "POST /v1/webhooks/{id}/test",
    summary: "Send a test message",
    ...one,
    body: z.strictObject({}),
    answers: ok("It was tried; `delivered` says whether it arrived", schemas.testAnswer, REPLAYED),
    handle: (call) => client.changeWebhook(call, null, async (stub, { key }) => stub.sendTest(key)),
  }),
  replayWebhook: route({
    at: "POST /v1/webhooks/{id}/replay",
    summary: "Send events again, from an offset on",
    ...one,
    body: schemas.replayRequest,
    answers: ok("The webhook, its cursor moved back", schemas.webhook, REPLAYED),
    problems: ["route_not_found", "offset_expired", "book_unavailable"],
    handle: async (call) => {
      const ends = await wholeLogEnds(call.env);
      const { fromOffset } = call.body;
      return client.changeWebhook(call, ends, async (stub, asked) => stub.replay(fromOffset, asked));
    },
  }),
});

/** The id to make it under. Throws a problem when there are as many as there may be. */
async function register(env: Env, wanted: book.Registration): Promise<string> {
  const first = await book.registerWebhook(env.BOOK, wanted);
  if (first !== undefined) return first;
  await removeAbandoned(env, wanted.now - WEBHOOK_ABANDONED_MS);
  const second = await book.registerWebhook(env.BOOK, wanted);
  if (second !== undefined) return second;
  const message = `would be one too many: there may be ${MAX_WEBHOOKS} webhooks`;
  throw badField("body", "too_many_webhooks", message);
}

/** Rows whose webhook was never made: the call that should have made it has long ended. */
async function removeAbandoned(env: Env, before: number): Promise<void> {
  const ids = await book.listOldWebhookIds(env.BOOK, before);
  const views = await Promise.all(
    ids.map((id) => client.askWebhook(env, id, async (stub) => stub.view(null))),
  );
  for (const id of ids.filter((_, index) => views[index] === null))
    await book.unregisterWebhook(env.BOOK, id);
}
