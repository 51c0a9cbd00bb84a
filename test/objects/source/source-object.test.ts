/** The object itself, with real products and a real book: imports, refreshes, and whatever the world outside does to it. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ImportRow, SourceStatus } from "../../../src/domain/source";
import {
  SOURCE_BREAKER_FAILURES,
  SOURCE_BREAKER_OPEN_MS,
  SOURCE_CATALOG_MS,
  SOURCE_RETRIES,
} from "../../../src/limits";
import { call, eventually, expectStatus, newId, type Product } from "../../acceptance/api";
import { coin, json, markets, type Answer } from "../../sources/outside";
import {
  forgetSource,
  moveClock,
  openWorld,
  passTime,
  quoteOf,
  runAlarm,
  runDue,
  runToEnd,
  sourceOf,
} from "./world";

const REFRESH_MS = 300_000;

let errors: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  moveClock();
  errors = vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await settle();
  // Each test begins with a source that nothing has come from.
  await env.BOOK.prepare("UPDATE products SET deleted = 1, source_name = NULL").run();
  await forgetSource("coingecko");
});

/** Nothing of them is on its way to the book any more. */
async function settle(): Promise<void> {
  const { results } = await env.BOOK.prepare("SELECT product_id FROM products WHERE deleted = 0").all();
  for (const row of results) {
    const wake = () => env.PRODUCT.getByName(String(row["product_id"])).wake();
    await eventually(wake, ({ version, acknowledgedVersion }) => expect(acknowledgedVersion).toBe(version));
  }
}

function coins(count: number): string[] {
  return Array.from({ length: count }, () => newId("coin"));
}

async function importCoins(externalIds: string[]): Promise<ImportRow[]> {
  const answer = await sourceOf("coingecko").importIds(externalIds);
  return answer.ok ? answer.rows : expect.fail(answer.code);
}

function status(): Promise<SourceStatus> {
  return sourceOf("coingecko").status();
}

async function product(productId: string): Promise<Product> {
  return expectStatus(
    await call<Product>(`GET /v1/products/${productId}`, { headers: { "Cache-Control": "no-cache" } }),
    200,
  );
}

/** A source that works, and has brought in so many coins. */
async function imported(count: number): Promise<string[]> {
  const ids = coins(count);
  openWorld(markets());
  expect((await importCoins(ids)).map(({ result }) => result)).toEqual(ids.map(() => "created"));
  return ids;
}

describe("an import", () => {
  it("makes products of coins, with their prices, and finds nothing to do the second time", async () => {
    const [id = ""] = coins(1);
    const asked = openWorld(markets([coin(id, { symbol: "btc", name: "Bitcoin", current_price: 2.5e-9 })]));
    expect(await importCoins([id])).toEqual([
      { externalId: id, productId: id, result: "created", version: 1 },
    ]);
    expect(await product(id)).toMatchObject({
      kind: "asset",
      name: "Bitcoin",
      attributes: { symbol: "BTC", rank: 7 },
      source: { name: "coingecko", externalId: id },
    });
    expect(await quoteOf(id)).toMatchObject({
      amount: "0.0000000025",
      source: "coingecko",
      at_ms: Date.parse("2026-01-02T03:04:05.678Z"),
      change_24h_percent: "-1.25",
      market_cap: "1000",
    });
    expect(await importCoins([id])).toMatchObject([{ result: "unchanged", version: 1 }]);
    expect(asked).toHaveLength(2);
  });

  it("says of each id what became of it, in their order, and asks for none twice", async () => {
    const [good = "", bad = "", gone = ""] = coins(3);
    const asked = openWorld(markets([coin(good), coin(bad, { name: null })]));
    const rows = await importCoins([gone, good, "no/id", bad, "export", good]);
    expect(rows.map(({ externalId, result, error }) => [externalId, result, error?.code])).toEqual([
      [gone, "error", "not_found"],
      [good, "created", undefined],
      ["no/id", "error", "id_not_usable"],
      [bad, "error", "bad_record"],
      ["export", "error", "id_not_usable"],
      [good, "created", undefined],
    ]);
    expect(rows[3]?.error?.detail).toContain("name");
    expect(asked.map(({ url }) => url.searchParams.get("ids"))).toEqual([`${gone},${good},${bad}`]);
  });

  it("takes over a product of the same id that comes from nowhere, and none that comes from elsewhere", async () => {
    const [own = "", other = ""] = coins(2);
    const create = (productId: string, more: object) =>
      call("POST /v1/products", { body: { productId, name: "Mine", tags: ["mine"], ...more } });
    expectStatus(await create(own, { attributes: { shelf: 3 } }), 201);
    expectStatus(await create(other, { source: { name: "rebrickable", externalId: other } }), 201);
    openWorld(markets());
    expect(await importCoins([own, other])).toMatchObject([
      { externalId: own, result: "updated" },
      { externalId: other, productId: other, result: "error", error: { code: "product_exists" } },
    ]);
    expect(await product(own)).toMatchObject({
      kind: "asset",
      tags: ["mine"],
      attributes: { shelf: 3, rank: 7 },
    });
    expect(await product(other)).toMatchObject({ name: "Mine", kind: "item" });
    expect(await quoteOf(other)).toBeNull();
  });

  it("says for every id that the source is away, and that it is left alone after several failures", async () => {
    const asked = openWorld(() => json({}, { status: 500 }));
    const ids = coins(2);
    expect(await importCoins(ids)).toEqual(
      ids.map((externalId) => ({
        externalId,
        productId: null,
        result: "error",
        error: { code: "source_unavailable", detail: "coingecko: answered 500" },
      })),
    );
    expect(asked).toHaveLength(1 + SOURCE_RETRIES);
    for (let nth = 1; nth < SOURCE_BREAKER_FAILURES; nth += 1) await importCoins(ids);
    const before = asked.length;
    expect(before).toBe(SOURCE_BREAKER_FAILURES * (1 + SOURCE_RETRIES));
    expect((await importCoins(ids))[0]?.error?.detail).toContain("left alone");
    expect(asked).toHaveLength(before);
  });

  it("goes on without the book's answer about a price, and says when a product could not be reached", async () => {
    const ids = coins(2);
    openWorld(markets());
    const prepare = env.BOOK.prepare.bind(env.BOOK);
    vi.spyOn(env.BOOK, "prepare").mockImplementation((sql) => {
      if (sql.includes("INTO quotes")) throw new Error("no prices today");
      return prepare(sql);
    });
    const byName = env.PRODUCT.getByName.bind(env.PRODUCT);
    vi.spyOn(env.PRODUCT, "getByName").mockImplementation((name) => {
      if (name === ids[1]) throw new Error("away");
      return byName(name);
    });
    expect(await importCoins(ids)).toMatchObject([
      { result: "created" },
      { result: "error", error: { code: "overloaded" } },
    ]);
    expect(errors).toHaveBeenCalledTimes(2);
  });

  it("is refused as a whole when it names too many", async () => {
    const most = 250;
    const answer = await sourceOf("coingecko").importIds(coins(most + 1));
    expect(answer).toEqual({ ok: false, code: "too_many", most });
  });
});

describe("a refresh", () => {
  it("comes by itself once something was imported, on time, again and again", async () => {
    const ids = await imported(2);
    let due = Date.parse((await status()).nextRunAt ?? "");
    expect(due).toBeGreaterThan(Date.now() + REFRESH_MS - 10_000);
    let at = "";
    openWorld(({ url }) => {
      at = new Date(Date.now()).toISOString();
      const asked = (url.searchParams.get("ids") ?? "").split(",");
      return json(asked.map((id) => coin(id, { current_price: 3, last_updated: at })));
    });
    for (let nth = 1; nth <= 3; nth += 1) {
      await runToEnd("coingecko");
      const { progress, nextRunAt } = await status();
      const begunAt = Date.parse(progress?.startedAt ?? "");
      expect(begunAt).toBeGreaterThanOrEqual(due);
      expect(begunAt).toBeLessThan(due + 5000);
      due = Date.parse(nextRunAt ?? "");
      expect(due).toBe(begunAt + REFRESH_MS);
      for (const id of ids)
        expect(await quoteOf(id)).toMatchObject({ amount: "3.00", at_ms: Date.parse(at) });
    }
    expect(await status()).toMatchObject({
      state: "ok",
      lastError: null,
      progress: { total: 2, products: 2, quotes: 2, changed: 0, refused: 0 },
    });
  });

  it("changes catalog fields once a day, only where they differ, and leaves the shop's own alone", async () => {
    const [same = "", renamed = ""] = await imported(2);
    await call(`PATCH /v1/products/${renamed}`, { body: { tags: ["hot"], attributes: { shelf: 1 } } });
    openWorld(markets([coin(same), coin(renamed, { name: "New name", market_cap_rank: null })]));
    await runToEnd("coingecko");
    expect((await status()).progress).toMatchObject({ products: 2, changed: 1 });
    expect(await product(same)).toMatchObject({ version: 1 });
    const changed = await product(renamed);
    expect(changed).toMatchObject({ name: "New name", tags: ["hot"], version: 3 });
    expect(changed.attributes).toEqual({ symbol: "COIN", shelf: 1 });

    openWorld(markets([coin(same), coin(renamed, { name: "Newer name" })]));
    await runToEnd("coingecko");
    expect(await product(renamed)).toMatchObject({ name: "New name" });
    passTime(SOURCE_CATALOG_MS);
    await runToEnd("coingecko");
    expect(await product(renamed)).toMatchObject({ name: "Newer name" });
    const log = () => call<{ events: { actor: string }[] }>(`GET /v1/inventory/events?productId=${renamed}`);
    await eventually(log, ({ body }) => expect(body.events.at(-1)?.actor).toBe("source:coingecko"));
  });

  it("begins at once when it is asked for, with all fields, and is joined by whoever asks again", async () => {
    const ids = await imported(1);
    await runToEnd("coingecko");
    const asked = openWorld(markets(ids.map((id) => coin(id, { name: "Renamed" }))));
    const begun = await sourceOf("coingecko").refresh();
    expect(Date.parse(begun?.nextRunAt ?? "")).toBeLessThanOrEqual(Date.now());
    const again = await sourceOf("coingecko").refresh();
    expect(Date.parse(again?.nextRunAt ?? "")).toBeLessThanOrEqual(Date.now());
    expect(await runToEnd("coingecko")).toBe(1);
    expect(asked).toHaveLength(1);
    expect(await product(ids[0] ?? "")).toMatchObject({ name: "Renamed" });
  });

  it("is of several products of one id, and counts those that the source does not know", async () => {
    const [id = ""] = await imported(1);
    const twin = newId("twin");
    const source = { name: "coingecko", externalId: id };
    const gone = { name: "coingecko", externalId: newId("gone") };
    expectStatus(await call("POST /v1/products", { body: { productId: twin, name: "Twin", source } }), 201);
    expectStatus(
      await call("POST /v1/products", { body: { productId: newId("x"), name: "X", source: gone } }),
      201,
    );
    const asked = openWorld(markets([coin(id)]));
    await sourceOf("coingecko").refresh();
    await runToEnd("coingecko");
    expect(asked[0]?.url.searchParams.get("ids")?.split(",").toSorted()).toEqual(
      [gone.externalId, id].toSorted(),
    );
    expect(await quoteOf(twin)).toMatchObject({ amount: "1.50" });
    expect((await status()).progress).toMatchObject({ total: 3, products: 3, refused: 1, changed: 1 });
  });

  it("never makes again what was deleted meanwhile, and goes on where a product cannot be reached", async () => {
    const [gone = "", away = "", there = ""] = await imported(3);
    openWorld(markets([gone, away, there].map((id) => coin(id, { name: "Renamed" }))));
    const byName = env.PRODUCT.getByName.bind(env.PRODUCT);
    // Deleted behind the back of the book.
    await runInDurableObject(byName(gone), (_, { storage }) => storage.deleteAll());
    await evictDurableObject(byName(gone));
    vi.spyOn(env.PRODUCT, "getByName").mockImplementation((name) => {
      if (name === away) throw new Error("away");
      return byName(name);
    });
    await runToEnd("coingecko");
    expect((await status()).progress).toMatchObject({ products: 3, changed: 1, refused: 2 });
    expect(await product(there)).toMatchObject({ name: "Renamed" });
    const read = await byName(gone).read({ view: "product" });
    expect(read.ok).toBe(false);
  });

  it("has nothing to do without products, and begins by itself when one comes in by another way", async () => {
    const asked = openWorld(markets());
    const stub = sourceOf("coingecko");
    await stub.wake();
    expect(await stub.status()).toMatchObject({ state: "idle", nextRunAt: null, progress: null });
    const left = await runInDurableObject(stub, async (_, { storage }) => ({
      tables: storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
      alarm: await storage.getAlarm(),
    }));
    expect(left).toEqual({ tables: [], alarm: null });
    await stub.refresh();
    await runAlarm("coingecko");
    expect(await stub.status()).toMatchObject({ nextRunAt: null });
    expect(asked).toHaveLength(0);

    const productId = newId("own");
    const body = { productId, name: "Own", source: { name: "coingecko", externalId: productId } };
    expectStatus(await call("POST /v1/products", { body }), 201);
    await stub.wake();
    await runToEnd("coingecko");
    expect(await quoteOf(productId)).toMatchObject({ amount: "1.50" });
    // Of what runs already nothing is begun twice.
    const { nextRunAt } = await stub.status();
    await stub.wake();
    expect((await stub.status()).nextRunAt).toBe(nextRunAt);
  });
});

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
