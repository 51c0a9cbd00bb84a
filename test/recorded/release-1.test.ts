/** What the first release stored, opened by the code of today. The poisoned product has a file of its own. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { entryKey } from "../../src/kv/catalog-cache";
import {
  act,
  ADMIN,
  call,
  eventually,
  expectProblem,
  expectStatus,
  history,
  reservation,
  type Page,
  type Product,
  type Reservation,
  type Stock,
} from "../acceptance/api";
import { type Order } from "../acceptance/order-api";
import { verify, type VerificationPage } from "../acceptance/verification-api";
import type { Webhook } from "../acceptance/webhook-api";
import { load, readRecorded } from "./load";

/** On hand and reserved, by what make-state.ts did; a hold that is overdue counts no more. */
const NUMBERS: Record<string, [onHand: number, reserved: number]> = {
  "catalog-only": [0, 0],
  "two-places": [53, 2],
  holds: [35, 8],
  "handed-over": [40, 3],
  limited: [40, 2],
  low: [40, 0],
  keyed: [47, 3],
  "set-a": [38, 2],
  "set-b": [39, 1],
  undrained: [45, 2],
};
const PRODUCT_IDS = Object.keys(NUMBERS).toSorted();
const admin = { key: ADMIN };

const recorded = readRecorded(1);
const objects = recorded.objects.filter(({ name }) => name !== "poisoned");

beforeAll(() => load({ ...recorded, objects }));

async function ofOrder(orderId: string): Promise<Reservation[]> {
  const path = `GET /v1/reservations?orderId=${orderId}`;
  const { items } = expectStatus(await call<Page<Reservation>>(path, admin), 200);
  return Promise.all(items.map(({ reservationId }) => reservation(reservationId)));
}

async function firstOf(orderId: string): Promise<Reservation> {
  const [first] = await ofOrder(orderId);
  return first ?? expect.fail(`${orderId} has no reservation`);
}

describe("products of the first release", () => {
  it.each(PRODUCT_IDS)("%s has its stock, and every field of today", async (productId) => {
    const [onHand, reserved] = NUMBERS[productId] ?? [];
    const stock = expectStatus(await call<Stock>(`GET /v1/inventory/${productId}`, admin), 200);
    expect(stock).toMatchObject({ onHand, reserved });
    const truth = await call<Product>(`GET /v1/products/${productId}`, {
      ...admin,
      headers: { "Cache-Control": "no-cache" },
    });
    const fresh = await call<Product>("POST /v1/products", {
      body: { productId: `fresh-${productId}`, name: "Fresh" },
    });
    expect(Object.keys(expectStatus(truth, 200))).toEqual(Object.keys(expectStatus(fresh, 201)));
    const cached = expectStatus(await call<Product>(`GET /v1/products/${productId}`, admin), 200);
    expect(Object.keys(cached)).toEqual(Object.keys(fresh.body));
  });

  it("keep every level with its limits", async () => {
    const stock = expectStatus(await call<Stock>("GET /v1/inventory/two-places", admin), 200);
    expect(stock).toMatchObject({
      available: 48,
      levels: [
        { locationId: "main", onHand: 34, reserved: 0, safetyStock: 3, backorderLimit: 10 },
        { locationId: "north", onHand: 19, reserved: 2, safetyStock: 0, backorderLimit: 0 },
      ],
    });
  });

  it("keep what is in their catalog entry", async () => {
    expect((await call<Product>("GET /v1/products/catalog-only", admin)).body).toMatchObject({
      kind: "set",
      name: "Catalog only",
      tags: ["ucs", "big"],
      attributes: { theme: "Star Wars", year: 2017, sealed: true },
      price: { amount: "799.99", currency: "USD" },
      source: { name: "rebrickable", externalId: "75192-1" },
      maximumStockLevel: 50,
      maxPerCustomer: 2,
    });
  });

  it("are listed, the low one as low, the deleted one not", async () => {
    const listed = expectStatus(await call<Page<Stock>>("GET /v1/inventory?limit=100", admin), 200);
    const ids = listed.items.map(({ productId }) => productId).filter((id) => !id.startsWith("fresh-"));
    expect(ids.toSorted()).toEqual([...PRODUCT_IDS, "poisoned"].toSorted());
    const low = expectStatus(await call<Page<Stock>>("GET /v1/inventory/low-stock", admin), 200);
    expect(low.items.map(({ productId }) => productId)).toEqual(["low"]);
    expectProblem(await call("GET /v1/products/deleted", admin), 404, "product_not_found");
    expectProblem(await call("GET /v1/inventory/deleted", admin), 404, "product_not_found");
  });

  it("are served from an entry of today's shape, not from the one that was stored", async () => {
    await env.CATALOG.put("product:two-places", '9\n{"productId":"two-places","from":"the first release"}');
    const { body } = await call<Product>("GET /v1/products/two-places", admin);
    expect(body).toMatchObject({ name: "The two-places" });
    await eventually(
      () => env.CATALOG.get(entryKey("two-places")),
      (entry) => expect(entry).toContain("The two-places"),
    );
  });

  it("carry what the book had not had, by themselves", async () => {
    const { version } = expectStatus(await call<Stock>("GET /v1/inventory/undrained", admin), 200);
    const events = await history("undrained");
    expect(events.map((event) => event.version)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
    expect(await firstOf("ORD-undrained")).toMatchObject({ held: 2 });
  });

  it("can be made again under a deleted id, and their versions go on", async () => {
    const body = { productId: "deleted", initialQuantity: 1 };
    const made = expectStatus(await call<Stock>("POST /v1/inventory", { body }), 201);
    expect(made).toMatchObject({ onHand: 1, reserved: 0 });
    expect(made.version).toBeGreaterThan(4);
  });
});

describe("idempotency keys of the first release", () => {
  const keyed = (key: string, body: unknown) => ({ ...admin, body, headers: { "Idempotency-Key": key } });

  it("replay a receipt, a hold and an order, and refuse other content", async () => {
    const receipt = { type: "receipt", reason: "delivered", delta: 7 };
    const held = { quantity: 3, ttlSeconds: 86_400, orderId: "ORD-keyed" };
    const lines = [
      { productId: "set-a", quantity: 2 },
      { productId: "set-b", quantity: 1 },
    ];
    const order = { orderId: "ORD-held", lines, ttlSeconds: 86_400, customerId: "bo" };
    const answers = [
      await call("POST /v1/inventory/keyed/adjust", keyed("recorded-receipt", receipt)),
      await call("POST /v1/inventory/keyed/reserve", keyed("recorded-hold", held)),
      await call("POST /v1/reservations", keyed("order", order)),
    ];
    const told = answers.map(({ status, headers }) => [status, headers.get("Idempotency-Replayed")]);
    expect(told).toEqual([
      [200, "true"],
      [201, "true"],
      [201, "true"],
    ]);
    const other = await call("POST /v1/inventory/keyed/reserve", keyed("recorded-hold", { quantity: 4 }));
    expectProblem(other, 422, "idempotency_key_reused");
  });
});

describe("reservations of the first release", () => {
  it("are as they were left", async () => {
    const left = { "ORD-partly": [3, 0, 2], "ORD-sold": [0, 4, 0], "ORD-returned": [0, 3, 0] };
    for (const [orderId, [held, confirmed, released]] of Object.entries(left)) {
      expect(await firstOf(orderId)).toMatchObject({ held, confirmed, released });
    }
    expect(await ofOrder("ORD-single")).toMatchObject([
      { customerId: "anna", metadata: { cart: "c-1", lines: [{ gift: true }] } },
      { locationId: "north", metadata: null },
    ]);
    expect(await firstOf("ORD-endless")).toMatchObject({ state: "held", expiresAt: null });
    expect((await ofOrder("ORD-cart")).map(({ state }) => state)).toEqual(["released", "held"]);
  });

  it("expire, whoever swept them or did not", async () => {
    expect(await firstOf("ORD-expired")).toMatchObject({ state: "expired", held: 0 });
    const unswept = () => ofOrder("ORD-unswept");
    await eventually(unswept, (found) => expect(found).toMatchObject([{ state: "expired", held: 0 }]));
  });

  it("can be extended, resized, confirmed, released, returned and handed over", async () => {
    const partly = await firstOf("ORD-partly");
    expectStatus(await act(partly, "extend", { ttlSeconds: 604_800 }), 200);
    const path = `/v1/reservations/${partly.reservationId}`;
    const resized = expectStatus(await call<Reservation>(`PATCH ${path}`, { body: { quantity: 4 } }), 200);
    expect(resized.held).toBe(4);
    expect(expectStatus(await act(partly, "confirm", { quantity: 1 }), 200)).toMatchObject({
      state: "confirmed",
    });
    const returned = await firstOf("ORD-returned");
    const back = { quantity: 1, restock: true, reason: "found" };
    expectStatus(await act(returned, "return", back), 200);
    expectStatus(await act(await firstOf("ORD-grown"), "release", {}), 200);
    const [, cart] = await ofOrder("ORD-cart");
    const handOver = { quantity: 1, supersedes: cart?.reservationId };
    expectStatus(await call("POST /v1/inventory/handed-over/reserve", { ...admin, body: handOver }), 201);
    const stock = expectStatus(await call<Stock>("GET /v1/inventory/holds", admin), 200);
    expect(stock).toMatchObject({ onHand: 35, reserved: 3 });
  });

  it("count for their customer's limit", async () => {
    const body = { quantity: 4, customerId: "anna" };
    const answer = await call("POST /v1/inventory/limited/reserve", { ...admin, body });
    expectProblem(answer, 409, "customer_limit_reached");
  });
});

describe("orders of the first release", () => {
  it("read as they ended, and those of single holds too", async () => {
    const states = ["ORD-held", "ORD-confirmed", "ORD-released", "ORD-single"].map(async (orderId) => {
      const order = expectStatus(await call<Order>(`GET /v1/orders/${orderId}`, admin), 200);
      return [order.orderId, order.state, order.reservations.length];
    });
    expect(await Promise.all(states)).toEqual([
      ["ORD-held", "held", 2],
      ["ORD-confirmed", "confirmed", 2],
      ["ORD-released", "released", 2],
      ["ORD-single", "held", 2],
    ]);
  });

  it("resolve: one is sold, one let go, and the ends of others stand", async () => {
    const resolve = (verb: string, orderId: string) =>
      call<Order>(`POST /v1/reservations/${verb}`, { ...admin, body: { orderId } });
    expect(expectStatus(await resolve("confirm", "ORD-held"), 200)).toMatchObject({ state: "confirmed" });
    expect(expectStatus(await resolve("release", "ORD-single"), 200)).toMatchObject({ state: "released" });
    expectProblem(await resolve("confirm", "ORD-confirmed"), 409, "reservation_already_confirmed");
    expectProblem(await resolve("confirm", "ORD-released"), 409, "reservation_already_released");
    expect(expectStatus(await call<Stock>("GET /v1/inventory/set-a", admin), 200)).toMatchObject({
      onHand: 36,
      reserved: 0,
    });
  });
});

describe("what else the first release stored", () => {
  it("a webhook reads with its settings and its place", async () => {
    const { items } = expectStatus(await call<Page<Webhook>>("GET /v1/webhooks", admin), 200);
    expect(items).toMatchObject([
      {
        url: "https://hooks.example.com/holdfast",
        types: ["stock.low"],
        productIds: null,
        description: "recorded",
        status: "disabled",
        disabledReason: "requested",
        nextOffset: 1,
      },
    ]);
  });

  it("locations read", async () => {
    const { items } = expectStatus(await call<Page<object>>("GET /v1/locations", admin), 200);
    expect(items).toMatchObject([
      { locationId: "main", name: "Main", country: "DK" },
      { locationId: "north", name: "North", priority: 5, country: "NO" },
    ]);
  });

  it("everything verifies with no difference, after all that was done to it here", async () => {
    for (const productId of [...PRODUCT_IDS, "deleted"]) {
      expect(await verify(productId)).toMatchObject({ productId, complete: true, differences: [] });
    }
    const page = await call<VerificationPage>("POST /v1/admin/verify", { ...admin, body: { limit: 100 } });
    const differing = expectStatus(page, 200).items.filter((item) => item.productId !== "poisoned");
    expect(differing.filter((item) => item.differences.length > 0)).toEqual([]);
  });
});
