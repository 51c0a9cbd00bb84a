/** For the engineer on call: the search index made anew from the book. */
import { indexProgress, rebuildIndex } from "../clients/indexer";
import { orOverloaded } from "../clients/reach";
import { jsonAnswer, ok } from "../answers";
import { route, routesOf } from "../route";
import { nonNegative, timestamp } from "../schemas/primitives";
import * as z from "../zod";

export const rebuild = z.component("SearchRebuild", {
  build: nonNegative.describe("Rises with each."),
  phase: z
    .enum(["never", "indexing", "removing", "done"])
    .describe("Every product is indexed, then entries of products that are no more are removed."),
  indexed: nonNegative.describe("Products so far."),
  total: nonNegative.nullable().describe("Products there were when it began."),
  removed: nonNegative,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
});

export const SEARCH_ROUTES = routesOf("Operation", {
  rebuildSearch: route({
    at: "POST /v1/admin/search/rebuild",
    summary:
      "Make the search index anew from the book, while it answers; while one is under way, how far it is",
    scope: "admin",
    answers: { 202: { description: "Begun, or under way", schema: rebuild } },
    problems: ["overloaded"],
    handle: async (call) => {
      const { afterId: _, ...progress } = await orOverloaded(rebuildIndex(call.env));
      return jsonAnswer(call, progress, { status: 202 });
    },
  }),
  readSearchRebuild: route({
    at: "GET /v1/admin/search/rebuild",
    summary: "How far the last rebuilding of the search index has come",
    scope: "admin",
    answers: ok("The progress", rebuild),
    problems: ["overloaded"],
    handle: async (call) => {
      const { afterId: _, ...progress } = await orOverloaded(indexProgress(call.env));
      return jsonAnswer(call, progress);
    },
  }),
});
