/** Of stock: numbers, counts, movements. */
import type { OperationId } from "../routes";
import * as demo from "./demo";
import type { OperationReference } from "./example";

const mug = { path: { productId: demo.MUG } };
const none = { path: { productId: demo.NO_SET }, code: "product_not_found" } as const;
const strangeCursor = { query: { cursor: "not-one-of-ours" }, code: "validation_failed" } as const;

export const STOCK_OPERATIONS = {
  readInventory: {
    description:
      "What there is of one product, from the object that decides: exact to this moment. `available` is what can still be " +
      "reserved: `onHand - reserved - safetyStock + backorderLimit`. `levels` has the same by location.",
    examples: [{ summary: "The Millennium Falcon", path: { productId: demo.SET }, status: 200 }],
    error: none,
  },
  listInventory: {
    description:
      "Products with their stock, with the filters and the search of the catalog. It comes from the book and is a moment " +
      "behind; for one product that must be exact, read that product.",
    examples: [{ summary: "What is in stock", query: { availability: "in_stock", limit: 2 }, status: 200 }],
    error: strangeCursor,
  },
  listLowStock: {
    description:
      "What must be ordered: products of which fewer than `minimumStockLevel` can be had, the largest shortfall first.",
    examples: [{ summary: "The worst two", query: { limit: 2 }, status: 200 }],
    error: strangeCursor,
  },
  createInventory: {
    description:
      "Makes a product together with its first stock, in one step. For all catalog fields use `POST /v1/products`.",
    examples: [
      {
        summary: "A mug, 120 of it",
        headers: { "Idempotency-Key": "new-mug" },
        body: { productId: demo.MUG, name: "Blue mug", initialQuantity: 120, minimumStockLevel: 10 },
        status: 201,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "new-falcon" },
      body: { productId: demo.SET, initialQuantity: 1 },
      code: "product_exists",
    },
  },
  countStock: {
    description:
      "Sets what is on hand at one location to what somebody has counted. What is held stays held; to count fewer than " +
      "that, `force` it and give a reason: the product is then oversold, and says so.",
    retry:
      "It says how many there are, not how many more: the same again changes nothing, and writes no event.",
    examples: [
      {
        summary: "Counted",
        ...mug,
        body: { newQuantity: 118, reason: "cycle count", adjustedBy: "Ada" },
        status: 200,
      },
    ],
    error: {
      path: { productId: demo.OTHER_SET },
      body: { newQuantity: 1, reason: "cycle count" },
      code: "below_reserved",
    },
  },
  adjustStock: {
    description:
      "Adds units or takes them away: a delivery (`receipt`), a sale elsewhere, damage, shrinkage, a correction. `receipt` " +
      "and `return` take a positive `delta`, `sale`, `damage` and `shrinkage` a negative one. `reference` (an order, a " +
      "delivery note) finds the movement again.",
    examples: [
      {
        summary: "A delivery came in",
        ...mug,
        headers: { "Idempotency-Key": "delivery-PO-1042" },
        body: { delta: 24, type: "receipt", reason: "delivery", reference: "PO-1042" },
        status: 200,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "damage-17" },
      body: { delta: -5000, type: "damage", reason: "dropped" },
      code: "insufficient_stock",
    },
  },
  transferStock: {
    description:
      "Moves units from one location to another, in one step. It moves goods, not holds: what is held at the source stays " +
      "held there, and only what is free can leave.",
    examples: [
      {
        summary: "A dozen to the shop in Berlin",
        ...mug,
        headers: { "Idempotency-Key": "van-7" },
        body: { fromLocationId: "main", toLocationId: demo.SHOP, quantity: 12, reason: "restock" },
        status: 200,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "van-8" },
      body: { fromLocationId: "main", toLocationId: demo.SHOP, quantity: 5000 },
      code: "insufficient_stock",
    },
  },
  setLevel: {
    description:
      "Sets the rules of a product at one location: `safetyStock` is kept back from shoppers, `backorderLimit` lets them " +
      "have more than there is. A level that is not there yet is made, empty.",
    retry: "It says what the rules are: the same again changes nothing.",
    examples: [
      {
        summary: "Keep two back",
        path: { productId: demo.MUG, locationId: demo.SHOP },
        body: { safetyStock: 2, backorderLimit: 5 },
        status: 200,
      },
      {
        summary: "A level at a new place",
        path: { productId: demo.MUG, locationId: demo.POP_UP },
        body: { safetyStock: 1 },
        status: 200,
      },
    ],
    error: { path: { productId: demo.MUG, locationId: "nowhere" }, code: "location_not_found" },
  },
  removeLevel: {
    description: "Removes a product's level at one location. It must have neither stock nor holds.",
    retry: "With the same `Idempotency-Key` a repeat is 204 again; without, 404 `level_not_found`.",
    examples: [
      {
        summary: "The pop-up shop has none of it",
        path: { productId: demo.MUG, locationId: demo.POP_UP },
        status: 204,
      },
    ],
    error: { path: { productId: demo.SET, locationId: "main" }, code: "level_in_use" },
  },
  updateStock: {
    description:
      "For tills, shops and marketplaces that report their own sales and deliveries: adds `delta`, if the product is still " +
      "at the `version` that the sender saw (or at any, without one). One update is answered as such: 200, or a problem " +
      "with the numbers of now. Up to 100 in `updates` are always 200, with a result for each, in order.",
    retry: "Each update has its own `idempotencyKey`: an update sent twice is applied once.",
    examples: [
      {
        summary: "A till sold one",
        body: { storeId: demo.SHOP, productId: demo.MUG, delta: -1, idempotencyKey: "till-7-000123" },
        status: 200,
      },
      {
        summary: "What a shop sold while it was cut off",
        body: {
          storeId: demo.SHOP,
          updates: [
            { productId: demo.MUG, delta: -1, idempotencyKey: "till-7-000124" },
            { productId: demo.NO_SET, delta: -1, idempotencyKey: "till-7-000125" },
          ],
        },
        status: 200,
      },
    ],
    error: {
      body: {
        storeId: demo.SHOP,
        productId: demo.MUG,
        delta: -1,
        version: 1,
        idempotencyKey: "till-7-000126",
      },
      code: "version_conflict",
    },
  },
  bulkChangeStock: {
    description:
      "Up to 500 counts, adjustments, holds, releases and transfers in one call, each answered by itself. `continue` does " +
      "what it can, `stop` ends at the first failure, `rejectAll` checks everything first and applies nothing if anything " +
      "would fail.",
    retry:
      "Each row has a key of its own, made of the request's `Idempotency-Key` unless it brings one: a request that was cut " +
      "off and is sent again does no row twice.",
    examples: [
      {
        summary: "A count, a delivery and a hold",
        headers: { "Idempotency-Key": "night-run-1" },
        body: {
          operations: [
            { op: "count", productId: demo.MUG, newQuantity: 130, reason: "night count" },
            { op: "adjust", productId: demo.SET, delta: 12, type: "receipt", reason: "delivery" },
            { op: "reserve", productId: demo.SOLD_OUT, quantity: 1 },
          ],
          onError: "continue",
        },
        status: 200,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "night-run-1" },
      body: { operations: [{ op: "count", productId: demo.MUG, newQuantity: 1, reason: "another night" }] },
      code: "idempotency_key_reused",
    },
  },
  listMovements: {
    description:
      "Everything that changed what is on hand of one product, the newest first: by whom, why, from how many to how many.",
    examples: [{ summary: "The last two", path: { productId: demo.SET }, query: { limit: 2 }, status: 200 }],
    error: none,
  },
  listAllMovements: {
    description:
      "The same over all products. With `reference` it finds what belongs to a delivery note or an order of yours.",
    examples: [{ summary: "Of one delivery", query: { reference: "PO-1042" }, status: 200 }],
    error: strangeCursor,
  },
  deleteInventory: {
    description:
      "Deletes the product with its stock; the same as `DELETE /v1/products/{productId}`. While stock is held or on hand it " +
      "is 409, unless you `force` it with a reason.",
    retry: "With the same `Idempotency-Key` a repeat is 204 again; without, 404 `product_not_found`.",
    examples: [
      {
        summary: "No mugs any more",
        path: { productId: demo.MUG },
        query: { force: true, reason: "discontinued" },
        status: 204,
      },
    ],
    error: { path: { productId: demo.SET }, query: {}, code: "product_in_use" },
  },
} satisfies Partial<Record<OperationId, OperationReference>>;
