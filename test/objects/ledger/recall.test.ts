/** After an outage: who waits in a long back-off of its own is asked to send again. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Command, Envelope } from "../../../src/domain/command";
import { DRAIN_BACKOFF } from "../../../src/limits";

const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 10 } };
const EDIT: Command = { verb: "edit", patch: { name: "Other" } };

const run = (id: string, ...commands: Command[]) =>
  env.PRODUCT.getByName(id).execute(
    commands.map((command): Envelope => ({ command, actor: "test", clamped: false })),
  );

async function inBook(): Promise<number> {
  const row = await env.BOOK.prepare(
    "SELECT COUNT(*) AS n FROM events WHERE product_id LIKE 'recall-%'",
  ).first<{
    n: number;
  }>();
  return row?.n ?? 0;
}

describe("after an outage of the book", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("products that have backed off for long are in the book soon after it is back, though nobody touches them", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    // No back-off ends by itself in this test, and no alarm comes.
    vi.spyOn(Math, "random").mockReturnValue(1000);
    const ids = Array.from({ length: 40 }, (_, index) => `recall-${index}`);
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    await Promise.all(ids.map((id) => run(id, CREATE)));
    await vi.waitFor(() => expect(away).toHaveBeenCalled());
    await scheduler.wait(1500);
    expect(await inBook()).toBe(0);
    away.mockRestore();
    const startedAt = performance.now();
    await vi.waitFor(async () => expect(await inBook()).toBe(80), { timeout: 10_000, interval: 100 });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(DRAIN_BACKOFF.maxMs).toBeGreaterThan(5000);
  });

  it("the first that gets through by itself brings the others along", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    vi.spyOn(Math, "random").mockReturnValue(1000);
    const ids = Array.from({ length: 10 }, (_, index) => `recall-b-${index}`);
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    await Promise.all(ids.map((id) => run(id, CREATE)));
    await scheduler.wait(300);
    away.mockRestore();
    const before = await inBook();
    await run("recall-other", CREATE, EDIT);
    await vi.waitFor(async () => expect(await inBook()).toBe(before + 20 + 3), {
      timeout: 3000,
      interval: 50,
    });
  });

  it("asking a product that was never written leaves no trace", async () => {
    const { runInDurableObject } = await import("cloudflare:test");
    const stub = env.PRODUCT.getByName("recall-nobody");
    await stub.bookIsBack();
    const tables = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});
