/** For the engineer on call: the book rebuilt from the objects, and an object from the book. */
import { BookUnavailable } from "../../d1/book";
import { MAX_RECOVERED_IDS, RESTORED_VERSION_GAP, RESTORE_WAIT_MS } from "../../limits/recovery";
import { withTimeout } from "../../timeout";
import { REPLAYED, jsonAnswer, ok } from "../answers";
import { orOverloaded } from "../clients/reach";
import { rebuildBook, rebuildProgress } from "../clients/recovery";
import { missing, ProblemError } from "../problem";
import { route, type Call, routesOf } from "../route";
import { nonNegative, productId, productParams, timestamp, total, version } from "../schemas/primitives";
import * as z from "../zod";
import { difference, verified } from "./verification";

const rebuild = z.component("BookRebuild", {
  run: nonNegative.describe("Rises with each."),
  phase: z.enum(["never", "running", "done"]),
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  found: total.describe("Products that some list has named so far."),
  rebuilt: total.describe("Of these, those whose events and rows the book has."),
  failed: total.describe("Of these, those that could not be rebuilt."),
  locations: total.describe("Places that the book did not know and that products have stock at."),
  lists: z
    .array(
      z.object({
        list: z.string().openapi({
          description:
            "`files`, `webhooks`: what else the book may have lost; `book`, `search`, `catalog`, `archive`: where products are " +
            "looked for; `given`: by requests.",
        }),
        state: z.enum(["waiting", "read", "skipped"]),
        found: total.describe("Products that no list before had."),
        reason: z.string().nullable(),
      }),
    )
    .describe("In the order in which they are read."),
  failures: z
    .array(z.object({ productId, reason: z.string() }))
    .describe("The first 100 that could not be rebuilt."),
});

const restored = z.component("Restoration", {
  productId,
  version: version.describe("From here the object goes on."),
  bookVersion: version.describe("Everything up to this version is as the book has it."),
  lastEventAt: timestamp.nullable().describe("Of the book's last event of the product."),
  holds: total.describe("Holds that are there again."),
  resolved: total.describe("Reservations that have ended and are there again."),
  left: total.describe("Older ones that the book alone has."),
  droppedVersion: version.describe("What the object had begun anew with, and is gone; 0: it was empty."),
  unknown: z.array(z.string()).describe("What the book could not say."),
  differences: z.array(difference).describe("As by verifying."),
});

export const RECOVERY_ROUTES = routesOf("Operation", {
  rebuildBook: route({
    at: "POST /v1/admin/book/rebuild",
    summary: "Have all products send to the book what it lacks, while it answers; or how far that is",
    scope: "admin",
    body: z.strictObject({
      productIds: z
        .array(productId)
        .max(MAX_RECOVERED_IDS)
        .optional()
        .describe("Products that no list may know: they are added to the last rebuilding."),
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
  found: Awaited<ReturnType<typeof rebuildProgress>>,
  status: number,
): Response {
  const { run, phase, startedAt, finishedAt, lists, failures } = found;
  const { found: products, rebuilt, failed, locations } = found;
  const counts = { found: products, rebuilt, failed, locations };
  return jsonAnswer(call, { run, phase, startedAt, finishedAt, ...counts, lists, failures }, { status });
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
  throw new ProblemError({ code: "product_exists", detail, extensions: { productId: id } });
}

interface Done {
  bookVersion: number;
  lastEventAt: string | null;
  left: number;
  droppedVersion: number;
}

function unknownOf({ bookVersion, lastEventAt, left, droppedVersion }: Done): string[] {
  return [
    `Changes after version ${bookVersion} (${lastEventAt}) that the book had not got: holds and sales answered then are ` +
      `unknown, and stock is as before them. The next versions, up to ${RESTORED_VERSION_GAP} of them, are left out.`,
    "Idempotency keys: a request from before, sent again with its key, has a second effect.",
    "How often each hold was extended, and the chain of holds it was handed over from: both begin anew.",
    ...(left > 0 ? [`${left} reservations that have ended: the book alone has them.`] : []),
    ...(droppedVersion > 0
      ? [`What was done with the product after it had been made again, up to its version ${droppedVersion}.`]
      : []),
  ];
}
