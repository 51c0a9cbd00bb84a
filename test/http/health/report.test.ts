/** The health report while its parts fail, stall, and come back. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { examine, reportHealth } from "../../../src/http/health/report";
import type { SourceStatus } from "../../../src/domain/source";

const never = () => new Promise<never>(() => undefined);
const refuse = () => Promise.reject(new Error("inner secret"));

function envWith(bindings: object): Env {
  return { ...env, ...bindings };
}

/** A database that answers so; it is another one than the real. */
function databaseThat(first: () => Promise<unknown>) {
  const statement = { first, bind: () => ({ first }) };
  return { prepare: () => statement };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("the health report", () => {
  it("is healthy when all parts answer, and leaves no trace in the object that it asks", async () => {
    const report = await examine(env, []);
    expect(report.status, JSON.stringify(report)).toBe("healthy");
    const asked = env.PRODUCT.getByName("~health");
    const tables = await runInDurableObject(asked, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_schema WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
    expect(await runInDurableObject(asked, (_, { storage }) => storage.getAlarm())).toBeNull();
  });

  it.each([
    ["the book", "unhealthy", "book", { BOOK: databaseThat(refuse) }],
    ["the objects", "unhealthy", "objects", { PRODUCT: { getByName: () => ({ wake: refuse }) } }],
    ["the search index", "degraded", "search", { SEARCH: databaseThat(refuse) }],
    ["the catalog cache", "degraded", "catalogCache", { CATALOG: { get: refuse } }],
  ] as const)("without %s is %s, and tells nothing of the inside", async (_, status, part, bindings) => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const report = await examine(envWith(bindings), []);
    expect(report.status).toBe(status);
    expect(report.parts[part]).toMatchObject({ status, detail: "failed" });
    const others = Object.entries(report.parts).filter(([name]) => name !== part && name !== "sources");
    expect(others.map(([, { status }]) => status)).toEqual(["healthy", "healthy", "healthy"]);
    expect(JSON.stringify(report)).not.toContain("secret");
    expect(log.mock.calls.join("\n")).toContain("inner secret");
  });

  it("does not wait for what stalls, and asks all parts at once", async () => {
    const startedAt = Date.now();
    const report = await examine(
      envWith({ BOOK: databaseThat(never), SEARCH: databaseThat(never), CATALOG: { get: never } }),
      [{ name: "slow", status: never }],
    );
    expect(Date.now() - startedAt).toBeLessThan(3500);
    const stalled = { detail: "did not answer within 2000 ms", lastSuccessAt: null };
    expect(report).toMatchObject({
      status: "unhealthy",
      parts: { book: stalled, search: stalled, catalogCache: stalled, sources: { slow: stalled } },
    });
  });

  it("says of a book without its migrations what it waits for", async () => {
    const report = await examine(envWith({ BOOK: databaseThat(() => Promise.resolve(null)) }), []);
    expect(report).toMatchObject({
      status: "unhealthy",
      parts: { book: { status: "unhealthy", detail: "waits for its migrations" } },
    });
  });

  it("remembers when a part answered last", async () => {
    let answer: () => Promise<unknown> = () => Promise.resolve(null);
    const searched = envWith({ SEARCH: databaseThat(() => answer()) });
    const before = (await examine(searched, [])).parts.search.lastSuccessAt;
    expect(before).toMatch(/Z$/);
    answer = refuse;
    expect((await examine(searched, [])).parts.search).toMatchObject({
      status: "degraded",
      lastSuccessAt: before,
    });
  });

  const at = "2026-01-31T12:00:00.000Z";

  it.each([
    ["ok", {}, { status: "healthy" }, "healthy"],
    ["idle", { configured: false }, { status: "healthy", detail: "not configured" }, "healthy"],
    [
      "degraded",
      { lastError: { reason: "answered 429", at } },
      { status: "degraded", detail: "answered 429" },
      "degraded",
    ],
    ["down", { lastError: null }, { status: "unhealthy" }, "degraded"],
  ] as const)("with a source that is %s goes on", async (state, more, part, status) => {
    const known = { configured: true, lastError: null, nextRunAt: null, lastSuccessAt: at, progress: null };
    const source: SourceStatus = { name: "coingecko", state, ...known, ...more };
    const report = await examine(env, [{ name: "coingecko", status: () => Promise.resolve(source) }]);
    expect(report.status).toBe(status);
    expect(report.parts.sources).toEqual({
      coingecko: { ...part, latencyMs: expect.any(Number), lastSuccessAt: at },
    });
  });

  it("with a source that fails is degraded, and names it", async () => {
    const report = await examine(env, [{ name: "rebrickable", status: refuse }]);
    expect(report).toMatchObject({
      status: "degraded",
      parts: { sources: { rebrickable: { status: "unhealthy", detail: "failed" } } },
    });
  });

  it("is the same for five seconds", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const first = await reportHealth(env);
    vi.advanceTimersByTime(4999);
    expect(await reportHealth(env)).toBe(first);
    vi.advanceTimersByTime(1);
    expect(await reportHealth(env)).not.toBe(first);
  });
});
