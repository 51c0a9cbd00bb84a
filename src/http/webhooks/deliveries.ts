/** What a webhook has sent, and sending on demand. */
import { decodeCursor, encodeCursor, toPage } from "../../d1/page";
import { askWebhook, bookEnds, changeWebhook, unknownWebhook } from "../clients/webhook";
import { pageAnswer } from "../request/answers";
import { route, routesOf } from "../route";
import { REPLAYED, ok, pageOf } from "../schemas/answers";
import { cursor, limit } from "../schemas/primitives";
import * as z from "../zod";
import { delivery, replayRequest, testAnswer, webhook, webhookParams as params } from "./schemas";

export const WEBHOOK_SENDING_ROUTES = routesOf("Webhooks", {
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
