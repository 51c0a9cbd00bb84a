import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { DEFAULT_FIELDS, emptyLevel, type Product } from "../../../src/domain/product";
import type { ProductState } from "../../../src/domain/views";
import { WATCHER_MAX_FAILURES } from "../../../src/limits";
import { WATCHERS_TABLE } from "../../../src/objects/live/watchers";
import { LevelReporter } from "../../../src/objects/product/level-reporter";
import { until } from "../live/recorder";

function stateAt(version: number, product: Partial<Product> = {}): ProductState {
  const fields = { ...DEFAULT_FIELDS, name: "Product" };
  const own = { fields, createdAt: 0, updatedAt: 0, catalogVersion: 1, deleted: false, ...product };
  return {
    productId: "p",
    product: own,
    levels: [{ ...emptyLevel("main"), onHand: version }],
    version,
    updatedAt: 0,
  };
}

describe("the level reporter", () => {
  it("tells who watches every new version, and nobody of one that is told, or of nothing", async () => {
    let state: ProductState | undefined;
    const tell = vi.fn(async () => ({ listening: true }));
    await runInDurableObject(env.ORDER.getByName("reporter"), async (_, { storage }) => {
      const reporter = new LevelReporter(storage.sql, 2, { read: () => state, tell, onFailure: vi.fn() });
      expect(reporter.watch("levels:0")).toBeNull();
      state = stateAt(2, { deleted: true });
      expect(reporter.watch("levels:0")).toBeNull();
      storage.sql.exec(WATCHERS_TABLE);
      state = stateAt(2);
      expect(reporter.watch("levels:0")).toMatchObject({ version: 2, onHand: 2, availability: "in_stock" });
      reporter.changed(2);
      expect(tell).not.toHaveBeenCalled();
      state = stateAt(3);
      reporter.changed(3);
      reporter.changed(3);
      await until(() => expect(tell).toHaveBeenCalledOnce());
      expect(tell).toHaveBeenCalledWith("levels:0", expect.objectContaining({ version: 3 }));
      state = undefined;
      reporter.changed(4);
      await until(() => expect(storage.sql.exec("SELECT name FROM watchers").toArray()).toEqual([]));
      expect(tell).toHaveBeenCalledOnce();
    });
  });

  it("says when a hub cannot be told for long", async () => {
    const onFailure = vi.fn();
    await runInDurableObject(env.ORDER.getByName("reporter-failing"), async (_, { storage }) => {
      storage.sql.exec(WATCHERS_TABLE);
      vi.useFakeTimers();
      const tell = vi.fn(() => Promise.reject(new Error("away")));
      const reporter = new LevelReporter(storage.sql, 0, { read: () => stateAt(1), tell, onFailure });
      reporter.watch("levels:0");
      reporter.changed(1);
      await vi.advanceTimersByTimeAsync(3_600_000).finally(() => vi.useRealTimers());
      expect(tell).toHaveBeenCalledTimes(WATCHER_MAX_FAILURES);
      expect(onFailure).toHaveBeenCalledOnce();
    });
  });
});
