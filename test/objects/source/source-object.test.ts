/** The object itself, with real products and a real book: imports and refreshes. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SOURCE_BREAKER_FAILURES, SOURCE_CATALOG_MS, SOURCE_RETRIES } from "../../../src/limits/sources";
import { call, eventually, expectStatus, newId } from "../../acceptance/api";
import { coin, json, markets } from "../../sources/outside";
import {
  coins,
  emptyWorld,
  importCoins,
  imported,
  moveClock,
  openWorld,
  passTime,
  product,
  quoteOf,
  runAlarm,
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
    // The quotes object's words, the source's of the prices, and of the product.
    expect(errors).toHaveBeenCalledTimes(3);
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
