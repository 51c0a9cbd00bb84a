/** Retries: what is sent again, when, under which key; and what is thrown in the end. What answers is said by each test. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ConnectionError,
  createHoldfast,
  isProblem,
  metaOf,
  type HoldfastOptions,
} from "../../src/client/client";

type Step = () => Response | Promise<Response>;

function problem(status: number, code: string, headers: Record<string, string> = {}, facts = {}): Step {
  const document = {
    type: "urn:x",
    title: code,
    status,
    detail: "said",
    instance: "/",
    code,
    requestId: "r-1",
  };
  return () => Response.json({ ...document, ...facts }, { status, headers });
}
const cutOff: Step = () => Promise.reject(new TypeError("cut off"));
const held: Step = () =>
  Response.json({ reservationId: "A~1" }, { status: 201, headers: { ETag: '"3"', "X-Request-Id": "r-9" } });
const never: Step = () => new Promise(() => {});

/** A client to which these are answered, one after the other. */
function clientFor(steps: Step[], options: Partial<HoldfastOptions> = {}) {
  const requests: Request[] = [];
  const waits: number[] = [];
  const client = createHoldfast({
    baseUrl: "https://stock.example/",
    key: "k",
    fetch: async (target, init) => {
      requests.push(new Request(target, init));
      const step = steps[requests.length - 1] ?? held;
      return step();
    },
    onRetry: ({ delayMs }) => waits.push(delayMs),
    ...options,
  });
  const keys = () => requests.map(({ headers }) => headers.get("Idempotency-Key"));
  return { client, requests, waits, keys };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What comes of it once all that it waits for is over. */
async function outcome<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await vi.runAllTimersAsync();
  return work;
}

describe("a call", () => {
  it.each([429, 500, 502, 503, 504])("is sent again after %i, with the same key", async (status) => {
    const { client, keys } = clientFor([problem(status, "overloaded"), cutOff, held]);
    const hold = await outcome(client.reserve("A", { quantity: 1 }));
    expect(metaOf(hold)).toEqual({ status: 201, requestId: "r-9", etag: '"3"', replayed: false });
    const [key, ...others] = keys();
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(others).toEqual([key, key]);
  });

  it.each([400, 401, 403, 404, 409, 410, 412, 422])("is not sent again after %i", async (status) => {
    const { client, requests } = clientFor([problem(status, "insufficient_stock", {}, { shortages: [] })]);
    const error: unknown = await outcome(client.reserve("A", { quantity: 1 })).catch((e: unknown) => e);
    if (!isProblem(error, "insufficient_stock")) throw error;
    expect(error.problem.shortages).toEqual([]);
    expect([error.status, error.requestId, requests.length]).toEqual([status, "r-1", 1]);
    expect(isProblem(error, "overloaded")).toBe(false);
  });

  it("has a key of its own unless the caller has one, and a read has none", async () => {
    const { client, keys } = clientFor([]);
    await client.reserve("A", { quantity: 1 });
    await client.reserve("A", { quantity: 1 });
    await client.reserve("A", { quantity: 1 }, { idempotencyKey: "cart-991/hold" });
    await client.stock.get("A");
    const [one, two, ours, read] = keys();
    expect(one).not.toBe(two);
    expect([ours, read]).toEqual(["cart-991/hold", null]);
  });

  it("is thrown as unknown when it was never answered, with its key", async () => {
    const { client, requests, keys } = clientFor([cutOff, cutOff, cutOff, cutOff]);
    const error: unknown = await outcome(client.reserve("A", { quantity: 1 })).catch((e: unknown) => e);
    if (!(error instanceof ConnectionError)) throw error;
    expect(error).toMatchObject({ attempts: 4, idempotencyKey: keys()[0], cause: new TypeError("cut off") });
    expect(requests).toHaveLength(4);
  });

  it.each([
    ["a body that was cut off", () => new Response('{"reservationId":"A~', { status: 201 })],
    ["an empty body", () => new Response("", { status: 201 })],
    ["a gateway's page", () => new Response("<html>", { status: 502 })],
  ])("is sent again after %s", async (_, answer) => {
    const { client, requests } = clientFor([answer, held]);
    expect(await outcome(client.reserve("A", { quantity: 1 }))).toEqual({ reservationId: "A~1" });
    expect(requests).toHaveLength(2);
  });

  it("is sent again when no answer comes in time", async () => {
    const { client, requests } = clientFor([never, held], { timeoutMs: 1000 });
    await outcome(client.reserve("A", { quantity: 1 }));
    expect(requests).toHaveLength(2);
    expect(requests[0]?.signal.aborted).toBe(true);
  });

  it("waits with full jitter, at most 8 s", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { client, waits } = clientFor(
      Array.from({ length: 8 }, () => cutOff),
      { maxRetries: 8 },
    );
    await outcome(client.reserve("A", { quantity: 1 }));
    expect(waits).toEqual([125, 250, 500, 1000, 2000, 4000, 4000, 4000]);
    vi.restoreAllMocks();
  });

  it("waits as long as the service says, in seconds or until a time", async () => {
    vi.setSystemTime("2026-01-31T12:00:00Z");
    const until = { "Retry-After": "Sat, 31 Jan 2026 12:00:09 GMT" };
    const { client, waits } = clientFor([
      problem(429, "rate_limited", { "Retry-After": "7" }),
      problem(503, "overloaded", until),
    ]);
    await outcome(client.reserve("A", { quantity: 1 }));
    expect(waits).toEqual([7000, 2000]);
  });

  it("does not wait longer than a minute: the error says how long", async () => {
    const { client, waits } = clientFor([problem(429, "holds_limit_reached", { "Retry-After": "61" })]);
    const error: unknown = await outcome(client.reserve("A", { quantity: 1 })).catch((e: unknown) => e);
    expect(isProblem(error, "holds_limit_reached") && error.retryAfterMs).toBe(61_000);
    expect(waits).toEqual([]);
  });

  it.each([
    ["before it begins", [held], 0],
    ["while it waits for an answer", [never], 5],
    ["while it waits to be sent again", [problem(503, "overloaded", { "Retry-After": "30" })], 5],
  ] as const)("is given up at once, %s, with the reason", async (_, steps, afterMs) => {
    const { client } = clientFor([...steps]);
    const giving = new AbortController();
    const reason = new Error("the page was left");
    if (afterMs === 0) giving.abort(reason);
    else setTimeout(() => giving.abort(reason), afterMs);
    const work = client.reserve("A", { quantity: 1 }, { signal: giving.signal }).catch((e: unknown) => e);
    await vi.advanceTimersByTimeAsync(afterMs);
    expect(await work).toBe(reason);
  });

  it("asks who knows the key before every attempt", async () => {
    const keys = ["old", "new"];
    const { client, requests } = clientFor([cutOff, held], { key: async () => keys.shift() ?? "" });
    await outcome(client.reserve("A", { quantity: 1 }));
    expect(requests.map(({ headers }) => headers.get("X-API-Key"))).toEqual(["old", "new"]);
  });

  it.each(["", ".", ".."])("refuses %j as an id, which would be another path", async (id) => {
    const { client, requests } = clientFor([]);
    expect(() => client.products.remove(id)).toThrow(TypeError);
    expect(requests).toEqual([]);
  });
});

describe("a list", () => {
  const pages = [
    { items: [1], nextCursor: "a" },
    { items: [], nextCursor: "b" },
    { items: [2], nextCursor: null },
  ].map((page) => () => Response.json(page));

  it("gives every item of every page, and asks nothing before it is read", async () => {
    const { client, requests } = clientFor(pages);
    const list = client.stock.movements("A", { limit: 1 });
    expect(requests).toEqual([]);
    const items: unknown[] = [];
    for await (const item of list) items.push(item);
    expect(items).toEqual([1, 2]);
    const queries = requests.map(({ url }) => new URL(url).search);
    expect(queries).toEqual(["?limit=1", "?limit=1&cursor=a", "?limit=1&cursor=b"]);
  });

  it("gives one page when it is awaited", async () => {
    const { client, requests } = clientFor(pages);
    expect(await client.stock.list()).toEqual({ items: [1], nextCursor: "a" });
    expect(requests).toHaveLength(1);
  });
});
