/** One line for each request, of what an engineer asks for and nothing else. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app";
import { newProduct } from "../acceptance/api";

const app = createApp();

/** Every line that a request leaves. */
async function linesOf(
  path: string,
  { level = "info", PRODUCT = env.PRODUCT, ...init }: RequestInit & { level?: string; PRODUCT?: object } = {},
) {
  const lines: string[] = [];
  for (const method of ["log", "warn", "error"] as const)
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a variable of its own
  const bindings = { ...env, PRODUCT, LOG_LEVEL: level } as unknown as Env;
  const answer = await app.fetch(
    new Request(`https://holdfast.test${path}`, init),
    bindings,
    createExecutionContext(),
  );
  await answer.text();
  return { answer, lines, parsed: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

afterEach(() => vi.restoreAllMocks());

const KEY = { "X-API-Key": "demo" };

describe("a request", () => {
  it("leaves one line: id, route, status, duration, key, product, code", async () => {
    const productId = await newProduct(1);
    const headers = { ...KEY, "Content-Type": "application/json", "X-Request-Id": "r-77" };
    const body = JSON.stringify({ quantity: 9, customerId: "customer-secret" });
    const { parsed } = await linesOf(`/v1/inventory/${productId}/reserve?x`, {
      method: "POST",
      headers,
      body,
    });
    expect(parsed).toEqual([
      expect.objectContaining({ what: "request", requestId: "r-77", status: 400, code: "validation_failed" }),
    ]);
    const refused = await linesOf(`/v1/inventory/${productId}/reserve`, { method: "POST", headers, body });
    expect(refused.parsed).toEqual([
      {
        level: "info",
        what: "request",
        requestId: "r-77",
        method: "POST",
        route: "/v1/inventory/{productId}/reserve",
        status: 409,
        durationMs: expect.any(Number),
        keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
        productId,
        code: "insufficient_stock",
      },
    ]);
    expect(refused.lines.join()).not.toContain("customer-secret");
  });

  it("names the product of a reservation's id", async () => {
    const { parsed } = await linesOf("/v1/reservations/BRICK-1~01ARZ3NDEKTSV4RRFFQ69G5FAV", { headers: KEY });
    expect(parsed).toMatchObject([{ route: "/v1/reservations/{id}", productId: "BRICK-1", status: 404 }]);
  });

  it.each([
    ["/v1/inventory/my-secret-key", { "X-API-Key": "my-secret-key" }],
    ["/v1/inventory/my-secret-key?key=my-secret-key", {}],
    ["/my-secret-key", { Authorization: "Bearer my-secret-key" }],
    ["/v1/inventory/events/live?ticket=my-secret-key", {}],
    ["/v1/inventory/my-secret-key%20?", KEY],
  ])("with a secret in it leaves none in the log: %s", async (path, headers) => {
    const { lines } = await linesOf(path, {
      headers: new Headers(headers as Record<string, string>),
      level: "debug",
    });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join()).not.toContain("my-secret-key");
    expect(lines.join()).not.toContain("demo");
  });

  it.each([
    ["debug", 1],
    ["info", 1],
    ["warn", 0],
    ["error", 0],
  ])("that went well is logged at %s: %i lines", async (level, count) => {
    expect((await linesOf("/health", { level })).lines).toHaveLength(count);
  });

  it("that failed is logged at warn, beside its cause", async () => {
    const PRODUCT = { getByName: () => ({ read: () => Promise.reject(new Error("inner")) }) };
    const { parsed, answer } = await linesOf("/v1/inventory/P", { headers: KEY, level: "warn", PRODUCT });
    expect(answer.status).toBe(503);
    expect(parsed).toMatchObject([
      { level: "error", error: "inner" },
      { level: "warn", what: "request", status: 503, code: "overloaded" },
    ]);
  });
});
