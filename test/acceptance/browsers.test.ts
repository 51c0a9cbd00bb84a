/** Pages of other origins: which may call, with which keys, and how they listen. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app";
import { LIVE_TICKET_MS } from "../../src/http/wire-limits";
import * as api from "./api";
import { ADMIN, call, expectProblem, expectStatus, SHOP, STAFF } from "./api";
import { fromPage, newKey, PAGE_ORIGIN, rotate } from "./key-api";
import { listen, until, upgrade } from "./live-client";

const EVIL = "https://evil.example";

function preflight(path: string, origin: string, method = "POST") {
  const headers = { Origin: origin, "Access-Control-Request-Method": method };
  return call(`OPTIONS ${path}`, { key: null, headers });
}

function listOf(headers: Headers, name: string): string[] {
  return (headers.get(name) ?? "").split(/, ?/);
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a page of another origin", () => {
  it("is told that it may call, where a key is for it", async () => {
    await newKey({ origins: [PAGE_ORIGIN] });
    const { status, headers } = await preflight("/v1/inventory/x/reserve", PAGE_ORIGIN);
    expect(status).toBe(204);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(PAGE_ORIGIN);
    expect(headers.get("Access-Control-Max-Age")).toMatch(/^\d+$/);
    expect(headers.get("Access-Control-Allow-Credentials")).toBeNull();
    expect(listOf(headers, "Vary")).toContain("Origin");
    expect(listOf(headers, "Access-Control-Allow-Methods").toSorted()).toEqual([
      "DELETE",
      "GET",
      "HEAD",
      "PATCH",
      "POST",
      "PUT",
    ]);
    expect(listOf(headers, "Access-Control-Allow-Headers")).toEqual(
      expect.arrayContaining([
        "X-API-Key",
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "X-Request-Id",
        "Last-Event-ID",
        "Cache-Control",
      ]),
    );
  });

  it("is not, where no key is for it, nor once the key is revoked", async () => {
    const origin = "https://gone.example";
    expect((await preflight("/v1/products", origin)).headers.get("Access-Control-Allow-Origin")).toBeNull();
    const { keyId } = await newKey({ origins: [origin] });
    expect((await preflight("/v1/products", origin)).headers.get("Access-Control-Allow-Origin")).toBe(origin);
    expectStatus(await call(`DELETE /v1/admin/keys/${keyId}`, { key: ADMIN }), 204);
    expect((await preflight("/v1/products", origin)).headers.get("Access-Control-Allow-Origin")).toBeNull();
  });

  it("may read answers and their headers, problems too", async () => {
    const { key } = await newKey({ origins: [PAGE_ORIGIN] });
    const productId = await api.newProduct(1);
    for (const [route, status] of [
      [`GET /v1/inventory/${productId}`, 200],
      [`GET /v1/products/${productId}`, 200],
      ["GET /v1/inventory/NO-SUCH", 404],
      [`DELETE /v1/products/${productId}`, 403],
    ] as const) {
      const answer = await call(route, { key, ...fromPage(PAGE_ORIGIN) });
      expectStatus(answer, status);
      expect(answer.headers.get("Access-Control-Allow-Origin"), route).toBe(PAGE_ORIGIN);
      expect(listOf(answer.headers, "Vary"), route).toContain("Origin");
      const shown = listOf(answer.headers, "Access-Control-Expose-Headers");
      for (const name of ["ETag", "Link", "Location", "Retry-After", "X-Request-Id", "X-Book-Offset"])
        expect(shown).toContain(name);
      expect(shown).toContain("Idempotency-Replayed");
      const evil = await call(route, { key, ...fromPage(EVIL) });
      expect(evil.headers.get("Access-Control-Allow-Origin"), route).toBeNull();
      expectProblem(evil, 403, "forbidden");
    }
  });

  it("is said of in what others may keep", async () => {
    const productId = await api.newProduct(1);
    const answer = await call(`GET /v1/products/${productId}`);
    expect(listOf(answer.headers, "Vary")).toContain("Origin");
  });

  it("may call with any key that has no origins where the setting says so", async () => {
    const app = createApp();
    const allowed = async (CORS_ORIGINS: string, origin: string) => {
      const headers = { Origin: origin, "X-API-Key": STAFF };
      const request = new Request("https://holdfast.test/v1/keys/self", { headers });
      const answer = await app.fetch(request, { ...env, CORS_ORIGINS }, createExecutionContext());
      expect(answer.status).toBe(200);
      return answer.headers.get("Access-Control-Allow-Origin");
    };
    expect(await allowed("https://a.example, https://b.example", "https://b.example")).toBe(
      "https://b.example",
    );
    expect(await allowed("https://a.example", "https://b.example")).toBeNull();
    expect(await allowed("*", "https://b.example")).toBe("*");
    expect(await allowed("", "null")).toBeNull();
  });

  it("asks with OPTIONS; who asks so otherwise is told what a path takes", async () => {
    expectProblem(await call("OPTIONS /v1/products"), 405, "method_not_allowed");
  });
});

interface Ticket {
  ticket: string;
  expiresAt: string;
}

async function newTicket(key: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await call<Ticket>("POST /v1/live/tickets", { key, headers });
  const { ticket, expiresAt } = expectStatus(answer, 201);
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  const left = Date.parse(expiresAt) - Date.now();
  expect(left).toBeGreaterThan(LIVE_TICKET_MS - 5000);
  expect(left).toBeLessThanOrEqual(LIVE_TICKET_MS);
  expect(ticket).not.toContain(key);
  return ticket;
}

/** Of a stream, without one: HEAD asks the same. */
function opens(ticket: string, headers: Record<string, string> = {}, path = "/v1/inventory/live") {
  const query = path.includes("events") ? `?ticket=${ticket}` : `?products=X&ticket=${ticket}`;
  return call(`HEAD ${path}${query}`, { key: null, headers });
}

describe("a live ticket", () => {
  const origin = { Origin: PAGE_ORIGIN };

  it("opens sockets and streams in the place of the key", async () => {
    const { key } = await newKey({ origins: [PAGE_ORIGIN] });
    const ticket = await newTicket(key, origin);
    const productId = await api.newProduct(3);
    const path = `/v1/inventory/${productId}/live?ticket=${ticket}`;
    const socket = await listen(path, { key: null, headers: origin });
    await until(() => expect(socket.told[0]).toMatchObject({ productId, onHand: 3 }));
    socket.close();
    expectStatus(await opens(ticket, origin), 200);
  });

  it.each([SHOP, STAFF, "only-stock:read"])("is made with %s, a key of the secrets, too", async (key) => {
    const ticket = await newTicket(key);
    expectStatus(await opens(ticket), 200);
    expectStatus(await opens(ticket, { Origin: EVIL }), 200);
  });

  it("may what its key may, and no more", async () => {
    expectStatus(await opens(await newTicket("only-events:read"), {}, "/v1/inventory/events/live"), 200);
    expectStatus(await opens(await newTicket(SHOP), {}, "/v1/inventory/events/live"), 403);
    expectStatus(await opens(await newTicket("only-catalog:read")), 403);
  });

  it("is good at the origin that it was made at alone, if its key has origins", async () => {
    const other = "https://other.example";
    const { key } = await newKey({ origins: [PAGE_ORIGIN, other] });
    const ticket = await newTicket(key, origin);
    expectStatus(await opens(ticket, origin), 200);
    for (const headers of [{ Origin: other }, { Origin: EVIL }, {}]) {
      expectStatus(await opens(ticket, headers), 401);
      expect((await upgrade(`/v1/inventory/live?ticket=${ticket}`, { key: null, headers })).status).toBe(401);
    }
  });

  it("is good for a minute", async () => {
    const ticket = await newTicket(SHOP);
    vi.setSystemTime(Date.now() + LIVE_TICKET_MS - 1000);
    expectStatus(await opens(ticket), 200);
    vi.setSystemTime(Date.now() + 1001);
    expectStatus(await opens(ticket), 401);
  });

  it("ends with its key, revoked or rotated", async () => {
    const scopes = ["stock:read"];
    const revoked = await newKey({ scopes });
    const ticket = await newTicket(revoked.key);
    expectStatus(await opens(ticket), 200);
    expectStatus(await call(`DELETE /v1/admin/keys/${revoked.keyId}`, { key: ADMIN }), 204);
    expectStatus(await opens(ticket), 401);
    const rotated = await newKey({ scopes });
    const before = await newTicket(rotated.key);
    const { key } = expectStatus(await rotate(rotated.keyId, 60), 201);
    const after = await newTicket(key);
    for (const one of [before, after]) expectStatus(await opens(one), 200);
    expectStatus(await rotate(rotated.keyId, 0), 201);
    vi.setSystemTime(Date.now() + 1);
    expectStatus(await opens(after), 401);
  });

  it("that was changed is none", async () => {
    const ticket = await newTicket(SHOP);
    const [keyId, expiry = "", signature = ""] = ticket.split(".");
    const later = (Number.parseInt(expiry, 36) + 1).toString(36);
    const other = signature.startsWith("A") ? "B" : "A";
    for (const forged of [
      "",
      "x",
      `${keyId}.${later}.${signature}`,
      `${keyId}.${expiry}.${other}${signature.slice(1)}`,
      `0123456789abcdef.${expiry}.${signature}`,
      SHOP,
    ])
      expectStatus(await opens(forged), 401);
  });

  it("opens live routes alone; no route takes a key in its URL", async () => {
    const ticket = await newTicket(STAFF);
    for (const route of [
      "GET /v1/products",
      "GET /v1/inventory/X",
      "GET /v1/keys/self",
      "POST /v1/live/tickets",
    ]) {
      for (const query of [`ticket=${ticket}`, `key=${STAFF}`, `api_key=${STAFF}`, `X-API-Key=${STAFF}`])
        expectProblem(await call(`${route}?${query}`, { key: null }), 401, "unauthenticated");
    }
    expectStatus(await opens(STAFF), 401);
    expectStatus(await call(`HEAD /v1/inventory/live?products=X&key=${STAFF}`, { key: null }), 401);
  });
});

describe("a key that has origins", () => {
  it("opens sockets and streams from pages of these alone, however it is sent", async () => {
    const { key } = await newKey({ origins: [PAGE_ORIGIN] });
    const path = "/v1/inventory/live";
    const offered = { key: null, protocols: `holdfast.v1, holdfast.key.${key}` };
    for (const [headers, status] of [
      [{ Origin: PAGE_ORIGIN }, 101],
      [{ Origin: EVIL }, 403],
      [{}, 403],
    ] as const) {
      const socket = await upgrade(path, { ...offered, headers });
      expect(socket.status).toBe(status);
      socket.webSocket?.accept();
      socket.webSocket?.close();
      const stream = await call(`HEAD ${path}?products=X`, { key, headers });
      expectStatus(stream, status === 101 ? 200 : status);
    }
  });
});
