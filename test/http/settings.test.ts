/** Settings as they reach a request: those that are not valid, and what they change. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app";
import { productObject } from "../../src/products";

const app = createApp();

async function ask(request: string, settings: object, body?: object) {
  const [method = "GET", path = "/"] = request.split(" ");
  const headers = { "X-API-Key": "admin-demo", "Content-Type": "application/json" };
  const asked = new Request(`https://holdfast.test${path}`, {
    method,
    headers,
    body: body ? JSON.stringify(body) : null,
  });
  const answer = await app.fetch(asked, settings, createExecutionContext());
  return { status: answer.status, body: await answer.json<Record<string, unknown>>() };
}

function withSettings(settings: object): Env {
  return { ...env, ...settings };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("settings that are not valid", () => {
  it("answer everything with 503, health as well, and are logged once", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const settings = withSettings({ LEDGER_SHARDS: "many", EVENT_RETENTION_DAYS: "-1" });
    for (const request of [
      "GET /health",
      "GET /v1/inventory/P",
      "GET /v1/products",
      "GET /health/detailed",
    ]) {
      const answer = await ask(request, settings);
      expect(answer).toMatchObject({ status: 503, body: { code: "misconfigured" } });
      expect(JSON.stringify(answer)).not.toContain("LEDGER_SHARDS");
    }
    const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes("settings"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("LEDGER_SHARDS");
    expect(lines[0]).toContain("EVENT_RETENTION_DAYS");
  });
});

describe("RESERVATION_TTL_SECONDS", () => {
  it.each([
    ["POST /v1/inventory/TTL/reserve", { quantity: 1 }],
    ["POST /v1/reservations", { orderId: "ttl-1", lines: [{ productId: "TTL", quantity: 1 }] }],
  ])("is the life of a hold that does not say: %s", async (request, body) => {
    const settings = withSettings({ RESERVATION_TTL_SECONDS: "60" });
    await ask("POST /v1/inventory", settings, { productId: "TTL", initialQuantity: 5 });
    const before = Date.now();
    const held = await ask(request, settings, body);
    expect(held.status).toBe(201);
    const lifeMs = Date.parse(String(held.body["expiresAt"])) - before;
    expect(lifeMs).toBeGreaterThan(50_000);
    expect(lifeMs).toBeLessThan(70_000);
    const long = await ask(request, settings, { ...body, orderId: "ttl-2", ttlSeconds: 600 });
    expect(Date.parse(String(long.body["expiresAt"])) - before).toBeGreaterThan(590_000);
  });
});

describe("PRODUCT_LOCATION_HINT", () => {
  it("says where product objects are made, and nothing unless it is set", () => {
    const getByName = vi.spyOn(env.PRODUCT, "getByName");
    productObject(withSettings({ PRODUCT_LOCATION_HINT: "weur" }), "P");
    productObject(withSettings({}), "Q");
    expect(getByName.mock.calls).toEqual([
      ["P", { locationHint: "weur" }],
      ["Q", undefined],
    ]);
  });
});
