/**
 * Rate limits by the wire: who is refused, when, and whether the headers tell the truth. Each `env` here is an isolate of its
 * own: counts belong to it. The clock stands still unless a test moves it.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bound } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import wranglerToml from "../../../wrangler.toml?raw";
import { createApp } from "../../../src/http/app";
import { RATE_LIMIT_SHARES } from "../../../src/limits/rate";

const app = createApp();
const START = Date.parse("2026-03-01T12:00:00.000Z");
const ALICE = "203.0.113.7";
const BOB = "198.51.100.9";
const SELF = "/v1/keys/self";
const STATUS = "/v1/admin/rate-limit/status";

interface Status {
  enabled: boolean;
  type: string;
  requestsPerMinute: number;
  totalRequestsPerMinute: number | null;
  adminRequestsPerMinute: number;
  currentClients: {
    clientId: string;
    policy: string;
    requestCount: number;
    windowStart: string;
    isBlocked: boolean;
  }[];
}

/** Counts what it is asked, and refuses past what the real one would. */
function limiter(limit = RATE_LIMIT_SHARES) {
  const countByKey = new Map<string, number>();
  return {
    countByKey,
    limit: ({ key }: RateLimitOptions) => {
      const count = (countByKey.get(key) ?? 0) + 1;
      countByKey.set(key, count);
      return Promise.resolve({ success: count <= limit });
    },
  };
}

function isolate(variables: object = {}, RATE_LIMITER: object = limiter()): Env {
  const keys = { API_KEYS: "demo", ADMIN_API_KEYS: "root", ENVIRONMENT: "development" };
  const limits = { RATE_LIMIT_ENABLED: "true", RATE_LIMIT_REQUESTS_PER_MINUTE: "100" };
  return { ...keys, ...limits, ...variables, RATE_LIMITER } as unknown as Env;
}

interface Asked extends RequestInit {
  from?: string;
  headers?: Record<string, string>;
}

async function ask(env: Env, path = SELF, { from = ALICE, ...init }: Asked = {}): Promise<Response> {
  const address: Record<string, string> = from === "" ? {} : { "CF-Connecting-IP": from };
  const headers = { "X-API-Key": "root", ...address, ...init.headers };
  const context = createExecutionContext();
  const request = new Request(`https://holdfast.test${path}`, { ...init, headers });
  const answer = await app.fetch(request, env, context);
  await waitOnExecutionContext(context);
  return answer;
}

async function statuses(env: Env, count: number, options?: Asked): Promise<Record<number, number>> {
  const found: Record<number, number> = {};
  for (let index = 0; index < count; index += 1) {
    const { status } = await ask(env, SELF, options);
    found[status] = (found[status] ?? 0) + 1;
  }
  return found;
}

function told({ headers }: Response) {
  return [headers.get("RateLimit-Policy"), headers.get("RateLimit"), headers.get("Retry-After")];
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a hundred requests a minute", () => {
  it("of 150 lets 100 pass and refuses 50, with headers that are true; the next minute passes", async () => {
    const env = isolate();
    for (let index = 1; index <= 100; index += 1) {
      vi.setSystemTime(START + index * 100);
      const answer = await ask(env);
      const left = Math.ceil(60 - index / 10);
      expect([answer.status, ...told(answer)]).toEqual([
        200,
        '"ip";q=100;w=60',
        `"ip";r=${100 - index};t=${left}`,
        null,
      ]);
    }
    for (let index = 1; index <= 50; index += 1) {
      vi.setSystemTime(START + 10_000 + index * 200);
      const answer = await ask(env);
      const left = String(Math.ceil(50 - index / 5));
      expect([answer.status, ...told(answer)]).toEqual([429, '"ip";q=100;w=60', `"ip";r=0;t=${left}`, left]);
    }
    vi.setSystemTime(START + 20_000 + 39_999);
    expect((await ask(env)).status).toBe(429);
    // What Retry-After said last: 30 s after 12:00:20.
    vi.setSystemTime(START + 60_000);
    const next = await ask(env);
    expect([next.status, ...told(next)]).toEqual([200, '"ip";q=100;w=60', '"ip";r=99;t=60', null]);
  });

  it("says no with a problem document that names the policy", async () => {
    const env = isolate({ RATE_LIMIT_REQUESTS_PER_MINUTE: "1" });
    await ask(env);
    const answer = await ask(env, SELF, { headers: { "X-Request-Id": "r-1" } });
    expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await answer.json()).toMatchObject({
      status: 429,
      code: "rate_limited",
      instance: SELF,
      requestId: "r-1",
      violatedPolicies: ["ip"],
    });
  });

  it("is exact however many come at once", async () => {
    const env = isolate();
    const answers = await Promise.all(Array.from({ length: 150 }, () => ask(env)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(50);
  });

  it("says where its client stands in every answer, also in one that says no", async () => {
    const env = isolate();
    const key = { headers: { "X-API-Key": "guessed" } };
    const nowhere = await ask(env, "/v1/nowhere");
    const wrongMethod = await ask(env, SELF, { method: "POST" });
    const refused = await ask(env, SELF, key);
    const head = await ask(env, SELF, { method: "HEAD" });
    expect([nowhere, wrongMethod, refused, head].map((answer) => [answer.status, told(answer)[1]])).toEqual([
      [404, '"ip";r=99;t=60'],
      [405, '"ip";r=98;t=60'],
      [401, '"ip";r=97;t=60'],
      [200, '"ip";r=96;t=60'],
    ]);
  });

  it("limits whoever guesses keys", async () => {
    const env = isolate();
    expect(await statuses(env, 110, { headers: { "X-API-Key": "guessed" } })).toEqual({ 401: 100, 429: 10 });
  });

  it("costs no object, no book and no cache when it refuses", async () => {
    const untouched = () => {
      throw new Error("touched");
    };
    const names = { PRODUCT: { getByName: untouched }, CATALOG: { get: untouched } };
    const env = isolate({ ...names, RATE_LIMIT_REQUESTS_PER_MINUTE: "1" });
    await ask(env);
    expect((await ask(env, "/v1/inventory/P")).status).toBe(429);
    expect((await ask(env, "/v1/products/P")).status).toBe(429);
  });

  it.each(["/health", "/brick-api/health", "/", "/redoc", "/docs", "/docs/", "/openapi.json"])(
    "does not count %s",
    async (path) => {
      const ASSETS = { fetch: () => Promise.resolve(new Response("a file")) };
      const env = isolate({ ASSETS, RATE_LIMIT_REQUESTS_PER_MINUTE: "1" });
      expect(await statuses(env, 2)).toEqual({ 200: 1, 429: 1 });
      const answer = await ask(env, path);
      expect([200, 302]).toContain(answer.status);
      expect(told(answer)).toEqual([null, null, null]);
    },
  );

  it("counts a socket as one request", async () => {
    const socket = () => new Response(null, { status: 101, webSocket: new WebSocketPair()[0] });
    const HUB = { getByName: () => ({ fetch: () => Promise.resolve(socket()) }) };
    const env = isolate({ HUB });
    const answer = await ask(env, "/v1/inventory/P/live", { headers: { Upgrade: "websocket" } });
    expect([answer.status, answer.webSocket === null, told(answer)[1]]).toEqual([
      101,
      false,
      '"ip";r=99;t=60',
    ]);
  });
});

describe("who is counted", () => {
  it("each address by itself", async () => {
    const env = isolate();
    expect(await statuses(env, 110)).toEqual({ 200: 100, 429: 10 });
    expect(await statuses(env, 110, { from: BOB })).toEqual({ 200: 100, 429: 10 });
  });

  it("the same, whatever a caller says of itself", async () => {
    const env = isolate({ RATE_LIMIT_REQUESTS_PER_MINUTE: "4" });
    await statuses(env, 4);
    for (const name of [
      "X-Forwarded-For",
      "X-Real-IP",
      "Forwarded",
      "True-Client-IP",
      "CF-Connecting-IPv6",
    ]) {
      expect(await statuses(env, 1, { headers: { [name]: "8.8.8.8" } })).toEqual({ 429: 1 });
    }
  });

  it.each([
    ["addresses of one IPv6 network", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 429],
    ["two ways to write one", "2001:db8:1:2:0:0:0:1", "2001:DB8:1:2::1", 429],
    ["addresses of two IPv6 networks", "2001:db8:1:2::1", "2001:db8:1:3::1", 200],
    ["an IPv4 address, also inside IPv6", "203.0.113.7", "::ffff:203.0.113.7", 429],
    ["none, and what is no address", "", "no:address", 429],
    ["none, and what is too long for one", "", "1".repeat(46), 429],
  ])("%s", async (_, first, second, status) => {
    const env = isolate({ RATE_LIMIT_REQUESTS_PER_MINUTE: "1" });
    await ask(env, SELF, { from: first });
    expect((await ask(env, SELF, { from: second })).status).toBe(status);
  });

  it("everybody together, where the type is global", async () => {
    const env = isolate({ RATE_LIMIT_TYPE: "global" });
    expect(await statuses(env, 60)).toEqual({ 200: 60 });
    expect(await statuses(env, 60, { from: BOB })).toEqual({ 200: 40, 429: 20 });
    const answer = await ask(env);
    expect(told(answer)).toEqual(['"global";q=100;w=60', '"global";r=0;t=60', "60"]);
    expect(await answer.json()).toMatchObject({ violatedPolicies: ["global"] });
  });

  it("both: whoever is refused takes nothing from the others", async () => {
    const env = isolate({ RATE_LIMIT_TYPE: "both", RATE_LIMIT_TOTAL_REQUESTS_PER_MINUTE: "150" });
    expect(await statuses(env, 500)).toEqual({ 200: 100, 429: 400 });
    expect(told(await ask(env))).toEqual([
      '"ip";q=100;w=60, "global";q=150;w=60',
      '"ip";r=0;t=60, "global";r=50;t=60',
      "60",
    ]);
    expect(await statuses(env, 60, { from: BOB })).toEqual({ 200: 50, 429: 10 });
    expect(told(await ask(env, SELF, { from: BOB }))[1]).toBe('"ip";r=50;t=60, "global";r=0;t=60');
  });

  it.each(["ip", "global", "both"])(
    "administration apart, by address, where the type is %s",
    async (type) => {
      const env = isolate({ RATE_LIMIT_TYPE: type, RATE_LIMIT_ADMIN_REQUESTS_PER_MINUTE: "3" });
      expect(await statuses(env, 101)).toEqual({ 200: 100, 429: 1 });
      for (const r of [2, 1, 0]) expect(told(await ask(env, STATUS))[1]).toBe(`"admin";r=${r};t=60`);
      const answer = await ask(env, STATUS);
      expect([answer.status, ...told(answer)]).toEqual([429, '"admin";q=3;w=60', '"admin";r=0;t=60', "60"]);
      expect((await ask(env, STATUS, { from: BOB })).status).toBe(200);
    },
  );

  it("as many as there is room for; the first is forgotten", async () => {
    const env = isolate({ RATE_LIMIT_REQUESTS_PER_MINUTE: "1" });
    await ask(env);
    for (let index = 0; index < 20_000; index += 1) {
      const headers = { "CF-Connecting-IP": `10.0.${index >> 8}.${index & 255}`, "X-API-Key": "root" };
      await app.fetch(
        new Request(`https://holdfast.test${SELF}`, { headers }),
        env,
        createExecutionContext(),
      );
    }
    expect((await ask(env)).status).toBe(200);
  });
});

describe("the isolates of a place", () => {
  it("share an allowance, as the platform's limiter has it", async () => {
    const shared = limiter();
    const [one, other] = [isolate({}, shared), isolate({}, shared)];
    expect(await statuses(one, 60)).toEqual({ 200: 60 });
    // Its next twentieth is the place's twenty-first.
    expect(await statuses(other, 60)).toEqual({ 200: 45, 429: 15 });
    expect(told(await ask(other))).toEqual(['"ip";q=100;w=60', '"ip";r=0;t=60', "60"]);
    expect(await statuses(one, 40)).toEqual({ 200: 5, 429: 35 });
    vi.setSystemTime(START + 60_000);
    shared.countByKey.clear();
    expect(await statuses(other, 101)).toEqual({ 200: 100, 429: 1 });
  });

  it.each(["1", "7", "20", "100", "6000"])(
    "ask it twenty times a minute for a client that may send %s, never more",
    async (RATE_LIMIT_REQUESTS_PER_MINUTE) => {
      const shared = limiter();
      const env = isolate({ RATE_LIMIT_REQUESTS_PER_MINUTE }, shared);
      await statuses(env, Number(RATE_LIMIT_REQUESTS_PER_MINUTE) + 20);
      expect([...shared.countByKey]).toEqual([[`ip ${ALICE}`, RATE_LIMIT_SHARES]]);
      expect((await ask(env)).status).toBe(429);
    },
  );

  it("refuse nobody because it fails", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const env = isolate({}, { limit: () => Promise.reject(new Error("away")) });
    expect(await statuses(env, 101)).toEqual({ 200: 100, 429: 1 });
    expect(log.mock.calls.join()).toContain("rate limiter not reached");
    expect(log.mock.calls.join()).not.toContain(ALICE);
  });

  it("have the limiter that wrangler.toml binds, with as many shares as the code thinks", async () => {
    expect(wranglerToml).toContain(`simple = { limit = ${RATE_LIMIT_SHARES}, period = 60 }`);
    vi.useRealTimers();
    // More than two minutes' worth, should one begin in between.
    const asked = Array.from({ length: 2 * RATE_LIMIT_SHARES + 1 }, () =>
      bound.RATE_LIMITER.limit({ key: "k" }),
    );
    const outcomes = (await Promise.all(asked)).map(({ success }) => success);
    expect(outcomes.slice(0, RATE_LIMIT_SHARES)).not.toContain(false);
    expect(outcomes).toContain(false);
  });
});

describe("the settings", () => {
  it.each([
    [{ RATE_LIMIT_ENABLED: "false" }, false],
    [{ RATE_LIMIT_ENABLED: "false", ENVIRONMENT: "production" }, false],
    [{ RATE_LIMIT_ENABLED: undefined }, false],
    [{ RATE_LIMIT_ENABLED: undefined, ENVIRONMENT: "production" }, true],
    [{ RATE_LIMIT_ENABLED: undefined, ENVIRONMENT: undefined }, true],
  ])("with %j there are limits: %j", async (variables, limits) => {
    const long = "a-key-of-24-characters-and-more";
    const env = isolate({ ...variables, API_KEYS: long, RATE_LIMIT_REQUESTS_PER_MINUTE: "1" });
    const headers = { "X-API-Key": long };
    expect(await statuses(env, 2, { headers })).toEqual(limits ? { 200: 1, 429: 1 } : { 200: 2 });
    expect(told(await ask(env, SELF, { headers }))[0]).toBe(limits ? '"ip";q=1;w=60' : null);
  });

  it.each([
    { RATE_LIMIT_TYPE: "key" },
    { RATE_LIMIT_REQUESTS_PER_MINUTE: "0" },
    { RATE_LIMIT_ADMIN_REQUESTS_PER_MINUTE: "1.5" },
  ])("refuse what cannot be meant: %j", async (variables) => {
    vi.spyOn(console, "error").mockReturnValue();
    expect((await ask(isolate(variables))).status).toBe(503);
  });
});

describe("the status", () => {
  it("shows the clients of this minute, those with most requests first", async () => {
    const env = isolate({ RATE_LIMIT_TYPE: "both" });
    await statuses(env, 150);
    await statuses(env, 20, { from: "2001:db8::1" });
    vi.setSystemTime(START + 30_000);
    const status: Status = await (await ask(env, STATUS, { from: BOB })).json();
    const windowStart = new Date(START).toISOString();
    expect(status).toEqual({
      enabled: true,
      type: "both",
      requestsPerMinute: 100,
      totalRequestsPerMinute: 60_000,
      adminRequestsPerMinute: 300,
      currentClients: [
        { clientId: ALICE, policy: "ip", requestCount: 150, windowStart, isBlocked: true },
        { clientId: "all", policy: "global", requestCount: 120, windowStart, isBlocked: false },
        { clientId: "2001:db8::/64", policy: "ip", requestCount: 20, windowStart, isBlocked: false },
        { clientId: BOB, policy: "admin", requestCount: 1, windowStart, isBlocked: false },
      ],
    });
    vi.setSystemTime(START + 60_000);
    const next: Status = await (await ask(env, STATUS, { from: BOB })).json();
    expect(next.currentClients.map(({ clientId }) => clientId)).toEqual([BOB]);
  });

  it("shows a hundred at most, and none where there are no limits", async () => {
    const env = isolate();
    for (let index = 0; index < 120; index += 1) await ask(env, SELF, { from: `10.0.0.${index}` });
    const status: Status = await (await ask(env, STATUS)).json();
    expect(status.currentClients).toHaveLength(100);
    const off: Status = await (await ask(isolate({ RATE_LIMIT_ENABLED: "false" }), STATUS)).json();
    expect(off).toMatchObject({ enabled: false, requestsPerMinute: 100, currentClients: [] });
  });
});
