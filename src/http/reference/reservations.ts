/** Of reservations and orders. */
import type { OperationId } from "../routes";
import * as demo from "./demo";
import type { OperationReference } from "./example";

const ORDER = "ORD-2001";
const cart = { path: { id: demo.CART_HOLD } };
const unknown = { path: { id: demo.NO_HOLD }, code: "reservation_not_found" } as const;

export const RESERVATION_OPERATIONS = {
  checkStock: {
    description:
      "Judges a reserve without holding anything. Use it where a shopper should learn early that too few are left; what " +
      "decides is the reserve itself. The answer is 200 either way: `ok` says whether it would succeed, `reason` the code " +
      "that it would be refused with, `alternatives` the locations that have some.",
    retry: "Holds nothing and writes nothing; repeat it as you like.",
    examples: [
      {
        summary: "Are two left?",
        path: { productId: demo.SET },
        body: { quantity: 2 },
        status: 200,
      },
    ],
    error: { path: { productId: demo.NO_SET }, code: "product_not_found" },
  },
  reserve: {
    description:
      "Sets units of one product aside until they are confirmed (sold), released, or their time is over. Use it when a " +
      "shopper puts something into a cart or begins to pay. Without a location the first by priority that has the whole " +
      "quantity on the shelf is used, else the first that may backorder it. For several products at once, all or nothing: " +
      "`POST /v1/reservations`.",
    examples: [
      {
        summary: "Two for a cart, for ten minutes",
        path: { productId: demo.SET },
        headers: { "Idempotency-Key": "cart-1001" },
        body: { quantity: 2, ttlSeconds: 600 },
        status: 201,
      },
      {
        summary: "Three for an order of yours, with what you want to remember",
        path: { productId: demo.OTHER_SET },
        body: { quantity: 3, orderId: "ORD-1001", metadata: { channel: "web", cart: 1001 } },
        status: 201,
      },
      {
        summary: "For a known customer, at the places you prefer",
        path: { productId: demo.THIRD_SET },
        body: { quantity: 1, customerId: "C-77", locationIds: ["main"] },
        status: 201,
      },
      {
        summary: "One that does not expire",
        path: { productId: demo.FOURTH_SET },
        body: { quantity: 1, ttlSeconds: null },
        status: 201,
      },
    ],
    error: {
      path: { productId: demo.SOLD_OUT },
      headers: { "Idempotency-Key": "cart-1002" },
      body: { quantity: 1 },
      code: "insufficient_stock",
    },
  },
  readReservation: {
    description:
      "One reservation as it is at this moment, with the product's numbers beside it. It comes from the product's object " +
      "and is exact: a hold past `expiresAt` is `expired`. Send the `ETag` back as `If-None-Match` to get 304 while " +
      "nothing has changed.",
    examples: [{ summary: "The hold of the cart", ...cart, status: 200 }],
    error: unknown,
  },
  resizeReservation: {
    description:
      "Holds more or fewer units, in one step: the hold's own units do not count against it. If there are too few, it " +
      "stays as it was. The time it has left stays the same.",
    retry: "It says how many are held, not how many more: the same again changes nothing.",
    examples: [{ summary: "Three instead of two", ...cart, body: { quantity: 3 }, status: 200 }],
    error: { body: { quantity: 5000 }, code: "insufficient_stock" },
  },
  extendReservation: {
    description:
      "Gives a hold more time, counted from now. It never shortens, revives nothing that has expired, and works ten times " +
      "a hold. Use it while a shopper is paying.",
    examples: [{ summary: "Another quarter of an hour", ...cart, body: { ttlSeconds: 900 }, status: 200 }],
    error: { ...unknown, body: { ttlSeconds: 900 } },
  },
  confirmReservation: {
    description:
      "Sells what is held: the units leave the shelf. Call it when the payment is certain. With `quantity` a part is sold " +
      "and the rest is released. A hold that has expired is 410, unless `ifExpired` is `reacquire` and its units are still " +
      "free: then a late payment goes through.",
    retry:
      "With the same `Idempotency-Key` a repeat answers as the first time. With none it is 409 " +
      "`reservation_already_confirmed`. Either way the units are sold once.",
    examples: [
      {
        summary: "Paid",
        ...cart,
        headers: { "Idempotency-Key": "payment-1001" },
        body: {},
        status: 200,
      },
    ],
    error: { headers: { "Idempotency-Key": "payment-1002" }, code: "reservation_already_confirmed" },
  },
  returnUnits: {
    description:
      "Takes units back that were confirmed. With `restock: true` they are put on the shelf where they were sold, or at " +
      "`locationId`; with `false` they are written down as returned and not sold again.",
    examples: [
      {
        summary: "One came back, as new",
        ...cart,
        headers: { "Idempotency-Key": "return-1001" },
        body: { quantity: 1, restock: true, reason: "changed their mind" },
        status: 200,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "return-1002" },
      body: { quantity: 50, restock: true, reason: "changed their mind" },
      code: "exceeds_held",
    },
  },
  releaseReservation: {
    description:
      "Gives units back, all that are held or `quantity` of them. Use it when a shopper takes something out of the cart. " +
      "Others can have the units at once.",
    examples: [
      {
        summary: "Taken out of the cart",
        path: { id: demo.PLACED_HOLD },
        headers: { "Idempotency-Key": "release-1003" },
        body: { reason: "taken out of the cart" },
        status: 200,
      },
    ],
    error: { headers: { "Idempotency-Key": "release-1004" }, code: "reservation_already_released" },
  },
  cancelReservation: {
    description:
      "Gives the whole hold back, and answers the released reservation. It is a release for those who think in resources.",
    retry: "Again it gives the same answer, with a key or without.",
    examples: [{ summary: "Never mind", path: { id: demo.LASTING_HOLD }, status: 200 }],
    error: { path: { id: demo.CART_HOLD }, code: "reservation_already_confirmed" },
  },
  releaseOrderUnits: {
    description:
      "Gives back up to `quantity` units that one of your orders holds of this product, the oldest hold first; without " +
      "`quantity`, all of them. It never touches what another order holds.",
    examples: [
      {
        summary: "One of the order's three",
        path: { productId: demo.OTHER_SET },
        headers: { "Idempotency-Key": "line-1001" },
        body: { orderId: "ORD-1001", quantity: 1, reason: "line changed" },
        status: 200,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "line-1002" },
      body: { orderId: "ORD-9999" },
      code: "reservation_not_found",
    },
  },
  holdOrder: {
    description:
      "Holds every line of an order, or nothing: if one is short, the answer names everything that is short. With `split` a " +
      "line may be filled from several locations. One hold is made for each line and place; they can be resolved one by " +
      "one, or all together by the order's id.",
    retry:
      "The `orderId` makes it safe too: a second order of that id is 409 `order_exists`, never a second set of holds. " +
      "With the same `Idempotency-Key` a repeat answers as the first time.",
    examples: [
      {
        summary: "Two products, all or nothing",
        headers: { "Idempotency-Key": "order-2001" },
        body: {
          orderId: ORDER,
          customerId: "C-77",
          lines: [
            { productId: demo.SET, quantity: 1 },
            { productId: demo.OTHER_SET, quantity: 2 },
          ],
          ttlSeconds: 1800,
        },
        status: 201,
      },
      {
        summary: "From several places, if need be",
        headers: { "Idempotency-Key": "order-2002" },
        body: { orderId: "ORD-2002", lines: [{ productId: demo.THIRD_SET, quantity: 2 }], split: true },
        status: 201,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "order-2003" },
      body: {
        orderId: "ORD-2003",
        lines: [
          { productId: demo.SET, quantity: 1 },
          { productId: demo.SOLD_OUT, quantity: 1 },
        ],
      },
      code: "insufficient_stock",
    },
  },
  readOrder: {
    description:
      "An order and its reservations as they are now. `state` sums them up; `expiresAt` is the earliest of what is still " +
      "held.",
    examples: [{ summary: "The order", path: { orderId: ORDER }, status: 200 }],
    error: { path: { orderId: "ORD-9999" }, code: "order_not_found" },
  },
  confirmMany: {
    description:
      "Sells a whole order (`orderId`), or several reservations (`reservationIds`). An order is confirmed whole or not at " +
      "all: if a hold has expired meanwhile, nothing is sold and the others stay held. Of a list each is judged by itself, " +
      "and the answer is 200 with a result for each.",
    examples: [
      {
        summary: "The order is paid",
        headers: { "Idempotency-Key": "payment-2001" },
        body: { orderId: ORDER },
        status: 200,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "payment-9999" },
      body: { orderId: "ORD-9999" },
      code: "order_not_found",
    },
  },
  releaseMany: {
    description:
      "Gives back all that an order holds (`orderId`), or several reservations (`reservationIds`), each by itself. Use it " +
      "when a payment has failed.",
    examples: [
      {
        summary: "The payment failed",
        headers: { "Idempotency-Key": "release-2002" },
        body: { orderId: "ORD-2002", reason: "payment failed" },
        status: 200,
      },
    ],
    error: {
      headers: { "Idempotency-Key": "release-9999" },
      body: { orderId: "ORD-9999" },
      code: "order_not_found",
    },
  },
  listReservations: {
    description:
      "Reservations by order, product, place, customer, state or expiry, the newest first, from the book: a moment behind. " +
      "A key without `reservations:read` sees those that it made itself.",
    examples: [{ summary: "What is held", query: { state: "held", limit: 2 }, status: 200 }],
    error: { query: { cursor: "not-one-of-ours" }, code: "validation_failed" },
  },
} satisfies Partial<Record<OperationId, OperationReference>>;
