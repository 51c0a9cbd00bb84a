/** Of keys, and of what whoever runs the service needs. */
import type { OperationId } from "../routes";
import * as demo from "./demo";
import type { OperationReference } from "./example";

const ofSet = { path: { productId: demo.SET } };
const none = { path: { productId: demo.NO_SET }, code: "product_not_found" } as const;
const coins = { path: { name: "coingecko" } };
const key = { path: { id: demo.KEY_ID } };
const noKey = { path: { id: demo.NO_KEY_ID }, code: "route_not_found" } as const;

export const OPERATION_OPERATIONS = {
  readOwnKey: {
    description: "What the key may do that you send, and until when. Ask it to see that a key works at all.",
    examples: [{ summary: "Mine", status: 200 }],
    error: { code: "unauthenticated" },
  },
  listKeys: {
    description:
      "Managed keys, the oldest first, with when each was last used. The keys themselves are shown nowhere.",
    examples: [{ summary: "The first two", query: { limit: 2 }, status: 200 }],
    error: { query: { cursor: "not-one-of-ours" }, code: "validation_failed" },
  },
  createKey: {
    description:
      "Makes a key with the scopes that you give. The key is in this answer alone. A `publishable` key may stand in a " +
      "page: it works on the pages of its `origins` only.",
    retry: "With the same `Idempotency-Key` a repeat has the same key in it; without, another key is made.",
    examples: [
      {
        summary: "For the pages of a shop",
        headers: { "Idempotency-Key": "key-shop-window" },
        body: {
          name: "shop window",
          kind: "publishable",
          scopes: ["catalog:read", "stock:read"],
          origins: ["https://shop.example"],
        },
        status: 201,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "key-late" },
      body: { name: "too late", scopes: ["stock:read"], expiresAt: "2020-01-01T00:00:00.000Z" },
      code: "validation_failed",
    },
  },
  rotateKey: {
    description:
      "Gives the key a new text; id, scopes and what it made stay. The old text works for `overlapSeconds` more, so that " +
      "you can change it everywhere without a pause.",
    retry:
      "With the same `Idempotency-Key` a repeat has the same key in it; without, it is rotated once more.",
    examples: [
      {
        summary: "With an hour to change it",
        ...key,
        headers: { "Idempotency-Key": "rotate-1" },
        body: { overlapSeconds: 3600 },
        status: 201,
      },
    ],
    error: { ...noKey, headers: { "Idempotency-Key": "rotate-2" } },
  },
  revokeKey: {
    description: "Ends a key at once, in its old text too. What it made stays.",
    retry: "With the same `Idempotency-Key` a repeat is 204 again; without, 404 `route_not_found`.",
    examples: [{ summary: "No more", ...key, status: 204 }],
    error: noKey,
  },
  createProducts: {
    description:
      "Up to 100 products in one call, with first stock and price. Each row is answered by itself; a `price` that is a " +
      "mere number is in the currency of the settings.",
    retry: "Each row has a key of its own, made of the request's `Idempotency-Key` unless it brings one.",
    examples: [
      {
        summary: "One that works, one that is there",
        headers: { "Idempotency-Key": "batch-1" },
        body: {
          products: [
            { productId: demo.PEN, name: "Red pen", available: 50, price: "1.20" },
            { productId: demo.SET, available: 1 },
          ],
        },
        status: 200,
      },
    ],
    error: { code: "forbidden" },
  },
  setProducts: {
    description:
      "Changes catalog fields and stock of up to 100 products in one call. `newQuantity` counts what is on hand, " +
      "`available` counts so that so many can be had.",
    retry: "It says how things are: the same again changes nothing.",
    examples: [
      {
        summary: "Another price, 40 to be had",
        body: { products: [{ productId: demo.PEN, price: "1.10", available: 40 }] },
        status: 200,
      },
    ],
    error: { code: "forbidden" },
  },
  deleteProducts: {
    description:
      "Deletes up to 100 products in one call: `productIds`, or `products` with `force` and a reason each.",
    retry: "Each row has a key of its own, made of the request's `Idempotency-Key` unless it brings one.",
    examples: [
      {
        summary: "No pens any more",
        body: { products: [{ productId: demo.PEN, force: true, reason: "discontinued" }] },
        status: 200,
      },
    ],
    error: { code: "forbidden" },
  },
  listSources: {
    description:
      "Sources outside that catalogs and market prices come from: whether each answers, and how far it is.",
    examples: [{ summary: "All", status: 200 }],
    error: { code: "forbidden" },
  },
  importFromSource: {
    description:
      "Creates or updates products by their ids at a source, and keeps their prices up to date from then on. A new " +
      "product's id is its id at the source.",
    retry: "Send it again: what is in already is `unchanged`.",
    examples: [
      { summary: "Two coins", ...coins, body: { externalIds: ["bitcoin", "ethereum"] }, status: 200 },
    ],
    error: { code: "forbidden" },
  },
  refreshSource: {
    description:
      "Has every product of a source looked at now rather than at the next turn. It goes on by itself; `GET " +
      "/v1/admin/sources` shows how far it is.",
    retry: "A refresh that is under way is joined.",
    examples: [{ summary: "All coins", ...coins, status: 202 }],
    error: { code: "forbidden" },
  },
  verifyProduct: {
    description:
      "Compares what the product's object has, what its events add up to, and what the book has. No difference is what " +
      "you want to see.",
    retry: "Changes nothing; repeat it as you like.",
    examples: [{ summary: "The Millennium Falcon", ...ofSet, status: 200 }],
    error: none,
  },
  verifyProducts: {
    description: "The same for all products that the book knows, a page at a time: go on with `nextCursor`.",
    retry: "Changes nothing; repeat it as you like.",
    examples: [{ summary: "Two at a time", body: { limit: 2 }, status: 200 }],
    error: { body: { cursor: "not-one-of-ours" }, code: "validation_failed" },
  },
  reprojectProduct: {
    description:
      "Writes the book's rows of a product again from its object, and answers what still differs. It is the repair for " +
      "what a verification finds.",
    retry: "The same again writes the same.",
    examples: [{ summary: "The Millennium Falcon", ...ofSet, status: 200 }],
    error: none,
  },
  restoreProduct: {
    description:
      "Brings a product's object back from the book, when the object's storage was lost. The answer says what the book could " +
      "not know. An object that is not lost is left alone.",
    retry:
      "With the same `Idempotency-Key` a repeat gets the first answer; without, the object is no longer lost.",
    examples: [{ summary: "A lost object", ...ofSet, status: 200 }],
    error: none,
  },
  rebuildBook: {
    description:
      "Has every product that some list knows send to the book what it lacks: after the book was lost, or restored to an " +
      "earlier time. Products are sold meanwhile. `productIds` adds those that no list may know.",
    retry: "While one is under way, the answer is how far it is.",
    examples: [{ summary: "All products", body: {}, status: 202 }],
    error: { code: "forbidden" },
  },
  readBookRebuild: {
    description: "How far the last rebuild of the book has come, and what could not be rebuilt.",
    examples: [{ summary: "How far is it?", status: 200 }],
    error: { code: "forbidden" },
  },
  rebuildSearch: {
    description: "Rebuilds the search index from the book. Searches go on answering meanwhile.",
    retry: "While one is under way, the answer is how far it is.",
    examples: [{ summary: "The whole index", status: 202 }],
    error: { code: "forbidden" },
  },
  readSearchRebuild: {
    description: "How far the last rebuilding of the search index has come.",
    examples: [{ summary: "How far is it?", status: 200 }],
    error: { code: "forbidden" },
  },
  readRateLimitStatus: {
    description: "The limits, and who has sent how many requests in this minute.",
    examples: [{ summary: "This minute", status: 200 }],
    error: { code: "forbidden" },
  },
  readHealth: {
    description:
      "Whether the service is alive. It asks nothing of its parts, needs no key and is not counted: for a load balancer, " +
      "once a second if you like.",
    examples: [{ summary: "Alive", status: 200 }],
    error: { code: "misconfigured" },
  },
  readDetailedHealth: {
    description:
      "How each part is: the book, the search index, the cache, the objects, the sources. 200 while stock is decided and " +
      "the book is read (`healthy`, or `degraded`), 503 `unhealthy` when not.",
    examples: [{ summary: "All parts", status: 200 }],
    error: { code: "unauthenticated" },
  },
  readMetrics: {
    description:
      "What is measured, in the text that Prometheus scrapes. A key of `METRICS_KEY` may read this and nothing else.",
    examples: [{ summary: "Prometheus text", status: 200 }],
    error: { code: "unauthenticated" },
  },
} satisfies Partial<Record<OperationId, OperationReference>>;
