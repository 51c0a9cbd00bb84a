import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Envelope } from "../../src/domain/command";
import { sweepProducts } from "../../src/jobs/sweep";
import worker from "../../src/worker";

const envelope = (command: Envelope["command"]): Envelope => ({ command, actor: "test", clamped: false });

/** A product with one hold of a minute, in the book. */
async function heldProduct(productId: string): Promise<void> {
  const stub = env.PRODUCT.getByName(productId);
  const initial = { locationId: "main", quantity: 5 };
  const hold = { quantity: 2, locationIds: [], anyLocation: true, ttlSeconds: 60 };
  await stub.execute(
    [envelope({ verb: "create", fields: {}, initial }), envelope({ verb: "reserve", ...hold })],
    { awaitBook: true },
  );
}

async function typesInBook(productId: string): Promise<string[]> {
  const rows = await env.BOOK.prepare("SELECT type FROM events WHERE product_id = ? ORDER BY version")
    .bind(productId)
    .all<{ type: string }>();
  return rows.results.map(({ type }) => type);
}

describe("the minute job", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 }));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("B-13: wakes products with overdue holds whose alarm never came: one event a hold", async () => {
    await heldProduct("overdue");
    vi.setSystemTime(Date.now() + 61_000);
    expect((await sweepProducts(env, Date.now())).woken).toBeGreaterThan(0);
    await sweepProducts(env, Date.now());
    expect(await typesInBook("overdue")).toEqual([
      "product.created",
      "stock.adjusted",
      "reservation.held",
      "reservation.expired",
    ]);
  });

  it("wakes products whose events lag, in turn, without the book knowing of them", async () => {
    await heldProduct("lagging");
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const refuses = vi.spyOn(env.BOOK, "batch").mockRejectedValueOnce(new Error("away"));
    const count = { locationId: "main", newQuantity: 9, reason: "counted", force: false };
    await env.PRODUCT.getByName("lagging").execute([envelope({ verb: "count", ...count })]);
    await vi.waitFor(() => expect(refuses).toHaveBeenCalled());
    expect(await typesInBook("lagging")).not.toContain("stock.counted");
    await sweepProducts(env, Date.now());
    expect(await typesInBook("lagging")).toContain("stock.counted");
  });

  it("is what cron runs, and never fails it", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(env.BOOK, "prepare").mockImplementation(() => {
      throw new Error("away");
    });
    await worker.scheduled(createScheduledController({ cron: "* * * * *" }), env);
    expect(await sweepProducts(env, Date.now())).toEqual({ woken: 0, lagging: [] });
  });
});
