/** The shards as the Worker, the products and the ledger meet them. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  HUB_BOOK_CHECK_MS,
  HUB_HEARTBEAT_MS,
  HUB_LEVEL_CHECK_MS,
  HUB_MAX_FOLLOWERS,
  HUB_MAX_LISTENERS,
  HUB_MAX_POLLS,
} from "../../../src/limits";
import { HubObject } from "../../../src/objects/hub/hub-object";
import {
  call,
  events,
  eventually,
  expectProblem,
  expectStatus,
  history,
  hold,
  newProduct,
  sleep,
  stock,
  type EventPage,
} from "../../acceptance/api";
import { expectRising, listen, offsetsOf, stream, until, versionsOf } from "../../acceptance/live-client";

// A request that waits to flush its counts would be woken by the hub, where the clock is turned.
vi.mock("../../../src/telemetry/meter-buffer", async (original) => ({
  ...(await original<object>()),
  flushSoon: () => undefined,
}));

const hub = (name: string) => env.HUB.getByName(name);
const alarmOf = (name: string) => runInDurableObject(hub(name), (_, { storage }) => storage.getAlarm());

async function watchersOf(stub: DurableObjectStub): Promise<unknown[]> {
  return runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec("SELECT name FROM watchers ORDER BY name").toArray(),
  );
}

describe("a hub", () => {
  beforeEach(() => void vi.spyOn(console, "error").mockReturnValue(undefined));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("asked about a product that does not exist leaves no trace in it", async () => {
    expect(await env.PRODUCT.getByName("no-such").watch("levels:0")).toBeNull();
    const tables = await runInDurableObject(env.PRODUCT.getByName("no-such"), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("is kept by the product once, and forgotten at the first change that nobody listens to", async () => {
    const productId = await newProduct(10);
    const product = env.PRODUCT.getByName(productId);
    const clients = await Promise.all([1, 2].map(() => listen(`/v1/inventory/${productId}/live`)));
    for (const { told } of clients) await until(() => expect(told).toHaveLength(1));
    expect(await watchersOf(product)).toEqual([{ name: "levels:0" }]);
    for (const client of clients) {
      client.close();
      await client.closed;
    }
    await hold(productId, 1);
    await eventually(
      () => watchersOf(product),
      (names) => expect(names).toEqual([]),
    );
  });

  it("that could not be told is told again, the newest state", async () => {
    const productId = await newProduct(10);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    const failing = vi.spyOn(HubObject.prototype, "levelChanged").mockImplementation(() => {
      throw new Error("hub away");
    });
    await hold(productId, 1);
    await hold(productId, 1);
    await until(() => expect(failing.mock.calls.length).toBeGreaterThan(1));
    expect(client.told).toHaveLength(1);
    failing.mockRestore();
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 2 }));
    expect(client.told).toHaveLength(2);
  });

  it("whose news is lost for good finds it by its alarm", async () => {
    const productId = await newProduct(10);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    const lost = vi.spyOn(HubObject.prototype, "levelChanged").mockReturnValue({ listening: true });
    await hold(productId, 1);
    await until(() => expect(lost).toHaveBeenCalled());
    lost.mockRestore();
    expect(await alarmOf("levels:0")).toBeGreaterThan(Date.now());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HUB_LEVEL_CHECK_MS + 1000 });
    expect(await runDurableObjectAlarm(hub("levels:0"))).toBe(true);
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 1 }));
    expectRising(versionsOf(client.told, productId));
    expect(await alarmOf("levels:0"), "and goes on looking").toBeGreaterThan(Date.now());
    // What it has timed by that clock would keep it waiting for minutes by the real one.
    vi.useRealTimers();
    await evictDurableObject(hub("levels:0"));
  });

  it("hears after a crash of the product what the crash left untold", async () => {
    const productId = await newProduct(10);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    const lost = vi.spyOn(HubObject.prototype, "levelChanged").mockReturnValue({ listening: true });
    await hold(productId, 1);
    await until(() => expect(lost).toHaveBeenCalled());
    const product = env.PRODUCT.getByName(productId);
    // At once: before the object has written down that the book knows, and so the hub as well.
    await runInDurableObject(product, (_, state) => state.abort("killed")).catch(() => undefined);
    lost.mockRestore();
    await stock(productId);
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 1 }));
  });

  it("cannot reach a product: says so for one alone before the upgrade", async () => {
    const productId = await newProduct(1);
    await runInDurableObject(env.PRODUCT.getByName(productId), () => undefined);
    const { ProductObject } = await import("../../../src/objects/product/product-object");
    vi.spyOn(ProductObject.prototype, "watch").mockImplementation(() => {
      throw new Error("product away");
    });
    expectProblem(await call(`GET /v1/inventory/${productId}/live`), 503, "overloaded");
  });

  it("its streams hear a heartbeat, and one whose reader has left is forgotten", async () => {
    const productId = await newProduct(1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const beat = async () => {
      await runInDurableObject(hub("levels:0"), () => vi.advanceTimersByTimeAsync(HUB_HEARTBEAT_MS));
      await scheduler.wait(50);
    };
    const open = await stream(`/v1/inventory/${productId}/live`);
    await scheduler.wait(50);
    expect(open.text()).not.toMatch(/\n\n:\n\n$/);
    await beat();
    expect(open.text()).toMatch(/\n\n:\n\n$/);
    await open.stop();
    await beat();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    await hold(productId, 1);
    await eventually(
      () => watchersOf(env.PRODUCT.getByName(productId)),
      (names) => expect(names).toEqual([]),
    );
  });

  it("closes a socket that breaks, and does not know it any more", async () => {
    const productId = await newProduct(1);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    await runInDurableObject(hub("levels:0"), async (object, ctx) => {
      for (const socket of ctx.getWebSockets()) {
        object.webSocketError(socket);
        object.webSocketError(socket);
        await object.webSocketMessage(socket, '{"type":"ping"}');
      }
    });
    expect(await client.closed).toMatchObject({ code: 1000 });
    expect(client.told).toHaveLength(1);
  });

  it("goes on when its alarm fails", async () => {
    const client = await listen("/v1/inventory/live");
    await runInDurableObject(hub("levels:0"), async (object, ctx) => {
      vi.spyOn(ctx.storage, "setAlarm").mockRejectedValueOnce(new Error("storage away"));
      await object.alarm();
      await object.alarm();
    });
    expect(await alarmOf("levels:0")).toBeGreaterThan(Date.now());
    client.close();
  });

  it("that fails altogether makes a long poll an empty page, a listener a 503", async () => {
    vi.spyOn(HubObject.prototype, "poll").mockRejectedValue(new Error("hub away"));
    vi.spyOn(HubObject.prototype, "fetch").mockRejectedValue(new Error("hub away"));
    let from = 1;
    // The book may still be taking what the tests before did: each page begins where the one before ended.
    await eventually(
      async () => {
        const path = `/v1/inventory/events?offset=${from}&limit=1000&wait=5`;
        const page = expectStatus(await call<EventPage>(`GET ${path}`), 200);
        const asked = from;
        from = page.nextOffset;
        return { asked, page };
      },
      ({ asked, page }) => expect(page).toEqual({ events: [], nextOffset: asked, hasMore: false, count: 0 }),
    );
    expectProblem(await call("GET /v1/inventory/events/live"), 503, "overloaded");
  });

  it(
    "that cannot read the book keeps its followers, who then get everything once",
    { timeout: 40_000 },
    async () => {
      const productId = await newProduct(100);
      await history(productId);
      const client = await listen("/v1/inventory/events/live");
      await hold(productId, 1);
      await until(() => expect(client.told).toHaveLength(1));
      const start = offsetsOf(client.told)[0] ?? 0;
      const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("D1 is away"));
      await hold(productId, 1);
      const late = await listen(`/v1/inventory/events/live?offset=${start}`);
      await until(() => expect(away).toHaveBeenCalled());
      expect(client.told).toHaveLength(1);
      away.mockRestore();
      await hold(productId, 1);
      const end = (await history(productId, 15)).at(-1)?.offset ?? 0;
      const all = Array.from({ length: end - start + 1 }, (_, i) => start + i);
      for (const { told } of [client, late]) await until(() => expect(offsetsOf(told)).toEqual(all), 15);
    },
  );

  it("that was not told of the book's growth finds it by its alarm", async () => {
    const productId = await newProduct(100);
    await history(productId);
    const client = await listen("/v1/inventory/events/live");
    await hold(productId, 1);
    await until(() => expect(client.told).toHaveLength(1));
    const lost = vi.spyOn(HubObject.prototype, "bookGrew").mockReturnValue({ listening: true });
    await hold(productId, 1);
    await history(productId);
    await until(() => expect(lost).toHaveBeenCalled());
    expect(client.told).toHaveLength(1);
    lost.mockRestore();
    const alarmAt = await alarmOf("events:0");
    expect(alarmAt).toBeLessThanOrEqual(Date.now() + HUB_BOOK_CHECK_MS);
    await runDurableObjectAlarm(hub("events:0"));
    await until(() => expect(client.told).toHaveLength(2));
  });

  it("500 long polls wait on one object and share its reads of the book", async () => {
    const productId = await newProduct(1000);
    await history(productId);
    const offset = ((await events()).at(-1)?.offset ?? 0) + 1;
    const asked = vi.spyOn(HubObject.prototype, "poll");
    const polls = Array.from({ length: 500 }, () =>
      call<EventPage>(`GET /v1/inventory/events?offset=${offset}&wait=30`),
    );
    await until(() => expect(asked).toHaveBeenCalledTimes(polls.length), 20);
    const batches = vi.spyOn(env.BOOK, "batch");
    await hold(productId, 1);
    const answers = await Promise.all(polls);
    for (const answer of answers) expect(expectStatus(answer, 200).events[0]).toMatchObject({ offset });
    // The commit itself, and a few looks at the book.
    expect(batches.mock.calls.length).toBeLessThan(8);
  });
});

describe("shards grow with listeners", () => {
  it("polls that one cannot take wait on its children", async () => {
    const productId = await newProduct(1000);
    await history(productId);
    const offset = ((await events()).at(-1)?.offset ?? 0) + 1;
    const waiting = await runInDurableObject(hub("events:0"), (object) =>
      Array.from({ length: HUB_MAX_POLLS }, () => object.poll({ offset, limit: 1, waitMs: 4000 })),
    );
    expect(await hub("events:0").poll({ offset, limit: 1, waitMs: 10 })).toEqual({ state: "full" });
    const poll = call<EventPage>(`GET /v1/inventory/events?offset=${offset}&wait=20`);
    await sleep(500);
    await hold(productId, 1);
    expect(expectStatus(await poll, 200).events[0]).toMatchObject({ offset });
    expect(await Promise.all(waiting)).toHaveLength(HUB_MAX_POLLS);
  });

  it("followers and listeners go on to the children of a full one, and hear the same", async () => {
    const productId = await newProduct(1000);
    await history(productId);
    const full = Array.from({ length: HUB_MAX_FOLLOWERS }, () => listen("/v1/inventory/events/live"));
    await Promise.all(full);
    const follower = await listen("/v1/inventory/events/live");
    await eventually(
      () => watchersOf(env.LEDGER.getByName("ledger:0")),
      (names) => expect(JSON.stringify(names)).toMatch(/hub:events:[12]"/),
    );
    await hold(productId, 1);
    const clients = [...(await Promise.all(full)), follower];
    for (const { told } of clients) await until(() => expect(told.length).toBeGreaterThan(0));
    await until(() => expect(offsetsOf(follower.told)).toEqual(offsetsOf(clients[0]?.told ?? [])));
    for (const client of clients) client.close();

    const crowd = Array.from({ length: HUB_MAX_LISTENERS }, () => listen("/v1/inventory/live"));
    await Promise.all(crowd);
    const listener = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(listener.told).toHaveLength(1));
    expect(await watchersOf(env.PRODUCT.getByName(productId))).toMatchObject([
      { name: expect.stringMatching(/^levels:[12]$/) },
    ]);
    await hold(productId, 1);
    await until(() => expect(listener.told).toHaveLength(2));
  }, 60_000);
});
