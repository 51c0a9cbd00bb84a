/** A dry run of a product's object: exact, and without a trace. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";
import type { Command, Envelope, Result } from "../../../src/domain/command";

const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 10 } };
const RESERVE: Command = {
  verb: "reserve",
  quantity: 1,
  locationIds: ["main"],
  anyLocation: false,
  ttlSeconds: 60,
};
const adjust = (delta: number): Command => ({
  verb: "adjust",
  locationId: "main",
  delta,
  type: "correction",
  reason: "test",
  force: false,
});

let made = 0;

function product() {
  made += 1;
  const productId = `rehearsed-${made}`;
  const stub = env.PRODUCT.getByName(productId);
  const wrap = (command: Command, key?: string): Envelope => ({
    command,
    actor: "test",
    clamped: false,
    ...(key !== undefined && { key: { id: key, fingerprint: "f" } }),
  });
  const run = (...commands: Command[]) =>
    stub.execute(commands.map((command) => wrap(command))) as Promise<Result[]>;
  const rehearse = (...commands: Command[]) =>
    stub.execute(
      commands.map((command, index) => wrap(command, `k${index}`)),
      { dryRun: true },
    ) as Promise<Result[]>;
  /** Everything the object keeps, and when it wakes. */
  const state = () =>
    runInDurableObject(stub, async (_, { storage }) => {
      const tables = storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .toArray();
      const rows = tables
        .filter(({ name }) => !name.startsWith("_cf_"))
        .map(({ name }) => [name, storage.sql.exec(`SELECT * FROM ${name}`).toArray()]);
      return { rows, alarm: await storage.getAlarm() };
    });
  const read = async () =>
    JSON.parse(((await stub.read({ view: "stock", clamped: false })) as { body: string }).body);
  return { productId, stub, run, rehearse, state, read };
}

const said = (results: Result[]) =>
  results.map((result) => (result.ok ? result.version : result.refusal.code));

async function inBook(productId: string): Promise<number[]> {
  const { results } = await env.BOOK.prepare(
    "SELECT version FROM events WHERE product_id = ? ORDER BY offset",
  )
    .bind(productId)
    .all<{ version: number }>();
  return results.map(({ version }) => version);
}

describe("a dry run", () => {
  let log: MockInstance<typeof console.error>;
  beforeEach(() => {
    log = vi.spyOn(console, "error").mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("says what would happen, each with the effects of those before it, and leaves rows, keys and alarm alone", async () => {
    const { productId, run, rehearse, state, read } = product();
    await run(CREATE, RESERVE);
    const [before, stock] = [await state(), await read()];
    const results = await rehearse(adjust(-9), adjust(-1), RESERVE, adjust(5), RESERVE, adjust(-5));
    expect(said(results)).toEqual([5, "below_reserved", "insufficient_stock", 7, 8, "below_reserved"]);
    expect(await state()).toEqual(before);
    expect(await read()).toEqual(stock);
    expect(said(await rehearse(adjust(1))), "again the same").toEqual([4]);
    expect(said(await run(adjust(1))), "and then it is so").toEqual([4]);
    await vi.waitFor(async () => expect(await inBook(productId)).toEqual([1, 2, 3, 4]), { timeout: 5000 });
    expect(log).not.toHaveBeenCalled();
  });

  it("decides as the turn would: a hold that has expired is swept, and afterwards still there to be swept", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { run, rehearse, state } = product();
    const [, held] = await run(CREATE, { ...RESERVE, quantity: 10 });
    expect(held?.ok).toBe(true);
    expect(said(await rehearse(RESERVE))).toEqual(["insufficient_stock"]);
    vi.setSystemTime(Date.now() + 61_000);
    const before = await state();
    const [version = 0] = said(await rehearse(RESERVE));
    expect(await state()).toEqual(before);
    expect(said(await run(RESERVE)), "the same version, the sweep's events included").toEqual([version]);
  });

  it("knows what was done under a key", async () => {
    const { stub, rehearse, run } = product();
    await run(CREATE);
    const key = { id: "k0", fingerprint: "f" };
    await stub.execute([{ command: adjust(-4), actor: "test", clamped: false, key }]);
    const [replayed, fresh] = await rehearse(adjust(-4), adjust(-7));
    expect(replayed).toMatchObject({ ok: true, replayed: true });
    expect(fresh).toMatchObject({ ok: false, refusal: { code: "insufficient_stock" } });
  });

  it("of an unknown product, even of its creation, leaves no trace", async () => {
    const { rehearse, state, run } = product();
    expect(said(await rehearse(adjust(1)))).toEqual(["product_not_found"]);
    expect(said(await rehearse(CREATE, adjust(1), CREATE))).toEqual([2, 3, "product_exists"]);
    expect(await state()).toEqual({ rows: [], alarm: null });
    expect(said(await run(CREATE))).toEqual([2]);
  });

  it("does not come between those who wait for their turn", async () => {
    const { run, rehearse, read } = product();
    await run(CREATE);
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => run(adjust(-1))),
      rehearse(adjust(-10)),
      ...Array.from({ length: 5 }, () => run(adjust(-1))),
    ]);
    expect(
      answers.filter((_, index) => index !== 5).flatMap((results) => results.map(({ ok }) => ok)),
    ).toEqual(Array.from({ length: 10 }, () => true));
    expect(await read()).toMatchObject({ onHand: 0, version: 13 });
  });
});

describe("what changes nothing", () => {
  it("is told apart from what does, when it is replayed too", async () => {
    const { stub, run } = product();
    await run(CREATE);
    const count = (newQuantity: number, id: string): Envelope => ({
      command: { verb: "count", locationId: "main", newQuantity, reason: "test", force: false },
      actor: "test",
      clamped: false,
      key: { id, fingerprint: "f" },
    });
    const envelopes = [count(10, "same"), count(9, "other")];
    for (const replayed of [false, true]) {
      const results = (await stub.execute(envelopes)) as Result[];
      expect(results).toMatchObject([{ replayed, unchanged: true }, { replayed }]);
      expect(results[1]).not.toHaveProperty("unchanged");
    }
  });
});
