import { afterEach, describe, expect, it, vi } from "vitest";
import { HUB_FLOOD_FACTOR, HUB_MAX_MESSAGES_PER_SECOND, HUB_MAX_NAMES_PER_SECOND } from "../../../src/limits";
import { readClientMessage } from "../../../src/objects/hub/client-message";
import { Message } from "../../../src/objects/hub/message";
import { RateLimiter } from "../../../src/objects/hub/rate-limiter";

describe("a client's message", () => {
  it.each([
    ['{"type":"ping"}', { type: "ping" }],
    ['{"type":"subscribe","products":["a","a"]}', { type: "subscribe", products: ["a", "a"] }],
    ['{"type":"unsubscribe","products":["a"]}', { type: "unsubscribe", products: ["a"] }],
  ])("%s is read", (text, message) => {
    expect(readClientMessage(text)).toEqual(message);
  });

  it.each([
    ["bytes", new ArrayBuffer(3), "malformed_json"],
    ["no JSON", "{", "malformed_json"],
    ["null", "null", "validation_failed"],
    ["no products", '{"type":"subscribe","products":[]}', "validation_failed"],
    ["a product that is none", '{"type":"subscribe","products":["-a"]}', "validation_failed"],
    ["fields that nobody knows", '{"type":"ping","more":1}', "validation_failed"],
    ["too much", `"${"x".repeat(17_000)}"`, "validation_failed"],
  ])("%s is answered with what is wrong", (_, data, code) => {
    const answer = readClientMessage(data);
    expect(answer).toBeInstanceOf(Message);
    expect(JSON.parse((answer as Message).json)).toMatchObject({ type: "error", code });
  });

  it("names at most 20 of the things that are wrong", () => {
    const products = Array.from({ length: 100 }, () => "-");
    const answer = readClientMessage(JSON.stringify({ type: "subscribe", products }));
    const { errors } = JSON.parse((answer as Message).json) as { errors: { path: string }[] };
    expect(errors).toHaveLength(20);
    expect(errors[0]?.path).toBe("message.products.0");
  });
});

describe("the rate limiter", () => {
  afterEach(() => void vi.useRealTimers());

  it("heeds what a second may bring, warns once, ignores, cuts off, and begins anew with the next second", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    const limiter = new RateLimiter();
    const verdicts = Array.from({ length: HUB_MAX_MESSAGES_PER_SECOND * HUB_FLOOD_FACTOR + 1 }, () =>
      limiter.next(),
    );
    const counts = Object.fromEntries(
      Object.entries(Object.groupBy(verdicts, (verdict) => verdict)).map(([name, all]) => [name, all.length]),
    );
    const heed = HUB_MAX_MESSAGES_PER_SECOND;
    expect(counts).toEqual({ heed, warn: 1, ignore: heed * HUB_FLOOD_FACTOR - heed - 1, cut: 1 });
    vi.setSystemTime(1_001_000);
    expect(limiter.next()).toBe("heed");
  });

  it("counts the products that are named, not the messages that name them", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    const limiter = new RateLimiter();
    expect([
      limiter.admits(200),
      limiter.admits(199),
      limiter.admits(2),
      limiter.admits(1),
      limiter.admits(1),
    ]).toEqual([true, true, false, true, false]);
    expect(limiter.next(), "the socket stays").toBe("heed");
    vi.setSystemTime(1_001_000);
    expect(limiter.admits(HUB_MAX_NAMES_PER_SECOND)).toBe(true);
  });
});
