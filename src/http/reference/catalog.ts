/** Of the catalog: products, their import and export, market prices. */
import type { OperationId } from "../routes";
import * as demo from "./demo";
import type { OperationReference } from "./example";

const poster = { path: { productId: demo.POSTER } };
const none = { path: { productId: demo.NO_SET }, code: "product_not_found" } as const;

const ROWS = [
  {
    productId: "CUP-RED",
    name: "Red cup",
    kind: "merchandise",
    price: { amount: "6.50", currency: "USD" },
    tags: ["kitchen"],
  },
  { productId: "CUP-GREEN", name: "Green cup", kind: "merchandise", attributes: { capacityMl: 300 } },
];

export const CATALOG_OPERATIONS = {
  listProducts: {
    description:
      "Lists and searches the catalog. `q` finds words of the name, id, tags, attributes and description, their " +
      "beginnings, and forgives a slip; the other parameters filter, and all must match. `attr.<name>=` filters by an " +
      "attribute, such as `attr.theme=Star Wars`. `facets` counts the values of fields over everything that matches, for " +
      "the sidebar of a shop.",
    examples: [
      {
        summary: "What is there of falcons?",
        query: { q: "falcon", facets: "kind,attr.theme", limit: 2 },
        status: 200,
      },
    ],
    error: { query: { cursor: "not-one-of-ours" }, code: "validation_failed" },
  },
  readProduct: {
    description:
      "One catalog entry, with its newest market price. It is read beside the shopper and at most a second stale where it " +
      "has just been read; with `Cache-Control: no-cache` it is exact. `Accept: text/html` gives the page.",
    examples: [{ summary: "The Millennium Falcon", path: { productId: demo.SET }, status: 200 }],
    error: none,
  },
  createProduct: {
    description:
      "Makes a catalog entry, without stock. The id is yours to choose and case-sensitive. For one with its first stock in " +
      "the same step: `POST /v1/inventory`; for a whole catalog: the import.",
    examples: [
      {
        summary: "A poster",
        headers: { "Idempotency-Key": "new-poster" },
        body: {
          productId: demo.POSTER,
          name: "Poster of the Falcon",
          kind: "merchandise",
          price: { amount: "12.00", currency: "USD" },
          tags: ["paper"],
          attributes: { theme: "Star Wars", widthCm: 50 },
          maxPerCustomer: 2,
        },
        status: 201,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "new-falcon-2" },
      body: { productId: demo.SET, name: "Another Falcon" },
      code: "product_exists",
    },
  },
  editProduct: {
    description:
      "Changes the fields that are given (a JSON merge patch) and leaves the others. `null` empties a field that may be " +
      "empty; in `attributes` it removes one. With `If-Match` it is done only if nobody has changed the entry since.",
    retry: "It says what the fields are: the same again changes nothing.",
    examples: [
      {
        summary: "Another price, one attribute fewer",
        ...poster,
        body: { price: { amount: "9.90", currency: "USD" }, attributes: { widthCm: null } },
        status: 200,
      },
    ],
    error: { ...none, body: { name: "Nobody" } },
  },
  deleteProduct: {
    description:
      "Deletes the product. While stock is held or on hand it is 409, unless you `force` it with a reason. The id may be " +
      "created again later; its version goes on rising.",
    retry: "With the same `Idempotency-Key` a repeat is 204 again; without, 404 `product_not_found`.",
    examples: [{ summary: "No posters any more", ...poster, status: 204 }],
    error: { path: { productId: demo.SET }, code: "product_in_use" },
  },
  importProducts: {
    description:
      "Creates or updates up to 100,000 products in one call, by `productId`: a JSON array, NDJSON (a product on each " +
      "line), or CSV with a head of field names (`price.amount`, `attributes.theme`, tags divided by `|`). Rows stream in " +
      "and results stream out, a line each in the order of the rows, then the summary. A bad row is an error of its own; " +
      "the others go on. Fields that a row leaves out stay as they are.",
    retry: "Send the file again: rows that are in already are `unchanged`.",
    examples: [
      { summary: "A JSON array", body: ROWS, status: 200 },
      {
        summary: "NDJSON",
        type: "application/x-ndjson",
        body: '{"productId":"CUP-RED","name":"Red cup"}\n{"productId":"CUP-BLUE","name":"Blue cup"}\n',
        status: 200,
      },
      {
        summary: "CSV",
        type: "text/csv",
        body: 'productId,name,kind\r\nCUP-RED,"Red cup, large",merchandise\r\n',
        status: 200,
      },
    ],
    error: { code: "forbidden" },
  },
  exportProducts: {
    description:
      "The whole catalog as a file, streamed, in the form that the import takes: NDJSON, or CSV with `Accept: text/csv`. " +
      "`X-Book-Offset` says up to which event of the log it has seen everything: go on from there with the log.",
    examples: [{ summary: "Everything, as NDJSON", status: 200 }],
    error: { code: "unauthenticated" },
  },
  recordQuotes: {
    description:
      "Records market prices from a feed of your own, up to 500 in one call. `quote` of the product is the newest by `at`; " +
      "older ones go into the history. A catalog's own `price` stays as it is.",
    retry: "A price of the same product, source and time is recorded once: a repeat is `duplicate`.",
    examples: [
      {
        summary: "A price of this moment",
        headers: { "Idempotency-Key": "feed-1" },
        body: {
          quotes: [
            { productId: "bitcoin", price: { amount: "61312.50", currency: "USD" }, source: "my-feed" },
            { productId: demo.NO_SET, price: { amount: "1", currency: "USD" } },
          ],
        },
        status: 200,
      },
    ],
    error: {
      body: { quotes: [{ productId: "bitcoin", price: { amount: "61500", currency: "USD" } }] },
      code: "idempotency_key_reused",
    },
  },
  listPrices: {
    description:
      "How a market price went: open, high, low and close of each second, hour or day, by source. Without `interval` it is " +
      "the finest that shows the span in few points.",
    examples: [
      {
        summary: "Bitcoin",
        path: { productId: "bitcoin" },
        query: { interval: "hour", limit: 2 },
        status: 200,
      },
    ],
    error: none,
  },
} satisfies Partial<Record<OperationId, OperationReference>>;
