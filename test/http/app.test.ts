/** What the Worker answers when what is behind it fails, is slow to know, or is not asked at all. */
import { createExecutionContext } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app";

const app = createApp();

/** Fails as the platform's stubs do: with flags on the error. */
function failing(flags: object) {
  return Object.assign(new Error("inner secret"), flags);
}

function ask(path: string, env: object, init: RequestInit = {}): Promise<Response> {
  const keys = { API_KEYS: "demo", ADMIN_API_KEYS: "root", ENVIRONMENT: "development" };
  const headers = { "X-API-Key": "root", "Content-Type": "application/json", ...init.headers };
  const request = new Request(`https://holdfast.test${path}`, { ...init, headers });
  return Promise.resolve(app.fetch(request, { ...keys, ...env } as Env, createExecutionContext()));
}

function objectThat(methods: object) {
  return { PRODUCT: { getByName: () => methods } };
}

const RESERVE = { method: "POST", body: JSON.stringify({ quantity: 1, locationId: "main" }) };
const BODY = '{"reservationId":"P~01ARZ3NDEKTSV4RRFFQ69G5FAV","productId":"P"}';
const HELD = [{ ok: true, body: BODY, version: 7, replayed: false }];

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an object that fails", () => {
  it.each([{ overloaded: true }, { retryable: true }, { remote: true }, {}])(
    "with %j is 503",
    async (flags) => {
      const log = vi.spyOn(console, "error").mockReturnValue();
      const read = vi.fn<() => Promise<never>>(() => Promise.reject(failing(flags)));
      const answer = await ask("/v1/inventory/P", objectThat({ read }), {
        headers: { "X-Request-Id": "r-1" },
      });
      const text = await answer.text();
      expect(answer.status, text).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ code: "overloaded", requestId: "r-1" });
      expect(answer.headers.get("Retry-After")).toBe("1");
      expect(text).not.toContain("secret");
      expect(log.mock.calls.join("\n")).toMatch(/inner secret.*r-1|r-1.*inner secret/s);
    },
  );

  it("is asked again when a new stub may do better", async () => {
    const read = vi
      .fn<() => Promise<object>>()
      .mockRejectedValueOnce(failing({ retryable: true }))
      .mockResolvedValueOnce({ ok: true, body: "{}", version: 3 });
    expect((await ask("/v1/inventory/P", objectThat({ read }))).status).toBe(200);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it.each([
    { flags: { retryable: true, overloaded: true }, headers: { "Idempotency-Key": "k" }, calls: 1 },
    { flags: { retryable: true }, headers: {}, calls: 1 },
    { flags: { retryable: true }, headers: { "Idempotency-Key": "k" }, calls: 2 },
    { flags: {}, headers: { "Idempotency-Key": "k" }, calls: 1 },
  ])("with $flags in a change with $headers is asked $calls times", async ({ flags, headers, calls }) => {
    vi.spyOn(console, "error").mockReturnValue();
    const execute = vi.fn<() => Promise<never>>(() => Promise.reject(failing(flags)));
    const answer = await ask("/v1/inventory/P/reserve", objectThat({ execute }), { ...RESERVE, headers });
    expect(answer.status).toBe(503);
    expect(execute).toHaveBeenCalledTimes(calls);
  });
});

describe("a change", () => {
  it("passes the object's answer on: its version, its place, whether it is replayed", async () => {
    const execute = () => Promise.resolve([{ ...HELD[0], replayed: true }]);
    const answer = await ask("/v1/inventory/P/reserve", objectThat({ execute }), RESERVE);
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe(BODY);
    expect(answer.headers.get("ETag")).toBe('"7"');
    expect(answer.headers.get("Location")).toBe("/v1/reservations/P~01ARZ3NDEKTSV4RRFFQ69G5FAV");
    expect(answer.headers.get("Idempotency-Replayed")).toBe("true");
  });

  it("carries who, which key, what was asked and which version was seen", async () => {
    const execute = vi.fn<(...args: unknown[]) => Promise<object[]>>(() => Promise.resolve(HELD));
    const headers = { "Idempotency-Key": "cart", "If-Match": '"6"' };
    await ask("/v1/inventory/P/reserve", objectThat({ execute }), { ...RESERVE, headers });
    const [[envelope]] = execute.mock.calls[0] as [[Record<string, { id?: string }>]];
    expect(envelope).toEqual({
      command: { verb: "reserve", quantity: 1, ttlSeconds: 900, locationIds: ["main"], anyLocation: false },
      actor: expect.stringMatching(/^key:[0-9a-f]{16}$/),
      clamped: false,
      key: {
        id: expect.stringMatching(/^[0-9a-f]{12}:cart$/),
        fingerprint: expect.stringMatching(/^\["POST","\/v1\/inventory\/P\/reserve"/),
      },
      expected: { version: 6, via: "header" },
    });
  });

  it.each([
    ["no JSON", "{", "malformed_json"],
    ["nothing", "", "malformed_json"],
    ["an array", "[]", "validation_failed"],
  ])("with %s as its body does not reach the object", async (_, body, code) => {
    const answer = await ask("/v1/inventory/P/reserve", objectThat({}), { method: "POST", body });
    expect(await answer.json()).toMatchObject({ status: 400, code });
  });

  it("with a body of a type that is not JSON does not reach the object", async () => {
    const headers = { "Content-Type": "text/plain" };
    const answer = await ask("/v1/inventory/P/reserve", objectThat({}), { ...RESERVE, headers });
    expect(await answer.json()).toMatchObject({ status: 415, code: "unsupported_media_type" });
  });
});

describe("a bug", () => {
  it("shows nothing of the inside", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const ASSETS = { fetch: () => Promise.reject(new Error("inner secret")) };
    const answer = await ask("/docs/", { ASSETS });
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      code: "internal",
      requestId: answer.headers.get("X-Request-Id"),
    });
    expect(text).not.toContain("secret");
    expect(log.mock.calls.join()).toContain("inner secret");
  });
});

describe("the book away", () => {
  const down = () => Promise.reject(new Error("down"));
  const statement = { bind: () => ({ raw: down, all: down, run: down, first: down }) };
  const BOOK = { prepare: () => statement, batch: down, withSession: () => BOOK };
  const body = JSON.stringify({ locationId: "x", name: "X" });

  it.each([
    { request: "GET /v1/locations", says: /read/, not: /writ/ },
    { request: "POST /v1/locations", says: /cannot be written/, not: /read/ },
    { request: "DELETE /v1/locations/x", says: /cannot be written/, not: /read/ },
  ])("the answer to $request says what cannot be done", async ({ request, says, not }) => {
    vi.spyOn(console, "error").mockReturnValue();
    const [method = "", path = ""] = request.split(" ");
    const answer = await ask(path, { BOOK }, method === "POST" ? { method, body } : { method });
    const problem: { title: string; detail: string } = await answer.json();
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(`${problem.title} ${problem.detail}`).toMatch(says);
    expect(`${problem.title} ${problem.detail}`).not.toMatch(not);
  });
});

describe("health", () => {
  it("touches nothing", async () => {
    expect((await app.fetch(new Request("https://holdfast.test/health"), {} as Env)).status).toBe(200);
  });
});

describe("the catalog cache", () => {
  const entry = { CATALOG: { get: () => Promise.resolve('4\n{"productId":"P","version":4}') } };

  it("answers alone", async () => {
    const answer = await ask("/v1/products/P", entry);
    expect([answer.status, answer.headers.get("ETag"), await answer.json()]).toEqual([
      200,
      '"4"',
      { productId: "P", version: 4 },
    ]);
    expect((await ask("/v1/products/P", entry, { headers: { "If-None-Match": '"4"' } })).status).toBe(304);
  });

  it("is passed by who wants the truth", async () => {
    const read = vi.fn<() => Promise<object>>(() => Promise.resolve({ ok: true, body: "{}", version: 5 }));
    const init = { headers: { "Cache-Control": "no-cache" } };
    expect(
      (await ask("/v1/products/P", { ...entry, ...objectThat({ read }) }, init)).headers.get("ETag"),
    ).toBe('"5"');
  });

  it("that fails, with the book away, leaves the object to answer", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const down = () => Promise.reject(new Error("down"));
    const statement = { bind: () => ({ raw: down, all: down }) };
    const BOOK = { prepare: () => statement, batch: down, withSession: () => BOOK };
    const read = () => Promise.resolve({ ok: true, body: "{}", version: 5 });
    const env = { CATALOG: { get: down }, BOOK, ...objectThat({ read }) };
    expect((await ask("/v1/products/P", env)).status).toBe(200);
    expect(await (await ask("/v1/products", env)).json()).toMatchObject({
      status: 503,
      code: "book_unavailable",
    });
  });
});
