/** For the engineer on call: whether objects and book agree, and rebuilding the book's rows where they do not. */
import { BookUnavailable } from "../../d1/book";
import * as book from "../../verify/verify-product";
import { verifyPage, type Verified } from "../../verify/verify-products";
import { DEFAULT_VERIFY_PAGE, MAX_PAGE_SIZE, REPROJECTION_WAIT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import { REPLAYED, jsonAnswer, ok } from "../answers";
import { orOverloaded } from "../clients/reach";
import { missing, OVERLOADED, ProblemError } from "../problem";
import { route, type Call, routesOf } from "../route";
import { cursor, nonNegative, productId, version, productParams } from "../schemas/primitives";
import * as z from "../zod";

const anyValue = z.unknown().optional();

const difference = z
  .object({
    what: z.string().openapi({
      description:
        "The field that differs; `product`, `level`, `reservation`: whether it is there; `event`: versions that are " +
        "missing or cannot be read; `set_aside`: an event that the book would not take, with the reason as `object`; " +
        "`object`: it did not answer.",
      example: "onHand",
    }),
    locationId: z.string().optional(),
    reservationId: z.string().optional(),
    fromVersion: version.optional(),
    toVersion: version.optional(),
    object: anyValue,
    events: anyValue,
    book: anyValue,
  })
  .openapi("Difference", {
    description: "What the object, its events replayed, and the book's rows say; null: that there is none.",
  });

export const verification = z.component("Verification", {
  productId,
  version: version.describe("The object's; 0: it was never written."),
  bookVersion: version.nullable(),
  events: nonNegative.describe("How many were replayed."),
  complete: z
    .boolean()
    .describe("false: older events are no longer kept, or are too many; only the newest were replayed."),
  differences: z.array(difference),
  differenceCount: nonNegative.describe("Of which the first 200 are listed."),
});

export const verificationPage = z.component("VerificationPage", {
  items: z.array(verification),
  checked: nonNegative,
  differences: nonNegative.describe("Of all products of this page together."),
  nextCursor: z.string().nullable(),
});

export const reprojection = z.component("Reprojection", {
  productId,
  version,
  eventsSent: nonNegative.describe("Events the object still has; those the book has are dropped there."),
  reservations: nonNegative.describe("Reservation rows written or removed."),
  differences: z.array(difference),
});

const ofProduct = {
  scope: "admin",
  params: productParams,
  problems: ["product_not_found", "book_unavailable"],
  once: true,
} as const;

export const VERIFICATION_ROUTES = routesOf("Operation", {
  verifyProduct: route({
    at: "POST /v1/admin/products/{productId}/verify",
    summary: "Compare a product's object, its events and the book's rows",
    ...ofProduct,
    answers: ok("Every difference", verification, REPLAYED),
    handle: async (call) => jsonAnswer(call, await verified(call, call.params.productId)),
  }),
  verifyProducts: route({
    at: "POST /v1/admin/verify",
    summary: "Verify all products that the book knows, a page at a time",
    scope: "admin",
    body: z.strictObject({ limit: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_VERIFY_PAGE), cursor }),
    answers: ok("A page", verificationPage, REPLAYED),
    problems: ["book_unavailable"],
    once: true,
    handle: async (call) => {
      const { env, body } = call;
      const page = await verifyPage(env.BOOK, body, (id) => env.PRODUCT.getByName(id));
      const items = page.items.flatMap(shown);
      const differences = items.reduce((sum, { differenceCount }) => sum + differenceCount, 0);
      return jsonAnswer(call, { items, checked: items.length, differences, nextCursor: page.nextCursor });
    },
  }),
  reprojectProduct: route({
    at: "POST /v1/admin/products/{productId}/reproject",
    summary: "Rebuild the book's rows of a product from its object",
    ...ofProduct,
    answers: ok(
      "The book has them; what still differs cannot be repaired from the object",
      reprojection,
      REPLAYED,
    ),
    handle: async (call) => {
      const { productId: id } = call.params;
      const done = await reprojected(call, id);
      if (done.version === 0) missing("product_not_found", id);
      const { differences } = await verified(call, id);
      return jsonAnswer(call, { productId: id, ...done, differences });
    },
  }),
});

/** Throws a problem (404, 503). */
async function verified({ env }: Call, id: string): Promise<book.Verification> {
  const found = await book.verifyProduct(env.BOOK, id, env.PRODUCT.getByName(id)).catch((error: unknown) => {
    throw error instanceof BookUnavailable ? error : new ProblemError(OVERLOADED, error);
  });
  return found ?? missing("product_not_found", id);
}

/** One object that does not answer keeps nobody from verifying the others. */
function shown({ productId: id, verification: found, failure }: Verified): book.Verification[] {
  if (failure === undefined) return found ? [found] : [];
  const differences = [{ what: "object", object: "did not answer" }];
  const nothing = { version: 0, bookVersion: null, events: 0, complete: false };
  return [{ productId: id, ...nothing, differences, differenceCount: 1 }];
}

/** Throws a problem (503); the object goes on, and asking again waits for the same work. */
async function reprojected({ env }: Call, id: string) {
  const work = withTimeout(env.PRODUCT.getByName(id).reproject(), REPROJECTION_WAIT_MS, "product");
  const done = await orOverloaded(work);
  if (!done) throw new BookUnavailable(new Error(`${id} could not rebuild its rows in the book`));
  return done;
}
