import { describe, expect, it, vi } from "vitest";
import type { LevelUpdate } from "../../../src/domain/level-update";
import {
  HUB_LEVEL_CHECK_MS,
  HUB_UNKNOWN_CONCURRENCY,
  HUB_WATCH_TRIES,
  MAX_PRODUCTS_PER_LISTENER,
} from "../../../src/limits";
import { LevelFeed, type LevelFeedDeps } from "../../../src/objects/hub/level-feed";
import { pause, Recorder, until } from "./recorder";

function news(productId: string, version: number, more: Partial<LevelUpdate> = {}): LevelUpdate {
  const numbers = { onHand: version, reserved: 0, available: -1, onShelf: 3 };
  const at = "2026-01-02T03:04:05.678Z";
  return { productId, version, ...numbers, availability: "in_stock", at, deleted: false, ...more };
}

/** Products at these versions; any other does not exist. */
function feedOf(versionByProduct: Record<string, number>, more: Partial<LevelFeedDeps> = {}) {
  const watch = vi.fn(async (productId: string) => {
    const version = versionByProduct[productId];
    return version === undefined ? null : news(productId, version);
  });
  const onFailure = vi.fn();
  const existing = vi.fn(
    async (ids: readonly string[]) => new Set(ids.filter((id) => id in versionByProduct)),
  );
  const feed = new LevelFeed({ watch, existing, onFailure, ...more });
  const listener = (clamped = false) => {
    const recorder = new Recorder();
    feed.join(recorder, clamped);
    return recorder;
  };
  return { feed, watch, existing, onFailure, listener };
}

const fresh = (...products: string[]) => products;

describe("the level feed", () => {
  it("asks a product once, however many listen, and serves the later from memory", async () => {
    const { feed, watch, listener } = feedOf({ a: 3 });
    const many = Array.from({ length: 5 }, () => listener());
    await Promise.all(many.map((one) => feed.subscribe(one, fresh("a"))));
    feed.levelChanged(news("a", 4));
    const late = listener();
    await feed.subscribe(late, fresh("a"));
    expect(watch).toHaveBeenCalledOnce();
    expect(late.versions).toEqual([4]);
    await until(() => expect(many.map(({ versions }) => versions)).toEqual(many.map(() => [3, 4])));
  });

  it("never goes back: what is older, or known to the listener, is not told", async () => {
    const products = { a: 7 };
    const { feed, listener } = feedOf(products);
    const [current, ahead] = [listener(), listener()];
    await feed.subscribe(current, ["a"], new Map([["a", 7]]));
    // It has heard from another shard what is still on its way to this one.
    products.a = 9;
    await feed.subscribe(ahead, ["a"], new Map([["a", 9]]));
    for (const version of [6, 7, 8, 9, 10, 4]) {
      expect(feed.levelChanged(news("a", version))).toBe(true);
      await pause(60);
    }
    expect(current.versions).toEqual([9, 10]);
    expect(ahead.versions).toEqual([10]);
    const late = listener();
    await feed.subscribe(late, ["a"]);
    expect(late.versions).toEqual([10]);
  });

  it("tells whoever says it has seen what is still to come what there is, and what comes then", async () => {
    const { feed, listener } = feedOf({ a: 7 });
    const [first, second] = [listener(), listener()];
    await feed.subscribe(first, ["a"], new Map([["a", 500]]));
    await feed.subscribe(second, ["a"], new Map([["a", 500]]));
    feed.levelChanged(news("a", 8));
    await until(() =>
      expect([first.versions, second.versions]).toEqual([
        [7, 8],
        [7, 8],
      ]),
    );
  });

  it("shows a storefront what is on the shelf", async () => {
    const { feed, listener } = feedOf({ a: 1 });
    const [shop, staff] = [listener(true), listener()];
    await feed.subscribe(shop, fresh("a"));
    await feed.subscribe(staff, fresh("a"));
    expect(shop.messages).toMatchObject([{ available: 3 }]);
    expect(staff.messages).toMatchObject([{ available: -1 }]);
  });

  it("2,000 listeners get the leading edge at once, in slices, then few broadcasts, and the last state in any case", async () => {
    const { feed, listener } = feedOf({ a: 1 });
    const crowd = Array.from({ length: 2000 }, () => listener());
    await Promise.all(crowd.map((one) => feed.subscribe(one, ["a"], new Map([["a", 1]]))));
    const startedAt = Date.now();
    for (let version = 2; version <= 60; version += 1) {
      feed.levelChanged(news("a", version));
      const reached = crowd.filter(({ versions }) => versions.length > 0).length;
      if (version === 2) expect(reached, "at once, and no more than a slice at a time").toBe(100);
      if (version === 20) expect(reached).toBe(2000);
      await pause(20);
    }
    await until(() => expect(crowd.every(({ versions }) => versions.at(-1) === 60)).toBe(true));
    const [one] = crowd;
    const elapsedMs = Date.now() - startedAt;
    expect(one?.at.length).toBeGreaterThan(1);
    expect(one?.at.length).toBeLessThanOrEqual(2 + elapsedMs / 780);
  });

  it("many products with few listeners share the same allowance, and each gets its last state", async () => {
    const products = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`p${i}`, 1]));
    const { feed, listener } = feedOf(products);
    const crowd = Array.from({ length: 20 }, () => listener());
    const since = new Map(Object.entries(products));
    await Promise.all(crowd.map((one) => feed.subscribe(one, Object.keys(products), since)));
    const startedAt = Date.now();
    for (let version = 2; version <= 40; version += 1) {
      for (const productId of Object.keys(products)) feed.levelChanged(news(productId, version));
      await pause(25);
    }
    const last = (one: Recorder) => new Map(one.messages.map((m) => [m.productId, m.version]));
    const done = () =>
      expect(
        crowd.every((one) => [...last(one).values()].every((v) => v === 40) && last(one).size === 150),
      ).toBe(true);
    await until(done, 8000);
    const sends = crowd.reduce((sum, one) => sum + one.messages.length, 0);
    // 10,000 a second and what may run ahead, against 117,000 changes to tell.
    expect(sends).toBeLessThan(((Date.now() - startedAt) / 1000) * 10_000 + 8100);
  });

  it("tries a product that fails again, then says so; the listener may subscribe again", async () => {
    const failing = vi.fn<LevelFeedDeps["watch"]>().mockRejectedValue(new Error("away"));
    const { feed, onFailure, listener } = feedOf({}, { watch: failing });
    const one = listener();
    await feed.subscribe(one, fresh("a"));
    expect(failing).toHaveBeenCalledTimes(HUB_WATCH_TRIES);
    expect(onFailure).toHaveBeenCalledOnce();
    expect(one.codes).toEqual(["overloaded"]);
    failing.mockRejectedValueOnce(new Error("away")).mockResolvedValue(news("a", 2));
    await feed.subscribe(one, fresh("a"));
    expect(one.versions).toEqual([2]);
  });

  it("knows nobody who has left, also while the product was being asked", async () => {
    const gate = Promise.withResolvers<LevelUpdate | null>();
    const { feed, listener } = feedOf({}, { watch: () => gate.promise });
    const [gone, changed] = [listener(), listener()];
    const waiting = [feed.subscribe(gone, fresh("a")), feed.subscribe(changed, fresh("a", "b"))];
    feed.leave(gone);
    feed.leave(gone);
    feed.unsubscribe(changed, ["a"]);
    feed.unsubscribe(gone, ["a"]);
    gate.resolve(null);
    await Promise.all(waiting);
    await feed.subscribe(gone, fresh("a"));
    expect(gone.messages).toEqual([]);
    expect(changed.messages).toMatchObject([{ code: "product_not_found", productId: "b" }]);
    expect(feed.size).toBe(1);
    expect(feed.levelChanged(news("a", 2))).toBe(false);
    expect(feed.levelChanged(news("b", 2))).toBe(false);
  });

  it("takes none of too many products", async () => {
    const { feed, watch, listener } = feedOf({});
    const one = listener();
    const many = Array.from({ length: MAX_PRODUCTS_PER_LISTENER + 1 }, (_, i) => `p${i}`);
    await feed.subscribe(one, fresh(...many));
    expect(one.codes).toEqual(["too_many_products"]);
    expect(watch).not.toHaveBeenCalled();
  });

  it("remembers over a sleep what each has, and hears the next change without asking", async () => {
    const { feed, listener } = feedOf({ a: 5 });
    const one = listener(true);
    await feed.subscribe(one, fresh("a", "unknown"));
    await until(() => expect(one.kept).toEqual({ to: "levels", clamped: true, sent: "a:5" }));
    const { feed: awake, watch } = feedOf({ a: 6 });
    const same = new Recorder();
    awake.rejoin(same, { clamped: true, sent: "a:5" });
    awake.rejoin(new Recorder(), { clamped: false, sent: "" });
    expect(awake.levelChanged(news("a", 5))).toBe(true);
    awake.levelChanged(news("a", 6));
    await until(() => expect(same.versions).toEqual([6]));
    expect(watch).not.toHaveBeenCalled();
  });

  it("asks products that were silent for long, so that lost news arrives after all", async () => {
    const products: Record<string, number> = { a: 5, b: 1 };
    const { feed, watch, listener } = feedOf(products);
    const one = listener();
    await feed.subscribe(one, fresh("a", "b"));
    products["a"] = 6;
    await feed.check();
    expect(watch).toHaveBeenCalledTimes(2);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HUB_LEVEL_CHECK_MS + 1 });
    try {
      feed.levelChanged(news("b", 2));
      await feed.check();
      expect(watch.mock.calls.map(([productId]) => productId)).toEqual(["a", "b", "a"]);
      await until(() => expect(one.messages.at(-1)).toMatchObject({ productId: "a", version: 6 }));
    } finally {
      vi.useRealTimers();
    }
  });

  it("looks a product up before anybody listens, and keeps it no longer than that", async () => {
    const { feed, watch } = feedOf({ a: 2 });
    expect(await feed.look("unknown")).toBeNull();
    expect(await feed.look("a")).toMatchObject({ version: 2 });
    const one = new Recorder();
    feed.join(one, false);
    await feed.subscribe(one, fresh("a"));
    expect(watch).toHaveBeenCalledTimes(2);
    expect(one.versions).toEqual([2]);
    await until(() => expect(feed.levelChanged(news("unknown", 1))).toBe(false));
  });
});

describe.concurrent("names that nobody here has heard of", () => {
  const names = (count: number) => Array.from({ length: count }, (_, n) => `unknown-${n}`);

  it("200 unknown products wake no object: the book says that there are none", async () => {
    const { feed, watch, existing, listener } = feedOf({});
    const one = listener();
    await feed.subscribe(one, fresh(...names(200)));
    expect(watch).not.toHaveBeenCalled();
    expect(existing).toHaveBeenCalledTimes(2);
    expect(one.codes).toEqual(names(200).map(() => "product_not_found"));
  });

  it("those that the book knows are asked at once, without the others", async () => {
    const { feed, watch, listener } = feedOf({ a: 1, b: 2 });
    const one = listener();
    const done = feed.subscribe(one, fresh("a", ...names(5), "b"));
    await until(() => expect(one.versions).toEqual([1, 2]));
    await done;
    expect(watch.mock.calls).toEqual([["a"], ["b"]]);
    expect(one.codes).toHaveLength(5);
    await feed.subscribe(one, fresh("a", "b"));
    expect(watch).toHaveBeenCalledTimes(2);
  });

  it("a product that was made a moment ago is found when the book has got it", async () => {
    const answers = [new Set<string>(), new Set(["a"])];
    const existing = () => Promise.resolve(answers.shift() ?? new Set<string>());
    const { feed, listener } = feedOf({ a: 1 }, { existing });
    const one = listener();
    await feed.subscribe(one, fresh("a", ...names(2)));
    expect(one.versions).toEqual([1]);
    expect(one.codes).toEqual(["product_not_found", "product_not_found"]);
  });

  it("a single one is for its object to say", async () => {
    const { feed, watch, existing, listener } = feedOf({ a: 1 });
    const one = listener();
    await feed.subscribe(one, fresh("a"));
    await feed.subscribe(one, fresh("unknown"));
    expect(existing).not.toHaveBeenCalled();
    expect(watch).toHaveBeenCalledTimes(2);
    expect(one.codes).toEqual(["product_not_found"]);
  });

  it("while the book is away their objects are asked, a few at a time", async () => {
    let asked = 0;
    let most = 0;
    const watch = async (productId: string) => {
      asked += 1;
      most = Math.max(most, asked);
      await pause(1);
      asked -= 1;
      return productId === "a" ? news("a", 3) : null;
    };
    const existing = () => Promise.reject(new Error("the book is away"));
    const { feed, onFailure, listener } = feedOf({}, { watch, existing });
    const one = listener();
    await feed.subscribe(one, fresh("a", ...names(50)));
    expect(onFailure).toHaveBeenCalledOnce();
    expect(one.versions).toEqual([3]);
    expect(one.codes).toHaveLength(50);
    expect(most).toBe(HUB_UNKNOWN_CONCURRENCY);
  });

  it("one that somebody has been told of meanwhile is not denied", async () => {
    const { feed, listener } = feedOf({ a: 1 }, { existing: () => Promise.resolve(new Set<string>()) });
    const [one, other] = [listener(), listener()];
    const done = feed.subscribe(one, fresh("a", "b"));
    await pause(20);
    await feed.subscribe(other, fresh("a"));
    await done;
    expect(one.versions).toEqual([1]);
    expect(one.codes).toEqual(["product_not_found"]);
  });
});
