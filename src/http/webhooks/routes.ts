/**
 * Endpoints that the book's events are sent to. The registry in the book says which there are, an object for each knows the
 * rest: the row comes before the object and goes after it, so nothing is ever sent for a webhook that no list shows.
 */
import { ulid } from "ulid";
import { decodeCursor, encodeCursor, toPage } from "../../d1/page";
import * as book from "../../d1/webhooks";
import { readConfig } from "../../env";
import { MAX_WEBHOOKS, WEBHOOK_ABANDONED_MS } from "../../limits";
import {
  askWebhook,
  bookEnds,
  bookEndsIfKnown,
  changeWebhook,
  refusalProblem,
  requireOutboundUrl,
  unknownWebhook,
} from "../clients/webhook";
import { badField, ProblemError } from "../problem";
import { bodyAnswer, jsonTextAnswer, pageAnswer } from "../request/answers";
import { requestKeyOf } from "../request/idempotency-key";
import { route, routesOf } from "../route";
import { MADE, REPLAYED, created, ok, pageOf } from "../schemas/answers";
import { cursor, limit } from "../schemas/primitives";
import * as z from "../zod";
import {
  newWebhook,
  webhook,
  webhookParams as params,
  webhookPatch,
  webhookWithSecret,
  delivery,
  replayRequest,
  testAnswer,
} from "./schemas";

export const WEBHOOK_ROUTES = routesOf("Webhooks", {
  listWebhooks: route({
    at: "GET /v1/webhooks",
    summary: "List webhooks, the oldest first",
    scope: "admin",
    query: z.strictObject({ limit, cursor }),
    answers: { 200: pageOf(webhook, ["Link"]) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { limit: most, cursor: from } = call.query;
      const [after] = decodeCursor(from, "webhooks", ["string"]) ?? [];
      const ids = await book.listWebhookIds(
        call.env.BOOK,
        most + 1,
        after === undefined ? after : String(after),
      );
      const page = toPage(ids, most, { item: (id) => id, cursor: (id) => encodeCursor("webhooks", [id]) });
      const ends = await bookEnds(call.env);
      const views = await Promise.all(
        page.items.map((id) => askWebhook(call.env, id, async (stub) => stub.view(ends))),
      );
      // A row without an object: whoever was making it did not come to an end.
      const items = views.filter((view) => view !== null).map((view): unknown => JSON.parse(view));
      return pageAnswer(call, { ...page, items });
    },
  }),
  createWebhook: route({
    at: "POST /v1/webhooks",
    summary: "Have events sent to an endpoint; the answer has the secret that signs them, this once",
    scope: "admin",
    body: newWebhook,
    answers: created("Made; it begins with the next event, or at `fromOffset`", webhookWithSecret, MADE),
    problems: ["offset_expired", "book_unavailable"],
    handle: async (call) => {
      const { env, credential, body } = call;
      requireOutboundUrl(env, body.url);
      const key = await requestKeyOf(call);
      const ends = await bookEnds(env);
      const now = Date.now();
      const keysKeptSince = now - readConfig(env).idempotencyRetentionMs;
      const newId = `wh_${ulid(now)}`;
      const wanted = { webhookId: newId, now, key: key?.id ?? null, keysKeptSince };
      const webhookId = await register(env, wanted);
      const asked = { ends, actor: credential.actor, ...(key && { key }) };
      const settings = { types: null, productIds: null, description: null, ...body };
      const answer = await askWebhook(env, webhookId, async (stub) => stub.create(settings, asked));
      if (!answer.ok) {
        // It was not made: neither is its row to stay.
        if (webhookId === newId) await book.unregisterWebhook(env.BOOK, webhookId);
        throw new ProblemError(refusalProblem(webhookId, answer.reason, ends));
      }
      const { body: made, replayed } = answer;
      return jsonTextAnswer(call, made, {
        status: 201,
        replayed,
        headers: { Location: `/v1/webhooks/${webhookId}` },
      });
    },
  }),
  getWebhook: route({
    at: "GET /v1/webhooks/{id}",
    summary: "One webhook: its settings, how far it is, how it fares",
    scope: "admin",
    params,
    answers: ok("The webhook", webhook),
    problems: ["route_not_found"],
    handle: async (call) => {
      const ends = await bookEndsIfKnown(call.env);
      const { id } = call.params;
      const body = await askWebhook(call.env, id, async (stub) => stub.view(ends));
      if (body === null) throw unknownWebhook(id);
      return jsonTextAnswer(call, body);
    },
  }),
  editWebhook: route({
    at: "PATCH /v1/webhooks/{id}",
    summary: "Change a webhook, enable or disable it, have a new secret",
    scope: "admin",
    params,
    body: webhookPatch,
    answers: ok("The webhook afterwards", webhookWithSecret, REPLAYED),
    problems: ["route_not_found"],
    handle: async (call) => {
      const { env, body } = call;
      if (body.url !== undefined) requireOutboundUrl(env, body.url);
      const ends = await bookEndsIfKnown(env);
      return changeWebhook(call, ends, async (stub, asked) => stub.edit(body, asked));
    },
  }),
  deleteWebhook: route({
    at: "DELETE /v1/webhooks/{id}",
    summary: "Send nothing any more, and forget the webhook",
    scope: "admin",
    params,
    answers: { 204: { description: "Deleted", headers: REPLAYED } },
    problems: ["route_not_found", "book_unavailable"],
    once: true,
    handle: async (call, { resumed }) => {
      const { id } = call.params;
      const forgotten = await askWebhook(call.env, id, async (stub) => stub.forget());
      const listed = await book.unregisterWebhook(call.env.BOOK, id);
      if (!forgotten && !listed && !resumed) throw unknownWebhook(id);
      return bodyAnswer(call, null, { status: 204 });
    },
  }),
  listWebhookDeliveries: route({
    at: "GET /v1/webhooks/{id}/deliveries",
    summary: "The last attempts of a webhook, the newest first",
    scope: "admin",
    params,
    query: z.strictObject({ limit, cursor }),
    answers: { 200: pageOf(delivery, ["Link"]) },
    problems: ["route_not_found"],
    handle: async (call) => {
      const { limit: most, cursor: from } = call.query;
      const [before] = decodeCursor(from, "deliveries", ["number"]) ?? [];
      const beforeSeq = before === undefined ? before : Number(before);
      const { id } = call.params;
      const rows = await askWebhook(call.env, id, async (stub) => stub.deliveries(most + 1, beforeSeq));
      if (rows === null) throw unknownWebhook(id);
      const page = toPage(rows, most, {
        item: ({ delivery }) => delivery,
        cursor: ({ seq }) => encodeCursor("deliveries", [seq]),
      });
      return pageAnswer(call, page);
    },
  }),
  testWebhook: route({
    at: "POST /v1/webhooks/{id}/test",
    summary: "Send a `webhook.test` message at once and say what came of it",
    scope: "admin",
    params,
    body: z.strictObject({}),
    answers: ok("It was tried; `delivered` says whether it arrived", testAnswer, REPLAYED),
    problems: ["route_not_found"],
    handle: (call) => {
      return changeWebhook(call, null, async (stub, { key }) => stub.sendTest(key));
    },
  }),
  replayWebhook: route({
    at: "POST /v1/webhooks/{id}/replay",
    summary: "Send everything again from an offset on",
    scope: "admin",
    params,
    body: replayRequest,
    answers: ok("The webhook, its cursor moved back", webhook, REPLAYED),
    problems: ["route_not_found", "offset_expired", "book_unavailable"],
    handle: async (call) => {
      const ends = await bookEnds(call.env);
      const { fromOffset } = call.body;
      return changeWebhook(call, ends, async (stub, asked) => stub.replay(fromOffset, asked));
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
  const views = await Promise.all(ids.map((id) => askWebhook(env, id, async (stub) => stub.view(null))));
  for (const id of ids.filter((_, index) => views[index] === null))
    await book.unregisterWebhook(env.BOOK, id);
}
