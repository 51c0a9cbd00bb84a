/** What is counted is what was done: by route and status, and of the business as the book has it. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseEvent } from "../../src/domain/events/event";
import { METER_FLUSH_MS } from "../../src/limits/metrics";
import { pause } from "../../src/timeout";
import {
  ADMIN,
  call,
  eventually,
  expectProblem,
  expectStatus,
  newProduct,
  receive,
  SHOP,
  type Reservation,
} from "../acceptance/api";
import { listen } from "../acceptance/live-client";
import { parseExposition, sumOf, type Family } from "./exposition";

async function scrape(): Promise<Map<string, Family>> {
  const answer = await call("GET /metrics", { key: "metrics-demo" });
  expectStatus(answer, 200);
  return parseExposition(answer.text, "prometheus");
}

const REQUESTS = "holdfast_http_requests_total";

afterEach(() => void vi.restoreAllMocks());

describe("metrics", () => {
  it("count every request by route, method, status and client, once", async () => {
    const productId = await newProduct(20);
    // What was asked before is counted by then.
    await pause(METER_FLUSH_MS + 500);
    const before = await scrape();
    const done = new Map<string, number>();
    const ask = async (request: string, [route, client]: [route: string, client: string], options = {}) => {
      const { status, body } = await call<Reservation>(request, options);
      const key = JSON.stringify([request.split(" ")[0], route, String(status), client]);
      done.set(key, (done.get(key) ?? 0) + 1);
      return body;
    };
    const stock = "/v1/inventory/{productId}";
    const reserve = `${stock}/reserve`;
    const requests = Array.from({ length: 50 }, (_, index) => index).flatMap((index) => [
      () => ask(`GET /v1/inventory/${productId}`, [stock, "staff"]),
      () => ask(`GET /v1/inventory/${productId}`, [stock, "storefront"], { key: SHOP }),
      () =>
        ask(`GET /v1/inventory/${productId}`, [stock, "browser"], {
          key: SHOP,
          headers: { Origin: "https://a.example" },
        }),
      () => ask(`HEAD /v1/inventory/${productId}`, [stock, "admin"], { key: ADMIN }),
      () => ask(`POST /v1/inventory/${productId}/reserve`, [reserve, "staff"], { body: { quantity: 1 } }),
      () => ask(`POST /v1/inventory/${productId}/reserve`, [reserve, "staff"], { body: { quantity: -1 } }),
      () => ask(`GET /v1/inventory/none-${index}`, [stock, "staff"]),
      () => ask(`GET /v1/inventory/${productId}`, [stock, "anonymous"], { key: null }),
      () => ask(`GET /nothing/${index}`, ["(none)", "anonymous"]),
    ]);
    await Promise.all(requests.map((request) => request()));

    const after = await eventually(scrape, (families) => {
      for (const [key, times] of done) {
        const [method = "", route = "", status = "", client = ""] = JSON.parse(key) as string[];
        const labels = { method, route, status, client };
        const counted = sumOf(families, REQUESTS, labels) - sumOf(before, REQUESTS, labels);
        expect(counted, key).toBe(times);
        const timed = "holdfast_http_request_duration_seconds_count";
        expect(sumOf(families, timed, labels) - sumOf(before, timed, labels), key).toBe(times);
      }
    });
    const rose = (name: string, labels = {}) => sumOf(after, name, labels) - sumOf(before, name, labels);
    const routes = [stock, reserve, "(none)"];
    expect(routes.reduce((sum, route) => sum + rose(REQUESTS, { route }), 0)).toBe(requests.length);
    expect(rose("holdfast_http_problems_total", { code: "insufficient_stock" })).toBe(30);
    expect(rose("holdfast_commands_total", { verb: "reserve", outcome: "applied" })).toBe(20);
    expect(rose("holdfast_commands_total", { verb: "reserve", outcome: "insufficient_stock" })).toBe(30);
    expect(rose("holdfast_rows_written_total", { store: "product" })).toBeGreaterThanOrEqual(20 * 3);
  });

  it("count reservations and units exactly as the book has them", async () => {
    const productId = await newProduct(500);
    const hold = async (body: object) =>
      expectStatus(await call<Reservation>(`POST /v1/inventory/${productId}/reserve`, { body }), 201)
        .reservationId;
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, index) => hold({ quantity: 1 + (index % 3) })),
    );
    const change = (id: string | undefined, verb: string, body: object) =>
      call(`POST /v1/reservations/${id}/${verb}`, { body });
    await Promise.all(ids.slice(0, 10).map((id) => change(id, "confirm", {})));
    await Promise.all(ids.slice(10, 20).map((id) => change(id, "release", {})));
    await change(ids[0], "return", { quantity: 1, restock: true, reason: "too big" });
    await hold({ quantity: 1, supersedes: ids[20] });
    await hold({ quantity: 5, ttlSeconds: 1 });
    await eventually(
      () => call<{ items: { state: string }[] }>(`GET /v1/reservations?productId=${productId}&state=expired`),
      ({ body }) => expect(body.items).toHaveLength(1),
    );
    await call(`POST /v1/inventory/${productId}/adjust`, {
      body: { delta: -4, type: "damage", reason: "wet" },
    });

    const families = await eventually(scrape, (seen) => {
      expect(sumOf(seen, "holdfast_book_counted_offset")).toBeGreaterThan(0);
      expect(sumOf(seen, "holdfast_reservations_total", { outcome: "expired" })).toBeGreaterThan(0);
      expect(sumOf(seen, "holdfast_stock_moved_units_total", { movement: "damage" })).toBe(4);
    });
    const upTo = sumOf(families, "holdfast_book_counted_offset");
    const inBook = await bookTotals(upTo);
    for (const [key, total] of inBook) {
      const [name = "", label = "", value = ""] = key.split(" ");
      expect(sumOf(families, name, { [label]: value }), key).toBe(total);
    }
    expect(sumOf(families, "holdfast_events_total")).toBe(upTo);
    expect([...inBook.keys()].filter((key) => key.startsWith("holdfast_reservations_total"))).toHaveLength(6);
    expect(sumOf(families, "holdfast_expiry_lag_seconds_count")).toBe(
      inBook.get("holdfast_reservations_total outcome expired"),
    );
  });

  it("count what is read, searched, verified, delivered, and who listens", async () => {
    const productId = await newProduct(3);
    const before = await scrape();
    const listener = await listen(`/v1/inventory/live?products=${productId}`);
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null, { status: 500 }));
    const webhook = { url: "https://shop.example/hook", productIds: [productId] };
    expectStatus(await call("POST /v1/webhooks", { key: ADMIN, body: webhook }), 201);
    await receive(productId, 1);
    for (let reads = 0; reads < 3; reads += 1) await call(`GET /v1/products/${productId}`);
    await call(`GET /v1/products/${productId}`, { headers: { "Cache-Control": "no-cache" } });
    await call("GET /v1/products?q=nothing-has-this-name");
    await call(`POST /v1/admin/products/${productId}/verify`, { key: ADMIN, body: {} });
    const after = await eventually(
      scrape,
      (seen) => {
        const rose = (name: string, labels = {}) => sumOf(seen, name, labels) - sumOf(before, name, labels);
        expect(rose("holdfast_catalog_reads_total", { from: "object" })).toBe(1);
        expect(rose("holdfast_catalog_reads_total")).toBe(4);
        expect(rose("holdfast_search_queries_total", { outcome: "nothing" })).toBe(1);
        expect(rose("holdfast_products_verified_total", { outcome: "ok" })).toBe(1);
        expect(rose("holdfast_webhook_attempts_total", { outcome: "failed" })).toBeGreaterThan(0);
        expect(rose("holdfast_book_lag_seconds_count")).toBeGreaterThan(0);
        expect(rose("holdfast_rows_written_total", { store: "book" })).toBeGreaterThan(0);
        expect(sumOf(seen, "holdfast_hub_listeners", { to: "levels" })).toBe(1);
      },
      12,
    );
    expect(sumOf(after, "holdfast_verify_differences_total")).toBe(0);
    expect(sumOf(after, "holdfast_entries_set_aside_total")).toBe(0);
    listener.close();
    await eventually(scrape, (seen) => expect(sumOf(seen, "holdfast_hub_listeners")).toBe(0), 12);
  });

  it("name no product, order, customer or key", async () => {
    const productId = await newProduct(5);
    const body = { quantity: 1, orderId: "order-secret", customerId: "customer-secret" };
    await call(`POST /v1/inventory/${productId}/reserve`, { body });
    await call(`GET /v1/inventory/${productId}-missing`, { key: "nobody-knows-this" });
    await eventually(scrape, (seen) => expect(sumOf(seen, REQUESTS, { status: "401" })).toBeGreaterThan(0));
    const { text } = await call("GET /metrics", { key: ADMIN });
    for (const secret of [productId, "order-secret", "customer-secret", "nobody-knows", "demo"])
      expect(text).not.toContain(secret);
  });

  it("are for METRICS_KEY and admins, and that key is for nothing else", async () => {
    expectStatus(
      await call("GET /metrics", { key: null, headers: { Authorization: "Bearer metrics-demo" } }),
      200,
    );
    expectStatus(await call("GET /metrics", { key: ADMIN }), 200);
    expectProblem(await call("GET /metrics", { key: null }), 401);
    expectProblem(await call("GET /metrics"), 403, "forbidden");
    for (const path of [
      "/v1/products",
      "/v1/inventory/x",
      "/v1/keys/self",
      "/health/detailed",
      "/v1/movements",
    ])
      expectProblem(await call(`GET ${path}`, { key: "metrics-demo" }), 403, "forbidden");
  });

  it("are OpenMetrics for whoever prefers that", async () => {
    const Accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    const answer = await call("GET /metrics", { key: "metrics-demo", headers: { Accept } });
    expect(answer.headers.get("Content-Type")).toBe(
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    const families = parseExposition(answer.text, "openmetrics");
    expect(families.get("holdfast_http_requests")?.type).toBe("counter");
    const plain = await call("GET /metrics", { key: "metrics-demo" });
    expect(plain.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  });
});

/** By a way of its own: every event read, parsed and added up. */
async function bookTotals(upTo: number): Promise<Map<string, number>> {
  const { results } = await env.BOOK.prepare("SELECT body FROM events WHERE offset <= ?")
    .bind(upTo)
    .all<{ body: string }>();
  const totals = new Map<string, number>();
  const add = (key: string, by: number) => totals.set(key, (totals.get(key) ?? 0) + by);
  const ended = (outcome: string, units: number) => {
    add(`holdfast_reservations_total outcome ${outcome}`, 1);
    add(`holdfast_reservation_units_total outcome ${outcome}`, units);
  };
  const moved = (type: string, delta: number) =>
    add(`holdfast_stock_moved_units_total movement ${type}`, Math.abs(delta));
  for (const event of results.map(({ body }) => parseEvent(body))) {
    add(`holdfast_events_total type ${event.type}`, 1);
    if (event.type === "reservation.held") ended("held", event.data.quantity);
    if (event.type === "reservation.confirmed") ended("confirmed", event.data.confirmedQuantity);
    if (event.type === "reservation.expired") ended("expired", event.data.expiredQuantity);
    if (event.type === "reservation.returned") ended("returned", event.data.returnedQuantity);
    if (event.type === "reservation.released")
      ended(event.data.supersededBy === undefined ? "released" : "superseded", event.data.releasedQuantity);
    if (event.type === "reservation.confirmed" || event.type === "reservation.returned")
      if (event.data.movement) moved(event.data.movement.type, event.data.movement.delta);
    if (event.type === "stock.adjusted" || event.type === "stock.counted")
      moved(event.data.type, event.data.delta);
    if (event.type === "stock.transferred") moved("transfer", event.data.quantity);
  }
  return totals;
}
