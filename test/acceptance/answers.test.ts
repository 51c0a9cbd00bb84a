/** What goes out over HTTP, whatever the route: bounded validation answers, headers, pages, the contract document. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  expectProblem,
  expectStatus,
  newId,
  newProduct,
  reserve,
  SHOP,
  stock,
  type Answer,
  type Problem,
} from "./api";
import { upgrade } from "./live-client";

type Invalid = Problem & { errorCount: number };

function expectInvalid(answer: Answer<unknown>): Invalid {
  return expectProblem(answer, 400, "validation_failed") as Invalid;
}

describe("a validation answer", () => {
  it("lists the first 50 of 60,000 bad fields, and says how many there are", async () => {
    const fields = Array.from({ length: 60_000 }, (_, index) => `"field${index}":1`);
    const body = `{"productId":"x","name":"x",${fields.join(",")}}`;
    const answer = await call("POST /v1/products", { body, headers: { "Content-Type": "application/json" } });
    const { errors, errorCount } = expectInvalid(answer);
    expect([errors.length, errorCount]).toEqual([50, 60_000]);
    expect(answer.text.length).toBeLessThan(20_000);
  });

  it("cuts names, however they came", async () => {
    const name = "n".repeat(10_000);
    for (const answer of [
      await call("POST /v1/products", { body: { productId: "x", name: "x", [name]: 1 } }),
      await call("POST /v1/products", { body: { productId: "x", name: "x", attributes: { [name]: 1 } } }),
      await call(`GET /v1/products?${name}=1`),
      await call("POST /v1/products/import", {
        key: ADMIN,
        body: `productId,name,${name}\n`,
        headers: { "Content-Type": "text/csv" },
      }),
    ]) {
      const { errors, errorCount } = expectInvalid(answer);
      expect(errorCount).toBe(1);
      expect(errors[0]?.path).toHaveLength(100);
      expect(answer.text.length).toBeLessThan(1000);
    }
  });

  it("speaks in words of our own of whatever is wrong", async () => {
    const bodies = [
      {},
      { productId: 5, name: [], status: 1, minimumStockLevel: 1.5, tags: {}, price: "x", attributes: [] },
      { productId: "x", name: "", status: "gone", minimumStockLevel: -1, tags: [1], price: {}, source: {} },
      { productId: "x", name: "x".repeat(501), attributes: { a: [] }, imageUrl: "x", barcode: false },
    ];
    for (const body of bodies) {
      for (const { message } of expectInvalid(await call("POST /v1/products", { body })).errors)
        expect(message).not.toMatch(/^(Invalid|Too (big|small)|Unrecognized|Expected)|received|expected/);
    }
  });
});

/** A request, who asks, and how its answer may be kept. */
const KEPT: [request: string, key: string | null, status: number, caching: string][] = [
  ["GET /health", null, 200, "no-store"],
  ["GET /openapi.json", null, 200, "no-cache"],
  ["GET /v1/products", SHOP, 200, "no-cache"],
  ["HEAD /v1/products", SHOP, 200, "no-cache"],
  ["GET /v1/products/{productId}", SHOP, 200, "no-cache"],
  ["GET /v1/products/export", SHOP, 200, "no-cache"],
  ["GET /v1/inventory", SHOP, 200, "no-store"],
  ["GET /v1/inventory/{productId}", SHOP, 200, "private, no-cache"],
  ["HEAD /v1/inventory/{productId}", SHOP, 200, "private, no-cache"],
  ["GET /v1/reservations", "demo", 200, "no-store"],
  ["GET /v1/inventory/events", "demo", 200, "no-store"],
  ["GET /v1/locations", "demo", 200, "no-store"],
  ["GET /v1/webhooks", ADMIN, 200, "no-store"],
  ["POST /v1/inventory/{productId}/reserve", SHOP, 400, "no-store"],
  ["GET /v1/products", null, 401, "no-store"],
  ["POST /v1/products", SHOP, 403, "no-store"],
  ["GET /v1/products/none", SHOP, 404, "no-store"],
  ["GET /nowhere", null, 404, "no-store"],
  ["HEAD /nowhere", null, 404, "no-store"],
  ["PUT /v1/products", SHOP, 405, "no-store"],
  ["PATCH /health", null, 405, "no-store"],
  ["GET /docs", null, 302, "no-store"],
];

describe("every answer", () => {
  it.each(KEPT)("to %s of %s (%i) may be kept as %s, and its type is not guessed", async (...row) => {
    const [request, key, status, caching] = row;
    const productId = await newProduct(1);
    const answer = await call(request.replace("{productId}", productId), { key });
    expectStatus(answer, status);
    expect(answer.headers.get("Cache-Control")).toBe(caching);
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.headers.get("X-Request-Id")).toMatch(/^[\w-]{8,}$/);
    if (request.startsWith("HEAD")) expect(answer.text).toBe("");
  });

  it("with a change or a 304 in it is the caller's alone", async () => {
    const productId = await newProduct(5);
    const held = await reserve(productId, { quantity: 1 });
    expectStatus(held, 201);
    expect(held.headers.get("Cache-Control")).toBe("private, no-cache");
    const { version } = await stock(productId);
    const headers = { "If-None-Match": `"${version}"` };
    const same = await call(`GET /v1/inventory/${productId}`, { headers });
    expectStatus(same, 304);
    expect(same.headers.get("Cache-Control")).toBe("private, no-cache");
  });

  it("with a secret in it is kept nowhere", async () => {
    // Of a product that there is not: nothing is ever sent.
    const body = { url: "https://hooks.example.com/x", productIds: [newId("none")] };
    const made = await call<{ secret: string }>("POST /v1/webhooks", { key: ADMIN, body });
    expect(expectStatus(made, 201).secret).toMatch(/^whsec_/);
    expect(made.headers.get("Cache-Control")).toBe("no-store");
  });

  it("that is a socket or a stream passes unharmed", async () => {
    const productId = await newProduct(1);
    const path = `/v1/inventory/${productId}/live`;
    const socket = await upgrade(path);
    expect([socket.status, socket.headers.get("X-Content-Type-Options")]).toEqual([101, "nosniff"]);
    const first = new Promise((resolve) => socket.webSocket?.addEventListener("message", resolve));
    socket.webSocket?.accept();
    expect(await first).toMatchObject({ data: expect.stringContaining(productId) });
    socket.webSocket?.close();
    const headers = { "X-API-Key": SHOP };
    const stream = await exports.default.fetch(new Request(`https://holdfast.test${path}`, { headers }));
    expect(stream.headers.get("Cache-Control")).toBe("no-store, no-transform");
    expect(stream.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
    await stream.body?.cancel();
  });
});

describe("pages", () => {
  it("are led to, and run and tell nothing of others", async () => {
    const answer = await call("GET /redoc", { key: null });
    expectStatus(answer, 302);
    expect(answer.headers.get("Location")).toBe("/docs");
    expect(answer.headers.get("X-Request-Id")).not.toBeNull();
    const page = await call("GET /docs/", { key: null });
    expectStatus(page, 200);
    expect(page.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(page.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  });
});

interface Operation {
  responses: Record<string, { description: string }>;
}

describe("the contract document", () => {
  it("says of every change what may be wrong with its body, and how many errors there are", async () => {
    interface Document {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, { properties: object }> };
    }
    const { paths, components } = expectStatus(await call<Document>("GET /openapi.json", { key: null }), 200);
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        if (method === "get") continue;
        expect(responses["400"]?.description, `${method} ${path}`).toContain("malformed_json");
        expect(Object.keys(responses), `${method} ${path}`).toEqual(
          expect.arrayContaining(["413", "415", "422"]),
        );
      }
    }
    expect(components.schemas["Problem"]?.properties).toHaveProperty("errorCount");
    expect(components.schemas["NewProduct"]?.properties).toMatchObject({
      attributes: { type: "object", description: expect.stringContaining("__proto__") },
    });
    expect(components.schemas["ReserveRequest"]?.properties).toMatchObject({
      metadata: { type: "object", description: expect.stringContaining("8 levels and 4096 bytes") },
    });
  });
});
