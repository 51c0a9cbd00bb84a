import { describe, expect, it, vi } from "vitest";
import type { QuoteUpdate } from "../../../src/domain/quote";
import { HUB_WATCH_TRIES } from "../../../src/limits";
import { QUOTE_SPACING_MS } from "../../../src/limits/quotes";
import { QuoteFeed } from "../../../src/objects/hub/quote-feed";
import { pause, Recorder, until } from "./recorder";

function update(productId: string, atMs: number, amount = String(atMs)): QuoteUpdate {
  return { productId, amount: `${amount}.00`, currency: "USD", source: "feed", atMs };
}

function feedOf(listeners: Record<string, Recorder[]>) {
  const deps = {
    follow: vi.fn(async () => undefined),
    listenersTo: (productId: string) => listeners[productId] ?? [],
    onFailure: vi.fn(),
  };
  return { feed: new QuoteFeed(deps), deps };
}

describe("the feed of market prices", () => {
  it("sends a price at once, to those who listen to the product and to nobody else", async () => {
    const [a, both, b] = [new Recorder(), new Recorder(), new Recorder()];
    const { feed } = feedOf({ a: [a, both], b: [b, both] });
    expect(feed.changed([update("a", 1), update("nobody", 1)], true)).toBe(true);
    await until(() => expect(both.messages).toHaveLength(1));
    expect(a.messages).toEqual([
      {
        type: "quote",
        productId: "a",
        price: { amount: "1.00", currency: "USD" },
        source: "feed",
        at: "1970-01-01T00:00:00.001Z",
      },
    ]);
    feed.changed([update("b", 1)], true);
    await until(() => expect(b.messages).toHaveLength(1));
    expect([a.messages.length, both.messages.length]).toEqual([1, 2]);
  });

  it("sends one a second of a product, the newest, and never an older one", async () => {
    const one = new Recorder();
    const { feed } = feedOf({ a: [one], b: [one] });
    for (let at = 1; at <= 30; at += 1) {
      feed.changed([update("a", at)], true);
      await pause(10);
    }
    feed.changed([update("a", 29)], true);
    expect(one.messages).toHaveLength(1);
    feed.changed([update("b", 1)], true);
    await until(() => expect(one.messages).toHaveLength(2), 200);
    await until(() => expect(one.messages).toHaveLength(3), QUOTE_SPACING_MS);
    expect(one.messages.map((message) => Reflect.get(message, "price"))).toMatchObject([
      { amount: "1.00" },
      { amount: "1.00" },
      { amount: "30.00" },
    ]);
    const [first = 0, , last = 0] = one.at;
    expect(last - first).toBeGreaterThanOrEqual(QUOTE_SPACING_MS - 5);
    feed.changed([update("a", 30)], true);
    feed.changed([update("a", 31)], true);
    await until(() => expect(one.messages).toHaveLength(4), 2 * QUOTE_SPACING_MS);
  });

  it("forgets what has long been sent", async () => {
    const one = new Recorder();
    const { feed } = feedOf({ a: [one] });
    feed.changed([update("a", 1)], true);
    await pause(QUOTE_SPACING_MS + 50);
    feed.changed([update("a", 1)], true);
    await until(() => expect(one.messages).toHaveLength(2));
  });

  it("asks for prices once while somebody listens, and again when nobody did", async () => {
    const { feed, deps } = feedOf({});
    feed.begin();
    feed.begin();
    expect(deps.follow).toHaveBeenCalledTimes(1);
    expect(feed.changed([], false)).toBe(false);
    feed.begin();
    expect(deps.follow).toHaveBeenCalledTimes(2);
    feed.begin(true);
    expect(deps.follow).toHaveBeenCalledTimes(3);
  });

  it("asks several times, says when it could not, and then at the next listener", async () => {
    const { feed, deps } = feedOf({});
    deps.follow.mockRejectedValue(new Error("away"));
    feed.begin();
    await until(() => expect(deps.onFailure).toHaveBeenCalledOnce());
    expect(deps.follow).toHaveBeenCalledTimes(HUB_WATCH_TRIES);
    deps.follow.mockResolvedValue(undefined);
    feed.begin();
    expect(deps.follow).toHaveBeenCalledTimes(HUB_WATCH_TRIES + 1);
  });
});
