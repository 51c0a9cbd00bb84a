import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KV_TIMEOUT_MS, KV_WRITE_SPACING_MS } from "../../../src/limits";
import { CatalogPublisher } from "../../../src/objects/product/publisher";

describe("the catalog publisher", () => {
  it("puts one entry at a time, the newest state last, and spaces them", async () => {
    const puts: number[] = [];
    let state = 1;
    const publisher = new CatalogPublisher(async () => void puts.push(state), vi.fn());
    const first = publisher.request(7);
    await scheduler.wait(1);
    state = 2;
    void publisher.request(8);
    state = 3;
    const started = Date.now();
    await publisher.request(9);
    await first;
    expect(puts).toEqual([1, 3]);
    expect(Date.now() - started).toBeGreaterThan(900);
  });

  it("remembers from where to send again while an entry is on its way, and tries again what failed", async () => {
    const onFailure = vi.fn();
    const put = vi.fn().mockRejectedValueOnce(new Error("429")).mockResolvedValue(undefined);
    const publisher = new CatalogPublisher(put, onFailure);
    const done = publisher.request(4);
    void publisher.request(6);
    expect(publisher.floorSeq).toBe(4);
    await done;
    await publisher.settled();
    expect(onFailure).toHaveBeenCalledOnce();
    expect(put).toHaveBeenCalledTimes(2);
    expect(publisher.floorSeq).toBeNull();
  });
});

/** A put hangs where KV is slow, until the test lets it go; what KV has is what landed last. */
function slowKv() {
  const kv = { state: 1, has: 0, slow: true, puts: 0, hanging: [] as { land(): void; fail(): void }[] };
  const put = () => {
    const gate = Promise.withResolvers<void>();
    const value = kv.state;
    const land = () => {
      kv.has = value;
      gate.resolve();
    };
    kv.puts += 1;
    if (kv.slow) kv.hanging.push({ land, fail: () => gate.reject(new Error("500")) });
    else land();
    return gate.promise;
  };
  return { kv, publisher: new CatalogPublisher(put, vi.fn()) };
}

describe("a put that was given up", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each(["land", "fail"] as const)("may %s after a newer one: the newest is put once more", async (end) => {
    const { kv, publisher } = slowKv();
    void publisher.request(3);
    await vi.advanceTimersByTimeAsync(1);
    kv.state = 2;
    kv.slow = false;
    await vi.advanceTimersByTimeAsync(2 * KV_TIMEOUT_MS);
    expect([kv.has, kv.puts]).toEqual([2, 2]);
    expect(publisher.floorSeq, "a crash now publishes again").toBe(3);
    kv.hanging[0]?.[end]();
    if (end === "land") expect(kv.has).toBe(1);
    await vi.advanceTimersByTimeAsync(KV_WRITE_SPACING_MS);
    expect([kv.has, kv.puts]).toEqual([2, 3]);
    expect(publisher.floorSeq).toBeNull();
    await vi.advanceTimersByTimeAsync(10 * KV_TIMEOUT_MS);
    expect(kv.puts, "and no more").toBe(3);
  });

  it("is not the last of several: each is followed by the newest", async () => {
    const { kv, publisher } = slowKv();
    void publisher.request(3);
    await vi.advanceTimersByTimeAsync(3 * KV_TIMEOUT_MS);
    kv.slow = false;
    kv.state = 2;
    await vi.advanceTimersByTimeAsync(2 * KV_TIMEOUT_MS);
    expect(kv.hanging.length).toBeGreaterThan(1);
    for (const { land } of kv.hanging.toReversed()) {
      expect(publisher.floorSeq).toBe(3);
      land();
      await vi.advanceTimersByTimeAsync(KV_WRITE_SPACING_MS);
      expect(kv.has).toBe(2);
    }
    expect(publisher.floorSeq).toBeNull();
  });
});
