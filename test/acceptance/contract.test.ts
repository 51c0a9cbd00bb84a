/** What holds for every route: keys, scopes, problem answers, request ids, pages, no trace of unknown ids. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  count,
  eventually,
  events,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  reserve,
  SHOP,
  STAFF,
  stock,
  type Page,
  type Reservation,
} from "./api";

/** Every route under a key, with a scope that `shop` (and for admin: `demo`) lacks, if there is one. */
const ROUTES: [request: string, lacking: string | null][] = [
  ["POST /v1/products", SHOP],
  ["GET /v1/products", null],
  ["GET /v1/products/{productId}", null],
  ["PATCH /v1/products/{productId}", SHOP],
  ["DELETE /v1/products/{productId}", STAFF],
  ["POST /v1/products/import", STAFF],
  ["GET /v1/products/export", null],
  ["POST /v1/inventory", SHOP],
  ["GET /v1/inventory", null],
  ["GET /v1/inventory/{productId}", null],
  ["PUT /v1/inventory/{productId}", SHOP],
  ["DELETE /v1/inventory/{productId}", STAFF],
  ["POST /v1/inventory/{productId}/adjust", SHOP],
  ["POST /v1/inventory/{productId}/transfer", SHOP],
  ["PATCH /v1/inventory/{productId}/levels/{locationId}", SHOP],
  ["DELETE /v1/inventory/{productId}/levels/{locationId}", SHOP],
  ["POST /v1/inventory/{productId}/reserve", null],
  ["POST /v1/inventory/{productId}/release", null],
  ["POST /v1/inventory/{productId}/check", null],
  ["GET /v1/inventory/{productId}/movements", SHOP],
  ["GET /v1/movements", SHOP],
  ["GET /v1/inventory/low-stock", null],
  ["POST /v1/inventory/updates", SHOP],
  ["POST /v1/inventory/bulk", SHOP],
  ["POST /v1/admin/products/create", STAFF],
  ["PUT /v1/admin/products/set", STAFF],
  ["DELETE /v1/admin/products/delete", STAFF],
  ["GET /v1/inventory/events", SHOP],
  ["POST /v1/reservations", null],
  ["POST /v1/reservations/confirm", null],
  ["POST /v1/reservations/release", null],
  ["GET /v1/orders/{orderId}", null],
  ["GET /v1/reservations", null],
  ["GET /v1/reservations/{id}", null],
  ["PATCH /v1/reservations/{id}", null],
  ["POST /v1/reservations/{id}/confirm", null],
  ["POST /v1/reservations/{id}/release", null],
  ["POST /v1/reservations/{id}/extend", null],
  ["DELETE /v1/reservations/{id}", null],
  ["POST /v1/reservations/{id}/return", null],
  ["GET /v1/locations", null],
  ["GET /v1/locations/{id}", null],
  ["POST /v1/locations", STAFF],
  ["PATCH /v1/locations/{id}", STAFF],
  ["DELETE /v1/locations/{id}", STAFF],
  ["POST /v1/admin/products/{productId}/verify", STAFF],
  ["POST /v1/admin/products/{productId}/reproject", STAFF],
  ["POST /v1/admin/verify", STAFF],
  ["GET /v1/admin/sources", STAFF],
  ["POST /v1/admin/sources/{name}/import", STAFF],
  ["POST /v1/admin/sources/{name}/refresh", STAFF],
  ["GET /v1/webhooks", STAFF],
  ["POST /v1/webhooks", STAFF],
  ["GET /v1/webhooks/{id}", STAFF],
  ["PATCH /v1/webhooks/{id}", STAFF],
  ["DELETE /v1/webhooks/{id}", STAFF],
  ["POST /v1/webhooks/{id}/test", STAFF],
  ["POST /v1/webhooks/{id}/replay", STAFF],
  ["GET /v1/webhooks/{id}/deliveries", STAFF],
];

function concrete(request: string): string {
  return request
    .replace("reservations/{id}", "reservations/P~01ARZ3NDEKTSV4RRFFQ69G5FAV")
    .replace(/\{\w+\}/g, "some-id");
}

function bodyFor(request: string): { body?: object } {
  return /^(POST|PUT|PATCH)/.test(request) ? { body: {} } : {};
}

describe("keys and scopes", () => {
  it.each(ROUTES.map(([request]) => request))("%s wants a key, and a known one", async (request) => {
    for (const key of [null, "nobody", "DEMO", "demo,shop", ""]) {
      const answer = await call(concrete(request), { key, ...bodyFor(request) });
      expectProblem(answer, 401, "unauthenticated");
    }
  });

  it.each(ROUTES.flatMap(([request, lacking]) => (lacking === null ? [] : [{ request, lacking }])))(
    "$request is forbidden to $lacking",
    async ({ request, lacking }) => {
      expectProblem(await call(concrete(request), { key: lacking, ...bodyFor(request) }), 403, "forbidden");
      if (lacking === STAFF) {
        expectProblem(await call(concrete(request), { key: SHOP, ...bodyFor(request) }), 403, "forbidden");
      }
    },
  );

  it("a key may come as a bearer token; health and the contract need none", async () => {
    const headers = { Authorization: `Bearer ${STAFF}` };
    expectStatus(await call("GET /v1/products", { key: null, headers }), 200);
    const wrong = await call("GET /v1/products", { key: null, headers: { Authorization: "Bearer nobody" } });
    expectProblem(wrong, 401, "unauthenticated");
    expectStatus(await call("GET /health", { key: null }), 200);
    expectStatus(await call("GET /openapi.json", { key: null }), 200);
  });
});

describe("the contract document", () => {
  it("is OpenAPI 3.1 and lists every route", async () => {
    interface Document {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    }
    const document = expectStatus(await call<Document>("GET /openapi.json", { key: null }), 200);
    expect(document.openapi).toMatch(/^3\.1\./);
    const plain = (path: string) => path.replace(/\{\w+\}/g, "{}");
    const listed = new Set(
      Object.entries(document.paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${plain(path)}`),
      ),
    );
    expect(ROUTES.map(([request]) => plain(request)).filter((request) => !listed.has(request))).toEqual([]);
  });
});

describe("problem answers", () => {
  it("404 for a route that is not there", async () => {
    expectProblem(await call("GET /v1/nowhere"), 404, "route_not_found");
    expectProblem(await call("GET /nowhere", { key: null }), 404, "route_not_found");
  });

  it.each([
    { request: "PUT /v1/products", allowed: ["GET", "POST"] },
    { request: "POST /v1/products/some-id", allowed: ["GET", "PATCH", "DELETE"] },
    { request: "PATCH /v1/inventory/some-id", allowed: ["GET", "PUT", "DELETE"] },
    { request: "GET /v1/inventory/some-id/reserve", allowed: ["POST"] },
    { request: "POST /v1/inventory/events", allowed: ["GET"] },
  ])("405 for $request, with the methods there are", async ({ request, allowed }) => {
    const answer = await call(request, bodyFor(request));
    expectProblem(answer, 405, "method_not_allowed");
    const allow = (answer.headers.get("Allow") ?? "").split(",").map((method) => method.trim());
    expect(allow).toEqual(expect.arrayContaining(allowed));
    expect(allow).not.toContain(request.split(" ")[0]);
  });

  it("406 for an export in a form that is not made", async () => {
    const headers = { Accept: "application/xml" };
    expectProblem(await call("GET /v1/products/export", { headers }), 406, "not_acceptable");
  });

  it.each([
    ["its length announced", true],
    ["its length unknown", false],
  ])("413 for a body over 1 MiB, %s", async (_, announced) => {
    const body = JSON.stringify({ productId: newId("P"), name: "x", description: "y".repeat(1024 * 1024) });
    const headers = { "Content-Type": "application/json" };
    const sent = announced ? body : new Blob([body]).stream();
    expectProblem(await call("POST /v1/products", { body: sent, headers }), 413, "body_too_large");
  });

  it.each(["text/plain", "application/xml", "application/x-www-form-urlencoded"])(
    "415 for %s",
    async (type) => {
      const answer = await call("POST /v1/products", {
        body: '{"productId":"x"}',
        headers: { "Content-Type": type },
      });
      expectProblem(answer, 415, "unsupported_media_type");
    },
  );

  it.each(["{", "{'productId': 1}", '{"productId": "x",}'])("400 for the malformed JSON %j", async (body) => {
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    expectProblem(await call("POST /v1/products", { body, headers }), 400, "malformed_json");
  });

  it.each(["[]", "null", '"text"', "7"])("400 for %s where an object is wanted", async (body) => {
    const headers = { "Content-Type": "application/json" };
    expectProblem(await call("POST /v1/products", { body, headers }), 400, "validation_failed");
  });

  it("400 lists every bad field by its path, a misspelt one too", async () => {
    const body = {
      productId: "has space",
      name: 5,
      status: "gone",
      minimumStockLevel: -1,
      tags: ["ok", 7],
      price: { amount: "12,50", currency: "euro" },
      attributes: { nested: {} },
      colour: "red",
    };
    const { errors } = expectProblem(await call("POST /v1/products", { body }), 400, "validation_failed");
    expect(errors.map((error) => error.path).sort()).toEqual([
      "body.attributes.nested",
      "body.colour",
      "body.minimumStockLevel",
      "body.name",
      "body.price.amount",
      "body.price.currency",
      "body.productId",
      "body.status",
      "body.tags[1]",
    ]);
    for (const error of errors)
      expect(error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  });

  it.each([
    "GET /v1/products?limit=0",
    "GET /v1/products?limit=101",
    "GET /v1/products?limit=x",
    "GET /v1/products?cursor=garbage",
    "GET /v1/products?sort=colour",
    "GET /v1/products?status=gone",
    "GET /v1/products?minPrice=cheap",
    "GET /v1/inventory?limit=101",
    "GET /v1/reservations?state=lost",
    "GET /v1/reservations?expiresBefore=tomorrow",
  ])("400 for %s", async (request) => {
    expectProblem(await call(request), 400, "validation_failed");
  });
});

describe("request ids", () => {
  it("are taken when well-formed, else made, and always answered", async () => {
    const given = `req-${newId("x")}`;
    const taken = await call("GET /v1/products", { headers: { "X-Request-Id": given } });
    expect(taken.headers.get("X-Request-Id")).toBe(given);
    const refused = await call("GET /v1/nowhere", { headers: { "X-Request-Id": given } });
    expect(expectProblem(refused, 404).requestId).toBe(given);
    for (const bad of ["has space", "x".repeat(1000), '"><script>']) {
      const made = (await call("GET /v1/products", { headers: { "X-Request-Id": bad } })).headers.get(
        "X-Request-Id",
      );
      expect(made).toMatch(/^[\w.-]{8,}$/);
      expect(made).not.toBe(bad);
    }
    const unique = [await call("GET /health"), await call("GET /health")].map((a) =>
      a.headers.get("X-Request-Id"),
    );
    expect(new Set(unique).size).toBe(2);
  });
});

describe("pages", () => {
  it("follow one another by cursor and by Link, stable while others come in", async () => {
    const productId = await newProduct(100);
    const orderId = newId("O");
    const made = new Set<string>();
    for (let i = 0; i < 7; i += 1) made.add((await hold(productId, 1, { orderId })).reservationId);
    await history(productId);
    const seen: string[] = [];
    for (let path: string | null = `/v1/reservations?orderId=${orderId}&limit=3`; path !== null;) {
      const answer: Awaited<ReturnType<typeof call<Page<Reservation>>>> = await call<Page<Reservation>>(
        `GET ${path}`,
      );
      const page = expectStatus(answer, 200);
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map((row) => row.reservationId));
      const link = answer.headers.get("Link");
      const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
      expect(next === undefined, `Link ${link} beside cursor ${page.nextCursor}`).toBe(
        page.nextCursor === null,
      );
      if (next !== undefined)
        expect(new URL(next, "https://holdfast.test").searchParams.get("cursor")).toBe(page.nextCursor);
      path =
        next === undefined
          ? null
          : new URL(next, "https://holdfast.test").pathname + new URL(next, "https://holdfast.test").search;
      await hold(productId, 1, { orderId: newId("other") });
    }
    expect(new Set(seen)).toEqual(made);
    expect(seen).toHaveLength(7);
  });

  it("say how fresh they are: the offset they can have seen", async () => {
    const productId = await newProduct(10);
    const last = (await history(productId)).at(-1)?.offset ?? 0;
    for (const path of [
      "/v1/products",
      "/v1/inventory",
      "/v1/reservations",
      "/v1/inventory/events?offset=1",
      `/v1/inventory/${productId}/movements`,
    ]) {
      const answer = await call(`GET ${path}`);
      expectStatus(answer, 200);
      expect(answer.headers.get("X-Book-Offset"), path).toMatch(/^\d+$/);
      expect(Number(answer.headers.get("X-Book-Offset")), path).toBeGreaterThanOrEqual(last);
    }
  });

  it("of reservations are found by everything they are known by", async () => {
    const a = await newLocation();
    const productId = await newProduct({ main: 20, [a]: 20 });
    const [orderId, customerId] = [newId("O"), newId("customer")];
    const short = await hold(productId, 1, { orderId, ttlSeconds: 60, locationId: "main" });
    const long = await hold(productId, 2, { customerId, ttlSeconds: 5000, locationId: a });
    expectStatus(await call(`DELETE /v1/reservations/${long.reservationId}`), 200);
    const soon = encodeURIComponent(new Date(Date.now() + 600_000).toISOString());
    const rows: [query: string, found: string[]][] = [
      [`productId=${productId}`, [short.reservationId, long.reservationId]],
      [`orderId=${orderId}`, [short.reservationId]],
      [`customerId=${customerId}`, [long.reservationId]],
      [`productId=${productId}&locationId=${a}`, [long.reservationId]],
      [`productId=${productId}&state=held`, [short.reservationId]],
      [`productId=${productId}&state=released`, [long.reservationId]],
      [`productId=${productId}&state=held&expiresBefore=${soon}`, [short.reservationId]],
      [`orderId=${newId("none")}`, []],
    ];
    for (const [query, found] of rows) {
      await eventually(
        async () =>
          (await everyItem<Reservation>(`/v1/reservations?${query}`)).map((row) => row.reservationId),
        (ids) => expect(ids.sort(), query).toEqual([...found].sort()),
      );
    }
  });
});

describe("unknown ids", () => {
  it("leave no trace: no table, no alarm, no event", async () => {
    const productId = newId("ghost");
    const held = `${productId}~01ARZ3NDEKTSV4RRFFQ69G5FAV`;
    const reason = { reason: "x" };
    const attempts = [
      await call(`GET /v1/inventory/${productId}`),
      await call(`GET /v1/products/${productId}`),
      await call(`GET /v1/products/${productId}`, { headers: { "Cache-Control": "no-cache" } }),
      await call(`PATCH /v1/products/${productId}`, { body: { name: "x" } }),
      await call(`DELETE /v1/products/${productId}`, { key: ADMIN }),
      await reserve(productId, { quantity: 1 }, { headers: { "Idempotency-Key": "k" } }),
      await count(productId, { newQuantity: 1 }),
      await call(`POST /v1/inventory/${productId}/adjust`, {
        body: { delta: 1, type: "receipt", ...reason },
      }),
      await call(`POST /v1/inventory/${productId}/release`, { body: { orderId: "O" } }),
      await call(`POST /v1/inventory/${productId}/check`, { body: { quantity: 1 } }),
      await call(`PATCH /v1/inventory/${productId}/levels/main`, { body: { safetyStock: 1 } }),
      await call(`GET /v1/reservations/${held}`),
      await call(`POST /v1/reservations/${held}/confirm`, { body: {} }),
    ];
    for (const answer of attempts) expectProblem(answer, 404);
    await runInDurableObject(env.PRODUCT.getByName(productId), async (_, { storage }) => {
      const tables = storage.sql.exec(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
      );
      expect(tables.toArray()).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
    expect(await events({ productId })).toEqual([]);
  });

  it("a misspelt id is refused before it reaches anything", async () => {
    for (const id of ["%20", "-x", "x".repeat(65), "a%2Fb", "caf%C3%A9"]) {
      expectProblem(await call(`GET /v1/inventory/${id}`), 400, "validation_failed");
    }
  });

  it("a reserve that is refused leaves the product with the tables and the alarm it had", async () => {
    const productId = await newProduct(1);
    await history(productId);
    const look = () =>
      runInDurableObject(env.PRODUCT.getByName(productId), (_, { storage }) => ({
        size: storage.sql.databaseSize,
        written: storage.sql.exec("SELECT total_changes() AS n").one()["n"],
      }));
    const before = await look();
    for (let i = 0; i < 20; i += 1) {
      const options = { headers: { "Idempotency-Key": `k-${i}` } };
      expectProblem(await reserve(productId, { quantity: 2 }, options), 409, "insufficient_stock");
    }
    expect(await look(), "a sold-out product costs no write per refusal").toEqual(before);
    expect(await stock(productId)).toMatchObject({ onHand: 1, reserved: 0 });
    await hold(productId, 1);
    expect((await look()).written, "a hold is written").toBeGreaterThan(Number(before.written));
  });
});
