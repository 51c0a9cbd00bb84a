/** For the engineer on call: the book rebuilt from the objects, and an object from the book. */
import { BookUnavailable } from "../../d1/book";
import { MAX_RECOVERED_IDS, RESTORE_WAIT_MS } from "../../limits/recovery";
import { withTimeout } from "../../timeout";
import { REPLAYED, jsonAnswer, ok } from "../answers";
import { orOverloaded } from "../clients/reach";
import { rebuildBook, rebuildProgress } from "../clients/recovery";
import { missing, ProblemError } from "../problem";
import { route, type Call, routesOf } from "../route";
import { nonNegative, productId, productParams, timestamp, total, version } from "../schemas/primitives";
import * as z from "../zod";
import { difference, verified } from "./verification";

export const rebuild = z.component("BookRebuild", {
  run: nonNegative.describe("Rises with each."),
  phase: z.enum(["never", "running", "done"]),
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  found: total.describe("Products that are known so far."),
  rebuilt: total,
  failed: total,
  locations: total.describe("Places that the book did not know."),
  lists: z
    .array(
      z.object({
        list: z.string(),
        state: z.enum(["waiting", "read", "skipped"]),
        found: total.describe("Products that no list before had, or that are tried again."),
        reason: z.string().nullable(),
      }),
    )
    .describe(
      "Where products are looked for, in this order; `files`, `webhooks`: what else the book has lost.",
    ),
  failures: z.array(z.object({ productId, reason: z.string() })).describe("The first 100."),
});

export const restored = z.component("Restoration", {
  productId,
  version,
  bookVersion: version.describe("Everything up to this version is as the book has it."),
  lastEventAt: timestamp.nullable(),
  holds: total,
  resolved: total.describe("Reservations that have ended."),
  left: total.describe("Older ones, which the book alone has."),
  droppedVersion: version.describe("What the object had begun again with, and is gone."),
  unknown: z.array(z.string()).describe("What the book could not say."),
  differences: z.array(difference),
});

export const RECOVERY_ROUTES = routesOf("Operation", {
  rebuildBook: route({
    at: "POST /v1/admin/book/rebuild",
    summary: "Have all products send what the book lacks; while that is under way, how far it is",
    scope: "admin",
    body: z.strictObject({
      productIds: z
        .array(productId)
        .max(MAX_RECOVERED_IDS)
        .optional()
        .describe("Products that no list may know."),
    }),
    answers: { 202: { description: "Begun, or under way", schema: rebuild } },
    problems: ["overloaded"],
    handle: async (call) =>
      progressAnswer(call, await orOverloaded(rebuildBook(call.env, call.body.productIds)), 202),
  }),
  readBookRebuild: route({
    at: "GET /v1/admin/book/rebuild",
    summary: "How far the last rebuilding of the book has come",
    scope: "admin",
    answers: ok("The progress", rebuild),
    problems: ["overloaded"],
    handle: async (call) => progressAnswer(call, await orOverloaded(rebuildProgress(call.env)), 200),
  }),
  restoreProduct: route({
    at: "POST /v1/admin/products/{productId}/restore",
    summary: "Make a product's object again from the book, when its storage was lost",
    scope: "admin",
    params: productParams,
    answers: ok("It goes on as the book has it", restored, REPLAYED),
    problems: ["product_not_found", "product_exists", "book_unavailable", "overloaded"],
    once: true,
    handle: async (call) => {
      const { productId: id } = call.params;
      const { state: _, ...done } = await restoredProduct(call, id);
      const { differences } = await verified(call, id);
      return jsonAnswer(call, { productId: id, ...done, unknown: unknownOf(done), differences });
    },
  }),
});

function progressAnswer(
  call: Call,
  progress: Awaited<ReturnType<typeof rebuildProgress>>,
  status: number,
): Response {
  const { cursor: _, listFailures: __, fallAt: ___, awaitsFall: ____, ...shown } = progress;
  return jsonAnswer(call, shown, { status });
}

/** Throws a problem (404, 409, 503). */
async function restoredProduct({ env, credential }: Call, id: string) {
  const asked = Promise.resolve(env.PRODUCT.getByName(id).restore(credential.actor));
  const work = withTimeout(asked, RESTORE_WAIT_MS, "product");
  const done = await orOverloaded(work);
  if (!done) throw new BookUnavailable(new Error(`${id} could not be read from the book`));
  if (done.state === "unknown") missing("product_not_found", id);
  if (done.state === "restored") return done;
  const { version: known, bookVersion } = done;
  const detail = `The object of ${id} is not lost: it is at version ${known}, the book at ${bookVersion}.`;
  throw new ProblemError({ code: "product_exists", detail, extensions: { productId: id, version: known } });
}

function unknownOf({
  bookVersion,
  droppedVersion,
}: {
  bookVersion: number;
  droppedVersion: number;
}): string[] {
  return [
    `holds and sales after version ${bookVersion} of the book`,
    "idempotency keys: a request from before has a second effect",
    "how often holds were extended, and which they were handed over from",
    ...(droppedVersion > 0
      ? [`what was done with it since it was made again, up to version ${droppedVersion}`]
      : []),
  ];
}
