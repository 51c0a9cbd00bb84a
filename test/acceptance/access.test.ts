/**
 * The access matrix: every route that the app has, with every kind of key. What each key may do is written down here from
 * the contract, not read from the routes; a route that is not in the table fails, so a new one cannot be forgotten. No answer
 * and no line of the log has a key in it.
 */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { SCOPES, type Scope } from "../../src/http/request/credential";
import { ROUTES } from "../../src/http/routes";
import { ADMIN, call, expectProblem, expectStatus, newId, newProduct, SHOP } from "./api";
import type { Answer, Reservation } from "./api";
import { newKey, PAGE_ORIGIN, rotate } from "./key-api";

type Wanted = Scope | readonly Scope[] | "any key" | "metrics";

const RESERVATIONS = ["reservations:read", "reservations:write"] as const;

const WANTED: Record<string, Wanted> = {
  "POST /v1/products": "stock:write",
  "GET /v1/products": "catalog:read",
  "GET /v1/products/{productId}": "catalog:read",
  "PATCH /v1/products/{productId}": "stock:write",
  "DELETE /v1/products/{productId}": "admin",
  "POST /v1/products/import": "admin",
  "GET /v1/products/export": "catalog:read",
  "POST /v1/quotes": "stock:write",
  "GET /v1/products/{productId}/prices": "catalog:read",
  "POST /v1/inventory": "stock:write",
  "GET /v1/inventory": "stock:read",
  "GET /v1/inventory/{productId}": "stock:read",
  "PUT /v1/inventory/{productId}": "stock:write",
  "DELETE /v1/inventory/{productId}": "admin",
  "POST /v1/inventory/{productId}/adjust": "stock:write",
  "POST /v1/inventory/{productId}/transfer": "stock:write",
  "PATCH /v1/inventory/{productId}/levels/{locationId}": "stock:write",
  "DELETE /v1/inventory/{productId}/levels/{locationId}": "stock:write",
  "POST /v1/inventory/{productId}/reserve": "reservations:write",
  "POST /v1/inventory/{productId}/release": "reservations:write",
  "POST /v1/inventory/{productId}/check": "stock:read",
  "GET /v1/inventory/{productId}/movements": "events:read",
  "GET /v1/movements": "events:read",
  "POST /v1/inventory/updates": "stock:write",
  "POST /v1/inventory/bulk": "stock:write",
  "GET /v1/inventory/low-stock": "stock:read",
  "GET /v1/inventory/events": "events:read",
  "GET /v1/inventory/live": "stock:read",
  "GET /v1/inventory/{productId}/live": "stock:read",
  "GET /v1/inventory/events/live": "events:read",
  "POST /v1/reservations": "reservations:write",
  "GET /v1/reservations": RESERVATIONS,
  "GET /v1/reservations/{id}": RESERVATIONS,
  "PATCH /v1/reservations/{id}": "reservations:write",
  "POST /v1/reservations/{id}/confirm": "reservations:write",
  "POST /v1/reservations/{id}/release": "reservations:write",
  "POST /v1/reservations/{id}/extend": "reservations:write",
  "DELETE /v1/reservations/{id}": "reservations:write",
  "POST /v1/reservations/confirm": "reservations:write",
  "POST /v1/reservations/release": "reservations:write",
  "POST /v1/reservations/{id}/return": "stock:write",
  "GET /v1/orders/{orderId}": RESERVATIONS,
  "GET /v1/locations": "stock:read",
  "GET /v1/locations/{id}": "stock:read",
  "POST /v1/locations": "admin",
  "PATCH /v1/locations/{id}": "admin",
  "DELETE /v1/locations/{id}": "admin",
  "GET /v1/webhooks": "admin",
  "POST /v1/webhooks": "admin",
  "GET /v1/webhooks/{id}": "admin",
  "PATCH /v1/webhooks/{id}": "admin",
  "DELETE /v1/webhooks/{id}": "admin",
  "POST /v1/webhooks/{id}/test": "admin",
  "POST /v1/webhooks/{id}/replay": "admin",
  "GET /v1/webhooks/{id}/deliveries": "admin",
  "GET /v1/reports/products": "events:read",
  "GET /v1/reports/products/{productId}": "events:read",
  "GET /v1/reports/searches": "events:read",
  "GET /v1/keys/self": "any key",
  "POST /v1/live/tickets": "any key",
  "GET /v1/admin/keys": "admin",
  "POST /v1/admin/keys": "admin",
  "DELETE /v1/admin/keys/{id}": "admin",
  "POST /v1/admin/keys/{id}/rotate": "admin",
  "GET /metrics": "metrics",
  "POST /v1/admin/products/create": "admin",
  "PUT /v1/admin/products/set": "admin",
  "DELETE /v1/admin/products/delete": "admin",
  "POST /v1/admin/products/{productId}/verify": "admin",
  "POST /v1/admin/verify": "admin",
  "POST /v1/admin/search/rebuild": "admin",
  "GET /v1/admin/search/rebuild": "admin",
  "POST /v1/admin/book/rebuild": "admin",
  "GET /v1/admin/book/rebuild": "admin",
  "POST /v1/admin/products/{productId}/restore": "admin",
  "POST /v1/admin/products/{productId}/reproject": "admin",
  "GET /v1/admin/rate-limit/status": "admin",
  "GET /inventory/{setId}": "catalog:read",
  "GET /brick-api/inventory/{setId}": "catalog:read",
  "GET /inventory/assets": "catalog:read",
  "GET /inventory/assets/search": "catalog:read",
  "GET /inventory/assets/{assetId}": "catalog:read",
  "GET /health/detailed": "stock:read",
  "GET /v1/admin/sources": "admin",
  "POST /v1/admin/sources/{name}/import": "admin",
  "POST /v1/admin/sources/{name}/refresh": "admin",
};

const routes = ROUTES.filter(({ contract }) => contract).map(
  ({ method, path }) => `${method.toUpperCase()} ${path}`,
);
const KEYS = SCOPES.map((scope) => [`only-${scope}`, scope] as const);

/** Of things that do not exist: whoever may ask is told so, or what is wrong with the request, and nothing happens. */
function requestOf(route: string): string {
  return route.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === "id" ? "NO-SUCH~THING" : "NO-SUCH-THING",
  );
}

const OPENING = { "GET /v1/inventory/live": "?products=NO-SUCH-THING" } as Record<string, string>;

async function ask(route: string, key: string | null, headers: Record<string, string> = {}) {
  const hasBody = !route.startsWith("GET ") && !route.startsWith("DELETE ");
  const query = OPENING[route] ?? "";
  // A stream would stay open: HEAD asks the same and is not kept.
  const request = requestOf(route).replace(/^GET (.*\/live)$/, "HEAD $1") + query;
  const answer = await call(request, { key, headers, ...(hasBody && { body: {} }) });
  said.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
}

/** A stream that was asked for with HEAD has no body to say more in. */
function expectRefused(answer: Answer<unknown>, status: 401 | 403): void {
  if (answer.request.startsWith("HEAD")) expect(answer.status).toBe(status);
  else expectProblem(answer, status, status === 401 ? "unauthenticated" : "forbidden");
}

function expectLetIn(answer: Answer<unknown>): void {
  expect([401, 403, 405, 500, 503], answer.text).not.toContain(answer.status);
}

/** Everything that was answered, and everything that was logged. */
const said: string[] = [];
const LOGS = ["debug", "log", "info", "warn", "error"] as const;

/** Managed keys by what is the matter with them; all may do everything else. */
const managed = {
  revoked: "",
  expired: "",
  "rotated away": "",
  "of a page": "",
  unknown: `hf_live_${"x".repeat(43)}`,
};
const managedByScope = new Map<Scope, string>();
const pageKeyByScope = new Map<Scope, string>();
/** All scopes but one, and `admin`, which opens everything. */
const managedWithout = new Map<Scope, string>();

beforeAll(async () => {
  for (const name of LOGS)
    vi.spyOn(console, name).mockImplementation((...parts: unknown[]) => void said.push(parts.join(" ")));
  const everything = { scopes: [...SCOPES] };
  for (const scope of SCOPES) {
    managedByScope.set(scope, (await newKey({ scopes: [scope] })).key);
    const page = { kind: "secret", scopes: [scope], origins: [PAGE_ORIGIN] };
    pageKeyByScope.set(scope, (await newKey(page)).key);
    const others = SCOPES.filter((other) => other !== scope && other !== "admin");
    managedWithout.set(scope, (await newKey({ scopes: others })).key);
  }
  managed["of a page"] = (await newKey({ kind: "secret", ...everything, origins: [PAGE_ORIGIN] })).key;
  const revoked = await newKey(everything);
  managed.revoked = revoked.key;
  expectStatus(await call(`DELETE /v1/admin/keys/${revoked.keyId}`, { key: ADMIN }), 204);
  const rotated = await newKey(everything);
  managed["rotated away"] = rotated.key;
  expectStatus(await rotate(rotated.keyId, 0), 201);
  const expired = await newKey(everything);
  managed.expired = expired.key;
  const past = env.BOOK.prepare("UPDATE api_keys SET expires_at_ms = ? WHERE key_id = ?");
  await past.bind(Date.now() - 1, expired.keyId).run();
});

afterAll(() => {
  vi.restoreAllMocks();
});

function mayPass(wanted: Wanted, scope: Scope): boolean {
  return wanted === "any key" || scope === "admin" || wanted === scope || wanted.includes(scope);
}

describe("the access matrix", () => {
  it("knows every route of the app, and no other", () => {
    expect(routes.toSorted()).toEqual(Object.keys(WANTED).toSorted());
  });

  describe.each(routes)("%s", (route) => {
    const wanted = WANTED[route];

    it.each([
      ["no key", null],
      ["an unknown key", "nobody"],
      ["an empty key", ""],
    ])("refuses %s", async (_, key) => {
      expectRefused(await ask(route, key), 401);
    });

    it.each(["revoked", "expired", "rotated away", "unknown"] as const)(
      "refuses a managed key that is %s",
      async (what) => {
        expectRefused(await ask(route, managed[what]), 401);
      },
    );

    it.each(["https://evil.example", "null", undefined])(
      "refuses a page's key from %s, whatever it may do",
      async (origin) => {
        expectRefused(
          await ask(route, managed["of a page"], origin === undefined ? {} : { Origin: origin }),
          403,
        );
      },
    );

    it.each(KEYS)("lets in %s only as the contract says", async (key, scope) => {
      if (wanted === undefined) throw new Error(`${route} is not in the table`);
      const ways = [
        [key, {}],
        [managedByScope.get(scope) ?? "", {}],
        [pageKeyByScope.get(scope) ?? "", { Origin: PAGE_ORIGIN }],
      ] as const;
      for (const [one, headers] of ways) {
        const answer = await ask(route, one, headers);
        if (mayPass(wanted, scope)) expectLetIn(answer);
        else expectRefused(answer, 403);
        expect(answer.text).not.toContain(one);
      }
    });

    it("refuses a key that has every other scope", async () => {
      if (typeof wanted !== "string" || wanted === "any key" || wanted === "admin" || wanted === "metrics")
        return;
      expectRefused(await ask(route, managedWithout.get(wanted) ?? ""), 403);
    });
  });

  it("was gone through without a key in any answer or line of the log", () => {
    const keys = [managedByScope, pageKeyByScope, managedWithout].flatMap((byScope) => [...byScope.values()]);
    const secrets = [...keys, ...Object.values(managed)];
    expect(secrets.filter((key) => key.length < 50)).toEqual([]);
    expect(said.length).toBeGreaterThan(routes.length * 30);
    const everything = said.join("\n");
    // Not even the part that is random.
    expect(secrets.filter((key) => everything.includes(key.slice(-40)))).toEqual([]);
  });
});

/** Requests about one reservation or one order, by the key that asks: its own, and another's. */
describe("reservations and orders of another key", () => {
  /** Routes that name one: each must be among those below. */
  const naming = routes.filter((route) => /\/v1\/(reservations\/\{id\}|orders\/)/.test(route));

  const own: Record<string, { productId: string; reservationId: string; orderId: string }> = {};
  const ABOUT: [route: string, body?: object][] = [
    ["GET /v1/reservations/{id}"],
    ["GET /v1/orders/{orderId}"],
    ["POST /v1/reservations/{id}/extend", { ttlSeconds: 1 }],
    ["PATCH /v1/reservations/{id}", { quantity: 1 }],
    ["POST /v1/reservations/{id}/release", { quantity: 1, reason: "asked" }],
    ["POST /v1/reservations/{id}/confirm", {}],
    ["DELETE /v1/reservations/{id}"],
    ["POST /v1/reservations/confirm", { orderId: "{orderId}" }],
    ["POST /v1/reservations/release", { orderId: "{orderId}" }],
  ];

  it("are asked for by every route that names one", () => {
    const known = new Set(ABOUT.map(([route]) => route));
    // Whoever takes units back is staff.
    expect(naming.filter((route) => !known.has(route))).toEqual(["POST /v1/reservations/{id}/return"]);
  });

  beforeAll(async () => {
    for (const key of [SHOP, "only-reservations:write", ADMIN]) {
      const productId = await newProduct(10);
      const orderId = newId("order");
      const body = { orderId, lines: [{ productId, quantity: 2 }] };
      const answer = await call<{ reservations: Reservation[] }>("POST /v1/reservations", { key, body });
      const [made] = expectStatus(answer, 201).reservations;
      own[key] = { productId, orderId, reservationId: made?.reservationId ?? "" };
    }
  });

  function about(route: string, body: object | undefined, owner: string) {
    const ids = own[owner];
    if (!ids) throw new Error("no reservation was made");
    const fill = (text: string) =>
      text
        .replace("{id}", ids.reservationId)
        .replace("{orderId}", ids.orderId)
        .replace("{productId}", ids.productId);
    return { request: fill(route), ...(body && { body: JSON.parse(fill(JSON.stringify(body))) as object }) };
  }

  it.each(ABOUT)("%s: to a storefront what others made does not exist", async (route, body) => {
    for (const [key, owner] of [
      [SHOP, "only-reservations:write"],
      [SHOP, ADMIN],
      ["only-reservations:write", SHOP],
      ["other-shop", SHOP],
    ] as const) {
      const { request, ...rest } = about(route, body, owner);
      expectProblem(await call(request, { key, ...rest }), 404);
    }
  });

  it.each(ABOUT.slice(0, 2))("%s: whoever reads all sees all", async (route) => {
    for (const key of ["only-reservations:read", "care", "only-admin", "demo"]) {
      for (const owner of Object.keys(own)) {
        expectStatus(await call(about(route, undefined, owner).request, { key }), 200);
      }
    }
  });

  it.each(ABOUT.slice(2))("%s: reading all is not resolving all", async (route, body) => {
    const { request, ...rest } = about(route, body, SHOP);
    expectProblem(await call(request, { key: "only-reservations:read", ...rest }), 403, "forbidden");
  });

  it.each(ABOUT)("%s: its own and, with both scopes, everybody's can be reached", async (route, body) => {
    for (const key of [SHOP, "care"]) {
      const { request, ...rest } = about(route, body, SHOP);
      const answer = await call(request, { key, ...rest });
      // What has been resolved by a step before is a conflict, not a secret.
      expect([200, 409]).toContain(answer.status);
    }
  });
});
