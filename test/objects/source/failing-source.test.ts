/** The object while the world outside fails, and while it is itself cut off. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SOURCE_BREAKER_FAILURES, SOURCE_BREAKER_OPEN_MS, SOURCE_RETRIES } from "../../../src/limits/sources";
import { eventually } from "../../acceptance/api";
import { coin, json, markets, type Answer } from "../../sources/outside";
import {
  emptyWorld,
  importCoins,
  imported,
  moveClock,
  openWorld,
  passTime,
  quoteOf,
  runAlarm,
  runDue,
  runToEnd,
  sourceOf,
  status,
} from "./world";

const REFRESH_MS = 300_000;

let errors: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  moveClock();
  errors = vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(emptyWorld);

describe("a source that fails", () => {
  const large: Answer = () => {
    const piece = new TextEncoder().encode(`"${"x".repeat(65_536)}",`);
    let bytes = 0;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("[")),
      pull(controller) {
        bytes += piece.length;
        if (bytes > 10 * 1024 * 1024) controller.close();
        else controller.enqueue(piece);
      },
    });
    return new Response(body, { headers: { "Content-Type": "application/json" } });
  };
  const faults: [string, Answer, RegExp][] = [
    ["garbage", () => json('[{"id":'), /not JSON/],
    [
      "HTML",
      () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
      /text\/html, not JSON/,
    ],
    ["10 MB", large, /longer than/],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { Location: "https://x.invalid/" } }),
      /302/,
    ],
    ["500", () => json({}, { status: 500 }), /500/],
    ["a closed socket", () => Promise.reject(new Error("socket closed")), /connection/],
    ["a refused key", () => json({}, { status: 401 }), /401/],
  ];

  it.each(faults)("%s: stores nothing, says so, and is asked again on time", async (name, answer, reason) => {
    const [id = ""] = await imported(1);
    const before = await quoteOf(id);
    const { lastSuccessAt } = await status();
    openWorld(answer);
    await runDue("coingecko");
    expect(await quoteOf(id)).toEqual(before);
    const seen = await status();
    expect(seen).toMatchObject({
      state: name === "a refused key" ? "down" : "degraded",
      lastSuccessAt,
      lastError: { reason: expect.stringMatching(reason) },
      progress: { products: 0, endedAt: null },
    });
    expect(Date.parse(seen.nextRunAt ?? "")).toBeGreaterThan(Date.now());
    expect(Date.parse(seen.nextRunAt ?? "")).toBeLessThanOrEqual(Date.now() + REFRESH_MS);

    openWorld(markets([coin(id, { current_price: 9, last_updated: new Date(Date.now()).toISOString() })]));
    await runToEnd("coingecko");
    expect(await quoteOf(id)).toMatchObject({ amount: "9.00" });
    expect(await status()).toMatchObject({ state: "ok", lastError: null });
  });

  it("waits as long as Retry-After says, and no shorter, whoever asks meanwhile", async () => {
    const [id = ""] = await imported(1);
    const asked = openWorld(() => json({}, { status: 429, headers: { "Retry-After": "7" } }));
    await runDue("coingecko");
    expect(asked).toHaveLength(1);
    const { nextRunAt, lastError } = await status();
    const until = Date.parse(nextRunAt ?? "");
    expect(until).toBe(Date.parse(lastError?.at ?? "") + 7000);

    passTime(until - Date.now() - 3000);
    await sourceOf("coingecko").refresh();
    await runAlarm("coingecko");
    expect((await importCoins([id]))[0]?.error?.detail).toContain(nextRunAt);
    expect(asked).toHaveLength(1);
    expect(await status()).toMatchObject({ nextRunAt, lastError });

    openWorld(markets([coin(id, { current_price: 4, last_updated: nextRunAt })]));
    await runToEnd("coingecko");
    expect(Date.now()).toBeLessThan(until + 5000);
    expect(await quoteOf(id)).toMatchObject({ amount: "4.00" });
  });

  it("is asked ever more seldom, but at least once in the time of a refresh, and found when it is back", async () => {
    const [id = ""] = await imported(1);
    const asked = openWorld(() => json({}, { status: 500 }));
    const waits: number[] = [];
    for (let nth = 0; nth < 12; nth += 1) {
      await runDue("coingecko");
      waits.push(Date.parse((await status()).nextRunAt ?? "") - Date.now());
    }
    expect((await status()).state).toBe("down");
    expect(Math.max(...waits)).toBeLessThanOrEqual(REFRESH_MS);
    expect(waits.at(-1)).toBeGreaterThan(REFRESH_MS / 2);
    expect(waits[0]).toBeLessThan(5000);
    expect(asked.length).toBeLessThan(12 * (1 + SOURCE_RETRIES));
    openWorld(markets([coin(id)]));
    passTime(SOURCE_BREAKER_OPEN_MS);
    await runToEnd("coingecko");
    expect((await status()).state).toBe("ok");
  });

  it("holds no failure of the book against it, and goes on when the book is back", async () => {
    await imported(1);
    const prepare = env.BOOK.prepare.bind(env.BOOK);
    const away = vi.spyOn(env.BOOK, "prepare").mockImplementation((sql) => {
      if (sql.includes("source_name")) throw new Error("D1 is away");
      return prepare(sql);
    });
    await runDue("coingecko");
    expect(await status()).toMatchObject({ state: "degraded", progress: null });
    expect(Date.parse((await status()).nextRunAt ?? "")).toBeGreaterThan(Date.now());
    await sourceOf("coingecko").wake();
    away.mockRestore();
    await runToEnd("coingecko");
    expect((await status()).state).toBe("ok");
  });

  it("says nothing of its key or its address to the log", async () => {
    await imported(1);
    openWorld(() => Promise.reject(new Error("connect https://coingecko.invalid/?key=1")));
    await runDue("coingecko");
    expect(errors).toHaveBeenCalled();
    expect(JSON.stringify(errors.mock.calls)).not.toMatch(/invalid\/|key=/);
  });
});

describe("a crash", () => {
  it("at any point is gone on from: cursor, breaker and waiting times outlive the object", async () => {
    const ids = await imported(1);
    openWorld(() => json({}, { status: 500 }));
    for (let nth = 0; nth < SOURCE_BREAKER_FAILURES; nth += 1) await runDue("coingecko");
    const before = await status();
    expect(before.state).toBe("down");
    await evictDurableObject(sourceOf("coingecko"));
    expect(await status()).toEqual(before);
    openWorld(markets(ids.map((id) => coin(id))));
    passTime(SOURCE_BREAKER_OPEN_MS);
    await runToEnd("coingecko");
    expect((await status()).state).toBe("ok");
  });

  it("that lost the alarm is mended by the minute", async () => {
    await imported(1);
    await runInDurableObject(sourceOf("coingecko"), (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(sourceOf("coingecko"));
    await sourceOf("coingecko").wake();
    const armed = () => runInDurableObject(sourceOf("coingecko"), (_, { storage }) => storage.getAlarm());
    await eventually(armed, (at) => expect(at).not.toBeNull());
  });
});

describe("an unknown source", () => {
  it("is none", async () => {
    await expect(async () => env.SOURCE.getByName("nobody").status()).rejects.toThrow(
      "there is no such source",
    );
  });
});
