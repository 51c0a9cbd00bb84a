/** What a product's object does when nobody asks: pruning, recovering, and standing what fails around it. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { entryKey } from "../../../src/kv/catalog-cache";
import type { Command, Envelope, Result } from "../../../src/domain/command";
import {
  MAX_COMMANDS_PER_CALL,
  MAX_EVENTS_PER_JOURNAL_ROW,
  RESOLVED_RETENTION_MS,
} from "../../../src/limits";

const DAY_MS = 24 * 3_600_000;
const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 1000 } };
const RESERVE: Command = { verb: "reserve", quantity: 1, locationIds: [], anyLocation: true, ttlSeconds: 60 };

let made = 0;

function product() {
  made += 1;
  const productId = `object-${made}`;
  const stub = env.PRODUCT.getByName(productId);
  let keys = 0;
  const run = async (...commands: Command[]): Promise<Result[]> => {
    const envelopes = commands.map((command): Envelope => {
      keys += 1;
      return { command, actor: "test", clamped: false, key: { id: `k${keys}`, fingerprint: "f" } };
    });
    return stub.execute(envelopes) as Promise<Result[]>;
  };
  const rows = (query: string) =>
    runInDurableObject(
      stub,
      (_, { storage }) => storage.sql.exec(query).toArray() as Record<string, number>[],
    );
  const count = async (table: string) => (await rows(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.["n"];
  return { productId, stub, run, rows, count };
}

const bookVersions = async (productId: string) => {
  const rows = await env.BOOK.prepare("SELECT version FROM events WHERE product_id = ? ORDER BY offset")
    .bind(productId)
    .all<{ version: number }>();
  return rows.results.map(({ version }) => version);
};

describe("a product's object", () => {
  beforeEach(() => {
    // Ahead of the real clock: no alarm comes unless a test runs it.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * DAY_MS });
    vi.spyOn(console, "error").mockReturnValue(undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("prunes keys and journal rows a day after the book has them, and reservations a year after they ended", async () => {
    const { stub, run, count, rows } = product();
    await run(CREATE);
    const [held] = await run(RESERVE);
    const { reservationId } = JSON.parse(held?.ok ? held.body : "") as { reservationId: string };
    await run({ verb: "confirm", ulid: reservationId.split("~")[1] ?? "", ifExpired: "reject" });
    await stub.wake();
    await runDurableObjectAlarm(stub);
    expect(await count("journal")).toBe(3);
    vi.setSystemTime(Date.now() + DAY_MS + 1000);
    await runDurableObjectAlarm(stub);
    expect(await count("journal")).toBe(1);
    expect(await count("reservations")).toBe(1);
    const alarmAt = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(alarmAt, "then it rests").toBeGreaterThan(Date.now() + 300 * DAY_MS);
    vi.setSystemTime(Date.now() + RESOLVED_RETENTION_MS);
    await run(RESERVE, RESERVE);
    await stub.wake();
    vi.setSystemTime(Date.now() + DAY_MS + 1000);
    await runDurableObjectAlarm(stub);
    expect(await rows("SELECT held, lapsed FROM reservations")).toEqual([
      { held: 0, lapsed: 1 },
      { held: 0, lapsed: 1 },
    ]);
    expect(
      JSON.parse(((await stub.read({ view: "stock", clamped: false })) as { body: string }).body),
    ).toMatchObject({
      onHand: 999,
      reserved: 0,
    });
  });

  it("keeps what the book does not have, however old", async () => {
    const { productId, stub, run, count } = product();
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    await run(CREATE);
    await run(RESERVE, RESERVE);
    vi.setSystemTime(Date.now() + 3 * DAY_MS);
    await runDurableObjectAlarm(stub);
    expect(await count("journal")).toBe(4);
    away.mockRestore();
    vi.setSystemTime(Date.now() + 60_000);
    await stub.wake();
    expect(await bookVersions(productId)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("writes the watermark down by its alarm: a cold start has nothing to send again", async () => {
    const { stub, run } = product();
    await run(CREATE);
    await stub.wake();
    await runDurableObjectAlarm(stub);
    await evictDurableObject(stub);
    const batch = vi.spyOn(env.BOOK, "batch");
    await stub.wake();
    expect(batch).not.toHaveBeenCalled();
  });

  it("sends again after a crash between the book and the watermark, and the book drops it", async () => {
    const { productId, stub, run } = product();
    await run(CREATE);
    await run(RESERVE);
    await stub.wake();
    await evictDurableObject(stub);
    const batch = vi.spyOn(env.BOOK, "batch");
    await stub.wake();
    expect(batch).toHaveBeenCalled();
    expect(await bookVersions(productId)).toEqual([1, 2, 3]);
  });

  it("arms its alarm again after a start if it is gone", async () => {
    const { stub, run } = product();
    await run(CREATE);
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(stub);
    await stub.read({ view: "product" });
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBeGreaterThan(
      Date.now(),
    );
  });

  it("splits the events of one command over rows that stay small, and carries them all", async () => {
    const { productId, stub, run, rows } = product();
    const holds = MAX_EVENTS_PER_JOURNAL_ROW + 50;
    const reserve: Command = { ...RESERVE, orderId: "O" } as Command;
    await run(CREATE);
    await run(...Array.from({ length: holds }, () => reserve));
    const [released] = await run({ verb: "release-order", orderId: "O" });
    expect(JSON.parse(released?.ok ? released.body : "")).toMatchObject({ releasedQuantity: holds });
    expect(await rows("SELECT event_count FROM journal ORDER BY seq DESC LIMIT 2")).toEqual([
      { event_count: 50 },
      { event_count: MAX_EVENTS_PER_JOURNAL_ROW },
    ]);
    await stub.wake();
    expect(await bookVersions(productId)).toEqual(
      Array.from({ length: 2 + 2 * holds }, (_, index) => index + 1),
    );
  });

  it("goes on when KV fails, and writes the entry when it is back", async () => {
    const { productId, stub, run } = product();
    const put = vi.spyOn(env.CATALOG, "put").mockRejectedValueOnce(new Error("KV is away"));
    await run(CREATE);
    const [edited] = await run({ verb: "edit", patch: { name: "New name" } });
    expect(edited).toMatchObject({ ok: true });
    await stub.wake();
    await vi.waitFor(() => expect(put).toHaveBeenCalled());
    vi.setSystemTime(Date.now() + 60_000);
    await vi.waitFor(
      async () => expect(await env.CATALOG.get(entryKey(productId))).toContain("New name"),
      8000,
    );
  });

  it("writes after a crash the entry that KV did not take before it, though the book has everything", async () => {
    const { productId, stub, run } = product();
    const put = vi.spyOn(env.CATALOG, "put").mockRejectedValue(new Error("KV is away"));
    await run(CREATE);
    await run({ verb: "edit", patch: { name: "New name" } });
    await stub.wake();
    await vi.waitFor(() => expect(put).toHaveBeenCalled());
    await runDurableObjectAlarm(stub);
    // Not evicted: that would wait for what is tried again and again.
    await runInDurableObject(stub, (_, state) => state.abort("killed")).catch(() => undefined);
    put.mockRestore();
    await env.PRODUCT.getByName(productId).wake();
    await vi.waitFor(
      async () => expect(await env.CATALOG.get(entryKey(productId))).toContain("New name"),
      5000,
    );
  });

  it("takes a deleted product's entry out of KV", async () => {
    const { productId, stub, run } = product();
    await run({ verb: "create", fields: {} });
    await stub.publish();
    expect(await env.CATALOG.get(entryKey(productId))).toContain(productId);
    await run({ verb: "delete", force: false });
    await stub.wake();
    vi.setSystemTime(Date.now() + 2000);
    await vi.waitFor(async () => expect(await env.CATALOG.get(entryKey(productId))).toBeNull(), 5000);
  });

  it("refuses a list that is too long, whole", async () => {
    const { run } = product();
    const results = await run(...Array.from({ length: MAX_COMMANDS_PER_CALL + 1 }, () => CREATE));
    expect(new Set(results.map((result) => (result.ok ? "" : result.refusal.code)))).toEqual(
      new Set(["overloaded"]),
    );
  });

  it("an id that was never written stays without a trace, woken, published or asked", async () => {
    const { stub, rows } = product();
    expect(await stub.wake()).toEqual({ version: 0, acknowledgedVersion: 0 });
    await stub.publish();
    await stub.read({
      view: "check",
      hold: { quantity: 1, locationIds: [], anyLocation: true },
      clamped: false,
    });
    expect(await rows("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")).toEqual([]);
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBeNull();
  });

  it("a bug in one command is internal, and neither its neighbours nor memory notice", async () => {
    const { productId, stub, run, rows } = product();
    const [, held] = await run(CREATE, RESERVE);
    const { reservationId } = JSON.parse(held?.ok ? held.body : "") as { reservationId: string };
    // A level that is lost under its hold: a state that no command leads to.
    await rows("DELETE FROM levels");
    await evictDurableObject(stub);
    const edit = (name: string): Command => ({ verb: "edit", patch: { name } });
    const release: Command = { verb: "release", ulid: reservationId.split("~")[1] ?? "" };
    const [before, bug, after] = await run(edit("Before"), release, edit("After"));
    expect(bug).toEqual({ ok: false, refusal: { code: "internal" } });
    expect([before, after]).toMatchObject([
      { ok: true, version: 4 },
      { ok: true, version: 5 },
    ]);
    await stub.wake();
    expect(await bookVersions(productId)).toEqual([1, 2, 3, 4, 5]);
  });
});
