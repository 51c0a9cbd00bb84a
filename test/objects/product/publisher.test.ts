import { describe, expect, it, vi } from "vitest";
import { CatalogPublisher } from "../../../src/objects/product/publisher";

describe("the catalog publisher", () => {
  it("puts one entry at a time, the newest state last, and spaces them", async () => {
    const puts: number[] = [];
    let state = 1;
    const publisher = new CatalogPublisher({ put: async () => void puts.push(state), onFailure: vi.fn() });
    const first = publisher.request(7);
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
    const publisher = new CatalogPublisher({ put, onFailure });
    const done = publisher.request(4);
    void publisher.request(6);
    expect(publisher.floorSeq).toBe(4);
    await done;
    await publisher.whenIdle();
    expect(onFailure).toHaveBeenCalledOnce();
    expect(put).toHaveBeenCalledTimes(2);
    expect(publisher.floorSeq).toBeNull();
  });
});
