/** What a batch to the book carries when there is more than one can take. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Command, Envelope, Result } from "../../../src/domain/command";
import { MAX_EVENTS_PER_DRAIN } from "../../../src/limits";

const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 5000 } };
const RESERVE: Command = {
  verb: "reserve",
  quantity: 1,
  locationIds: [],
  anyLocation: true,
  ttlSeconds: null,
};

afterEach(() => void vi.restoreAllMocks());

describe("a backlog of several batches", () => {
  it("an edit at its end reaches the book with it, though the numbers have gone ahead", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const stub = env.PRODUCT.getByName("backlog");
    const run = (commands: Command[]) => {
      const envelopes = commands.map((command): Envelope => ({ command, actor: "test", clamped: false }));
      return stub.execute(envelopes) as Promise<Result[]>;
    };
    await run([CREATE]);
    await stub.wake();
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    for (let round = 0; round < 2; round += 1) {
      await run(Array.from({ length: MAX_EVENTS_PER_DRAIN - 100 }, () => RESERVE));
    }
    await run([{ verb: "edit", patch: { name: "Renamed in the dark" } }]);
    away.mockRestore();
    await stub.wake();
    await stub.wake();
    const row = await env.BOOK.prepare(
      "SELECT name, version, catalog_version, reserved FROM products",
    ).first();
    const version = 2 + 2 * (MAX_EVENTS_PER_DRAIN - 100) + 1;
    expect(row).toEqual({
      name: "Renamed in the dark",
      version,
      catalog_version: version,
      reserved: version - 3,
    });
  });
});
