/**
 * A small book with one of everything that a release stores, made through its API. The names say what they
 * stand for; the tests beside this file go by them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { reservation, stock, type Reservation } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";

const BOOK_TIMEOUT_MS = 30_000;
const PRODUCT_IDS = [
  "catalog-only",
  "two-places",
  "holds",
  "handed-over",
  "limited",
  "low",
  "keyed",
  "deleted",
  "set-a",
  "set-b",
  "poisoned",
  "undrained",
];

const RECEIPT = { type: "receipt", reason: "delivered" };

type Call = (request: string, body?: unknown, key?: string) => Promise<unknown>;

const webhookMade = z.object({ webhookId: z.string() });

/** All that the book gets to know. */
export async function makeState(api: ApiClient): Promise<void> {
  const call = callerOf(api);
  const made = await call("POST /v1/webhooks", {
    url: "https://hooks.example.com/holdfast",
    types: ["stock.low"],
    description: "recorded",
  });
  await call(`PATCH /v1/webhooks/${webhookMade.parse(made).webhookId}`, { status: "disabled" });
  await call("PATCH /v1/locations/main", { country: "DK" });
  await call("POST /v1/locations", { locationId: "north", name: "North", priority: 5, country: "NO" });

  await makeProducts(call);
  await makeReservations(call);
  await makeOrders(call);
  for (const productId of PRODUCT_IDS)
    if (productId !== "deleted") await call(`GET /v1/products/${productId}`);
}

/** An order of holds that were made one by one: its object gathers them from the book. */
export async function gatherOrder(api: ApiClient): Promise<void> {
  await api.call("GET /v1/orders/ORD-single");
}

/** What stays in the objects: holds that fall due unseen, a journal that the book has not had. */
export async function makeUnsettled(api: ApiClient): Promise<void> {
  const call = callerOf(api);
  await hold(call, "holds", { quantity: 2, ttlSeconds: 3, orderId: "ORD-unswept" });
  await hold(call, "undrained", { quantity: 2, ttlSeconds: 86_400, orderId: "ORD-undrained" });
  await call("POST /v1/inventory/undrained/adjust", { ...RECEIPT, delta: 5 });
}

/** A hold that the book refuses for ever: its event is nested deeper than SQLite's JSON may be. */
export async function makePoison(api: ApiClient): Promise<void> {
  const call = callerOf(api);
  const a: unknown = JSON.parse("[".repeat(998) + "]".repeat(998));
  await hold(call, "poisoned", { quantity: 1, ttlSeconds: 86_400, metadata: { a } });
  await hold(call, "poisoned", { quantity: 2, ttlSeconds: 86_400, orderId: "ORD-behind-poison" });
}

/** Until the list shows every product at the version of its object. */
export async function waitForBook(api: ApiClient): Promise<void> {
  const deadline = Date.now() + BOOK_TIMEOUT_MS;
  for (;;) {
    const listed = await Array.fromAsync(api.pages(stock, "/v1/inventory"));
    const objects = await Promise.all(
      listed.map(({ productId }) => api.read(stock, `GET /v1/inventory/${productId}`)),
    );
    if (listed.length >= 10 && listed.every(({ version }, index) => version === objects[index]?.version))
      return;
    if (Date.now() > deadline) throw new Error("the book did not catch up");
    await sleep(200);
  }
}

function callerOf(api: ApiClient): Call {
  return (request, body, key) => api.call(request, { body, ...(key !== undefined && { key }) });
}

async function makeProducts(call: Call): Promise<void> {
  await call("POST /v1/products", {
    productId: "catalog-only",
    kind: "set",
    name: "Catalog only",
    description: "Every field of the catalog",
    barcode: "5702015869935",
    imageUrl: "https://images.example.com/1.png",
    tags: ["ucs", "big"],
    attributes: { theme: "Star Wars", year: 2017, sealed: true },
    price: { amount: "799.99", currency: "USD" },
    source: { name: "rebrickable", externalId: "75192-1" },
    minimumStockLevel: 0,
    maximumStockLevel: 50,
    maxPerCustomer: 2,
  });
  for (const productId of PRODUCT_IDS.slice(1)) {
    await call("POST /v1/inventory", { productId, initialQuantity: 40, name: `The ${productId}` });
  }
  await call("POST /v1/inventory/two-places/adjust", { ...RECEIPT, delta: 15, locationId: "north" });
  await call("PATCH /v1/inventory/two-places/levels/main", { safetyStock: 3, backorderLimit: 10 });
  await call("PUT /v1/inventory/two-places", { newQuantity: 38, reason: "stock take" });
  await call("POST /v1/inventory/two-places/transfer", {
    fromLocationId: "main",
    toLocationId: "north",
    quantity: 4,
  });
  await call("PATCH /v1/products/limited", { maxPerCustomer: 5 });
  await call("PATCH /v1/products/low", { minimumStockLevel: 60 });
  await call("DELETE /v1/inventory/deleted?force=true&reason=gone");
  await call("POST /v1/inventory/keyed/adjust", { ...RECEIPT, delta: 7 }, "recorded-receipt");
  const keyed = { quantity: 3, ttlSeconds: 86_400, orderId: "ORD-keyed" };
  await call("POST /v1/inventory/keyed/reserve", keyed, "recorded-hold");
}

async function makeReservations(call: Call): Promise<void> {
  const on = ({ reservationId }: Reservation, verb: string, body: object) =>
    call(`POST /v1/reservations/${reservationId}/${verb}`, body);
  const metadata = { cart: "c-1", lines: [{ gift: true }] };
  const more = { ttlSeconds: 86_400, customerId: "anna" };
  await hold(call, "holds", { quantity: 2, ...more, orderId: "ORD-single", metadata });
  await hold(call, "two-places", { quantity: 2, ...more, orderId: "ORD-single", locationId: "north" });
  await on(await hold(call, "holds", { quantity: 5, ...more, orderId: "ORD-partly" }), "release", {
    quantity: 2,
    reason: "one less",
  });
  await on(await hold(call, "holds", { quantity: 4, ...more, orderId: "ORD-sold" }), "confirm", {});
  const returned = await hold(call, "holds", { quantity: 3, ...more, orderId: "ORD-returned" });
  await on(returned, "confirm", {});
  await on(returned, "return", { quantity: 2, restock: true, reason: "unwanted" });
  const grown = await hold(call, "holds", { quantity: 1, ttlSeconds: 3600, orderId: "ORD-grown" });
  await call(`PATCH /v1/reservations/${grown.reservationId}`, { quantity: 2 });
  await on(grown, "extend", { ttlSeconds: 86_400 });
  await hold(call, "holds", { quantity: 1, ttlSeconds: 1, orderId: "ORD-expired" });
  await hold(call, "holds", { quantity: 1, ttlSeconds: null, orderId: "ORD-endless" });

  const first = await hold(call, "handed-over", { quantity: 2, ...more, orderId: "ORD-cart" });
  const supersedes = first.reservationId;
  await hold(call, "handed-over", { quantity: 3, ...more, orderId: "ORD-cart", supersedes });
  await hold(call, "limited", { quantity: 2, ...more, orderId: "ORD-limited" });
}

async function makeOrders(call: Call): Promise<void> {
  const lines = [
    { productId: "set-a", quantity: 2 },
    { productId: "set-b", quantity: 1 },
  ];
  await call(
    "POST /v1/reservations",
    { orderId: "ORD-held", lines, ttlSeconds: 86_400, customerId: "bo" },
    "order",
  );
  await call("POST /v1/reservations", { orderId: "ORD-confirmed", lines, ttlSeconds: 86_400 });
  await call("POST /v1/reservations/confirm", { orderId: "ORD-confirmed" });
  await call("POST /v1/reservations", { orderId: "ORD-released", lines, ttlSeconds: 86_400 });
  await call("POST /v1/reservations/release", { orderId: "ORD-released" });
}

async function hold(call: Call, productId: string, body: object): Promise<Reservation> {
  return reservation.parse(await call(`POST /v1/inventory/${productId}/reserve`, body));
}
