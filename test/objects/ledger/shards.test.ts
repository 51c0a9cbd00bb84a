/** Several ledgers beside each other: what holds for one holds for all of them together, also while their number changes. */
import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";
import type { Command, Envelope } from "../../../src/domain/command";
import { allLedgers, ledgerOf, shardOf } from "../../../src/ledgers";
import { MAX_LEDGER_SHARDS } from "../../../src/limits";
import { call, eventually, hold, newProduct, type EventPage } from "../../acceptance/api";
import { listen } from "../../acceptance/live-client";
import { caughtUp, create, get } from "../../acceptance/webhook-api";
import { newReceiver, offsetsOf, openTheWorld } from "../../receiver/receiver";

const SHARDS = 3;
// Before any object of this file begins: each reads it once.
const { LEDGER_SHARDS } = env;
Object.assign(env, { LEDGER_SHARDS: String(SHARDS) });
// What this file has set, the next one of this workerd would find.
afterAll(() => void Object.assign(env, { LEDGER_SHARDS }));

const RESERVE: Command = {
  verb: "reserve",
  quantity: 1,
  locationIds: [],
  anyLocation: true,
  ttlSeconds: null,
};

function execute(productId: string, commands: Command[]) {
  const envelopes = commands.map((command): Envelope => ({ command, actor: "test", clamped: false }));
  return env.PRODUCT.getByName(productId).execute(envelopes);
}

interface Row {
  offset: number;
  product_id: string;
  version: number;
}

async function log(): Promise<Row[]> {
  const { results } = await env.BOOK.prepare(
    "SELECT offset, product_id, version FROM events ORDER BY offset",
  ).all<Row>();
  return results;
}

/** Offsets without a gap, each event once, and each product's in the order of its versions, from the first to the last. */
function expectWhole(rows: readonly Row[]): void {
  expect(rows.map(({ offset }) => offset)).toEqual(rows.map((_, index) => index + 1));
  for (const own of Map.groupBy(rows, (row) => row.product_id).values())
    expect(own.map(({ version }) => version)).toEqual(own.map((_, index) => index + 1));
}

const shardsOf = (ids: readonly string[]) => new Set(ids.map((id) => shardOf(id, SHARDS)));

beforeEach(() => {
  openTheWorld();
  vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(() => void vi.restoreAllMocks());

describe("a subject's ledger", () => {
  it("is chosen by a hash that is what it always was", () => {
    // Of the reference (Fowler, Noll, Vo).
    expect(shardOf("", 2 ** 32)).toBe(0x811c9dc5);
    expect(shardOf("a", 2 ** 32)).toBe(0xe40c292c);
    expect(shardOf("foobar", 2 ** 32)).toBe(0xbf9cf968);
  });

  it.each([1, 2, 3, 5, 8, MAX_LEDGER_SHARDS])(
    "leaves none of %d idle, whatever the ids look like",
    (shards) => {
      const idsOf: ((n: number) => string)[] = [
        (n) => `P-${n}`,
        (n) => `${String(n).padStart(5, "0")}-1`,
        () => crypto.randomUUID(),
        (n) => `webhook:wh_01JT5X7K9M00000000${String(n).padStart(6, "0")}`,
      ];
      for (const idOf of idsOf) {
        const counts = Array.from({ length: shards }, () => 0);
        const ids = 1000 * shards;
        for (let n = 0; n < ids; n += 1) {
          const shard = shardOf(idOf(n), shards);
          counts[shard] = (counts[shard] ?? 0) + 1;
        }
        expect(Math.min(...counts), idOf(1)).toBeGreaterThan(800);
        expect(Math.max(...counts), idOf(1)).toBeLessThan(1200);
      }
    },
  );

  it("is always the same, and one of all", () => {
    const all = allLedgers(env).map(({ name }) => name);
    expect(all).toEqual(["ledger:0", "ledger:1", "ledger:2"]);
    expect(all).toContain(ledgerOf(env, "P-1").name);
    expect(ledgerOf(env, "P-1").name).toBe(ledgerOf(env, "P-1").name);
  });
});

describe("several ledgers", () => {
  it("fill one log without a gap, and followers of every kind get all of it, once and in order", async () => {
    const products = await Promise.all(Array.from({ length: 12 }, () => newProduct(1000)));
    expect(shardsOf(products).size, "products of every ledger").toBe(SHARDS);
    const everything = newReceiver();
    const some = newReceiver();
    const [one = "", other = ""] = products;
    const webhooks = await Promise.all([
      create({ url: everything.url, fromOffset: 1 }),
      create({ url: some.url, fromOffset: 1, productIds: [one], types: ["reservation.held"] }),
      create({ url: newReceiver().url, fromOffset: 1, productIds: ["nobody"] }),
    ]);
    const sockets = await Promise.all([
      listen("/v1/inventory/events/live?offset=1"),
      listen("/v1/inventory/events/live?offset=1"),
    ]);
    const poll = call<EventPage>(`GET /v1/inventory/events?productId=${other}&type=reservation.held&wait=20`);
    const rounds = Array.from({ length: 10 }, (_, round) => round);
    await Promise.all(
      products.map(async (productId, index) => {
        for (const round of rounds) {
          if ((index + round) % 3 === 0) await hold(productId, 1);
          else await execute(productId, [RESERVE, RESERVE]);
          await scheduler.wait(10 * ((index * 7 + round) % 9));
        }
      }),
    );
    // Each was made with two events; a third of the rounds held once, the others twice.
    await vi.waitFor(async () => expect(await log()).toHaveLength(12 * 2 + 40 + 2 * 80), 5000);
    const rows = await log();
    expectWhole(rows);
    const ends = await Promise.all(webhooks.map(({ webhookId }) => caughtUp(webhookId)));
    expect(ends.map(({ nextOffset }) => nextOffset)).toEqual(ends.map(() => rows.length + 1));
    const offsets = rows.map(({ offset }) => offset);
    const arrived = everything.received.map(({ message }) => message.data.offset);
    expect(arrived, "each once, in order").toEqual(offsets);
    const wanted = rows.filter(({ product_id: id, version }) => id === one && version > 2);
    expect(offsetsOf(some)).toEqual(wanted.map(({ offset }) => offset));
    for (const { told } of sockets)
      await eventually(
        async () => told.map(({ offset }) => offset),
        (heard) => expect(heard).toEqual(offsets),
      );
    expect((await poll).body.events[0]).toMatchObject({ productId: other });
    for (const socket of sockets) socket.close();
  });

  it("tell a webhook that wants none of it so, without its reading the log", async () => {
    const products = await Promise.all(Array.from({ length: 9 }, () => newProduct(1000)));
    const { webhookId } = await create({ url: newReceiver().url, productIds: ["nobody"] });
    await caughtUp(webhookId);
    // The first that each ledger notifies it of says what it wants from then on.
    for (const productId of products) await hold(productId, 1);
    await scheduler.wait(1000);
    await caughtUp(webhookId);
    const reads = vi.spyOn(env.BOOK, "batch");
    const before = (await log()).length;
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(products.map((productId) => hold(productId, 1)));
      await scheduler.wait(200);
    }
    await vi.waitFor(async () => expect((await log()).length).toBe(before + 27));
    const commits = () => reads.mock.calls.length;
    await scheduler.wait(300);
    const committed = commits();
    // Asked, it only asks where the log ends.
    expect(await get(webhookId)).toMatchObject({ behind: 0, nextOffset: before + 28 });
    expect(commits() - committed).toBeLessThanOrEqual(1);
  });

  it("bring all products back after an outage, each its own", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1000);
    const products = Array.from({ length: 12 }, (_, index) => `outage-${index}`);
    expect(shardsOf(products).size).toBe(SHARDS);
    const before = (await log()).length;
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    await Promise.all(products.map((id) => execute(id, [{ verb: "create", fields: {} }])));
    await vi.waitFor(() => expect(away.mock.calls.length).toBeGreaterThanOrEqual(SHARDS));
    await scheduler.wait(500);
    away.mockRestore();
    const inBook = async () => (await log()).length - before;
    await vi.waitFor(async () => expect(await inBook()).toBe(12), { timeout: 5000, interval: 50 });
  });

  it("carry a webhook's own event by its subject", async () => {
    const { webhookId } = await create({ url: newReceiver().url });
    const gone = await call(`PATCH /v1/webhooks/${webhookId}`, {
      key: "admin-demo",
      body: { status: "disabled" },
    });
    expect(gone.status).toBe(200);
    const own = async () => (await log()).filter((row) => row.product_id === `webhook:${webhookId}`);
    await vi.waitFor(async () => expect(await own()).toHaveLength(1));
  });
});

describe("another number of ledgers", () => {
  function entry(productId: string, from: number, to: number): BookEntry {
    const events = Array.from({ length: to - from }, (_, index) => {
      const version = from + index + 1;
      const at = "2026-01-02T03:04:05.678Z";
      const head = { id: `${productId}:${version}`, type: "product.updated", productId, version, at };
      return JSON.stringify({ ...head, actor: "t", data: {} });
    });
    const versions = { fromVersion: from, toVersion: to };
    return { productId, events: events.join(","), ...versions, stock: null, catalog: null };
  }

  it("takes over what an old one is still about to commit: each event once, in order, no offset burnt", async () => {
    const gate = Promise.withResolvers<void>();
    const batch = env.BOOK.batch.bind(env.BOOK);
    const late = vi.spyOn(env.BOOK, "batch").mockImplementationOnce(async (statements) => {
      await gate.promise;
      return batch(statements) as never;
    });
    const old = env.LEDGER.getByName("ledger:old").append(entry("moved", 0, 3));
    await vi.waitFor(() => expect(late).toHaveBeenCalledOnce());
    expect(await env.LEDGER.getByName("ledger:new").append(entry("moved", 0, 5))).toEqual({ ok: true });
    gate.resolve();
    expect(await old).toEqual({ ok: true });
    expect(await env.LEDGER.getByName("ledger:new").append(entry("moved", 5, 7))).toEqual({ ok: true });
    expectWhole(await log());
  });

  it.each([1, 5])("of %d loses nothing that was not in the book, and followers go on", async (shards) => {
    const products = Array.from({ length: 9 }, (_, index) => `renumbered-${shards}-${index}`);
    const receiver = newReceiver();
    const { webhookId } = await create({ url: receiver.url });
    const from = (await log()).length;
    await Promise.all(products.map((id) => execute(id, [{ verb: "create", fields: {} }])));
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    const edit = (name: string): Command => ({ verb: "edit", patch: { name } });
    await Promise.all(products.map((id) => execute(id, [edit("one"), edit("two")])));
    await scheduler.wait(200);
    Object.assign(env, { LEDGER_SHARDS: String(shards) });
    await abortAllDurableObjects();
    away.mockRestore();
    await Promise.all(products.map((id) => execute(id, [edit("three")])));
    await Promise.all(products.map((id) => env.PRODUCT.getByName(id).wake()));
    const rows = (await log()).slice(from);
    expectWhole(await log());
    expect(rows.length).toBe(9 * 4);
    await env.WEBHOOK.getByName(webhookId).bookGrew();
    await vi.waitFor(() => expect(offsetsOf(receiver)).toEqual(rows.map(({ offset }) => offset)), 5000);
  });
});
