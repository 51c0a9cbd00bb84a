/** Verification that nobody asks for: what cron finds, it logs. */
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Envelope } from "../../src/domain/command";
import { verifyLagging, verifySample } from "../../src/jobs/verify";
import { VERIFY_SAMPLE } from "../../src/limits";
import worker from "../../src/worker";

async function product(productId: string): Promise<string> {
  const initial = { locationId: "main", quantity: 5 };
  const envelope: Envelope = {
    command: { verb: "create", fields: {}, initial },
    actor: "test",
    clamped: false,
  };
  await env.PRODUCT.getByName(productId).execute([envelope], { awaitBook: true });
  return productId;
}

function corrupt(productId: string) {
  return env.BOOK.prepare("UPDATE products SET on_hand = 99 WHERE product_id = ?").bind(productId).run();
}

function watchLog() {
  const log = vi.spyOn(console, "error").mockReturnValue(undefined);
  return () => log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
}

afterEach(async () => {
  vi.restoreAllMocks();
  await env.BOOK.prepare("DROP TRIGGER IF EXISTS chaos").run();
});

describe("verification by cron", () => {
  it("the hourly job logs every difference as one line that names the product", async () => {
    await corrupt(await product("hourly"));
    await product("right");
    const logged = watchLog();
    await worker.scheduled(createScheduledController({ cron: "7 * * * *" }), env);
    expect(logged()).toEqual([
      {
        level: "error",
        what: "object and book differ",
        productId: "hourly",
        version: 2,
        bookVersion: 2,
        difference: { what: "onHand", object: 5, events: 5, book: 99 },
      },
    ]);
  });

  it("goes round all products, a slice an hour", async () => {
    const rows = await env.BOOK.prepare("SELECT MAX(rowid) AS n FROM products").first<{ n: number }>();
    const move = env.BOOK.prepare("UPDATE products SET rowid = rowid + ? WHERE product_id = 'right'");
    await move.bind(VERIFY_SAMPLE).run();
    await corrupt("right");
    watchLog();
    const hour = 3_600_000;
    const found = [
      await verifySample(env, 0),
      await verifySample(env, hour),
      await verifySample(env, 2 * hour),
    ];
    await move.bind(-VERIFY_SAMPLE).run();
    expect(rows?.n).toBeGreaterThan(0);
    expect(found, "right is in the second slice").toEqual([1, 1, 1]);
  });

  it("the minute job verifies what could not drain, and goes on where an object fails", async () => {
    const productId = await product("lagging");
    const logged = watchLog();
    await env.BOOK.prepare(
      `CREATE TRIGGER chaos BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'away'); END`,
    ).run();
    const edit = { verb: "edit" as const, patch: { name: "Later" } };
    await env.PRODUCT.getByName(productId).execute([{ command: edit, actor: "test", clamped: false }]);
    const firstSlice = new Date(0);
    await worker.scheduled(createScheduledController({ cron: "* * * * *", scheduledTime: firstSlice }), env);
    expect(logged()).toContainEqual(
      expect.objectContaining({ productId, difference: { what: "event", fromVersion: 3, toVersion: 3 } }),
    );
    const failing = vi.spyOn(env.PRODUCT, "getByName").mockImplementationOnce(() => {
      throw new Error("no object");
    });
    expect(await verifyLagging(env, [productId])).toBe(0);
    failing.mockRestore();
    await env.BOOK.prepare("DROP TRIGGER chaos").run();
    expect(await verifyLagging(env, [productId, "nobody"])).toBe(0);
  });

  it("never fails the turn it runs in", async () => {
    const logged = watchLog();
    vi.spyOn(env.BOOK, "prepare").mockImplementation(() => {
      throw new Error("away");
    });
    expect(await verifySample(env, 0)).toBe(0);
    expect(await verifyLagging(env, ["lagging"])).toBe(0);
    await worker.scheduled(createScheduledController({ cron: "* * * * *" }), env);
    await worker.scheduled(createScheduledController({ cron: "7 * * * *" }), env);
    expect(logged().map(({ what }) => what)).toEqual(
      expect.arrayContaining(["verification", "sweep", "events not dropped"]),
    );
  });
});
