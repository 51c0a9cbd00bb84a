/** Writing the book anew, where it is large, interrupted, late, or asked for twice. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { projectBatch, type BookEntry } from "../../../src/d1/projection";
import { verifyProduct } from "../../../src/verify/verify-product";
import type { Command, Envelope, Result } from "../../../src/domain/command";
import { REPROJECTION_PAGE_ROWS } from "../../../src/limits";

const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 5000 } };
const RESERVE: Command = { verb: "reserve", quantity: 1, locationIds: [], anyLocation: true, ttlSeconds: 60 };
const EDIT: Command = { verb: "edit", patch: { name: "Renamed" } };

let made = 0;

/** A product with so many holds, in the book. */
async function product(holds: number) {
  made += 1;
  const productId = `reproject-${made}`;
  const stub = env.PRODUCT.getByName(productId);
  const run = (commands: Command[]) => {
    const envelopes = commands.map((command): Envelope => ({ command, actor: "test", clamped: false }));
    return stub.execute(envelopes) as Promise<Result[]>;
  };
  await run([CREATE]);
  for (let left = holds; left > 0; left -= 400)
    await run(Array.from({ length: Math.min(left, 400) }, () => RESERVE));
  for (let wakes = 0; wakes < 3; wakes += 1) await stub.wake();
  const verify = async () => (await verifyProduct(env.BOOK, productId, stub))?.differences ?? [];
  return { productId, stub, run, verify };
}

function book(query: string, ...values: unknown[]) {
  return env.BOOK.prepare(query)
    .bind(...values)
    .run();
}

async function idsInBook(productId: string): Promise<string[]> {
  const rows = await env.BOOK.prepare(
    "SELECT reservation_id AS id FROM reservations WHERE product_id = ? ORDER BY id",
  )
    .bind(productId)
    .all<{ id: string }>();
  return rows.results.map(({ id }) => id);
}

/** A copy of some row under an id of long ago. */
function insertOld(productId: string, ulid: string, state: "held" | "released") {
  return book(
    `INSERT INTO reservations (reservation_id, product_id, location_id, order_id, customer_id, state, quantity, held,
         confirmed, released, returned, expires_at, created_at, metadata, version, owner)
         SELECT ?2, product_id, location_id, order_id, customer_id, ?3, quantity,
       IIF(?3 = 'held', 1, 0), confirmed, released, returned, expires_at, created_at, metadata, version, owner
     FROM reservations WHERE product_id = ?1 LIMIT 1`,
    productId,
    `${productId}~${ulid}`,
    state,
  );
}

describe("reprojection", () => {
  beforeEach(() => {
    // Ahead of the real clock: no alarm comes unless a test runs it.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 48 * 3_600_000 });
    vi.spyOn(console, "error").mockReturnValue(undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("page by page puts back what is missing, takes out what was never there, and leaves what only the book has", async () => {
    const { productId, stub, verify } = await product(REPROJECTION_PAGE_ROWS + 100);
    const right = await idsInBook(productId);
    await book(
      "DELETE FROM reservations WHERE reservation_id IN (?, ?, ?)",
      right[0],
      right[REPROJECTION_PAGE_ROWS - 1],
      right.at(-1),
    );
    await book(
      "UPDATE reservations SET metadata = '{broken', quantity = 2 WHERE reservation_id = ?",
      right[7],
    );
    await insertOld(productId, "00000000000000000000000001", "released");
    await insertOld(productId, "00000000000000000000000002", "held");
    await insertOld(productId, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "released");
    expect((await verify()).length).toBeGreaterThan(5);
    const done = await stub.reproject();
    // Those that were missing come back with their events already.
    expect(done).toMatchObject({ version: 602, reservations: 3, eventsSent: 602 });
    expect(await idsInBook(productId)).toEqual([`${productId}~00000000000000000000000001`, ...right]);
    const [left] = await verify();
    expect(left).toMatchObject({ what: "reservation", events: null, book: { state: "released" } });
  });

  it("survives a book that fails in the middle: what is left is done by the next one", async () => {
    const { productId, stub, verify } = await product(REPROJECTION_PAGE_ROWS + 100);
    await book("UPDATE reservations SET held = 9 WHERE product_id = ?", productId);
    const batch = env.BOOK.batch.bind(env.BOOK);
    const prepare = env.BOOK.prepare.bind(env.BOOK);
    let repairs = 0;
    const preparing = vi.spyOn(env.BOOK, "prepare").mockImplementation((query) => {
      if (query.includes("SET version = -1")) repairs += 1;
      return prepare(query);
    });
    const failing = vi.spyOn(env.BOOK, "batch").mockImplementation((statements) => {
      return repairs > 1 ? Promise.reject(new Error("away")) : batch(statements);
    });
    expect(await stub.reproject()).toBeNull();
    failing.mockRestore();
    preparing.mockRestore();
    await evictDurableObject(stub);
    expect(await verify()).toHaveLength(100);
    expect(await stub.reproject()).toMatchObject({ reservations: 100 });
    expect(await verify()).toEqual([]);
  });

  it("puts an event right in its place, and leaves named what the object no longer has", async () => {
    const { productId, stub, verify } = await product(3);
    const events = async () =>
      (await book("SELECT * FROM events WHERE product_id = ? ORDER BY offset", productId)).results;
    const right = await events();
    const rewrite = () =>
      book(
        `UPDATE events SET body = json_set(body, '$.data.held', 5), type = 'x', movement = 'y', at_ms = 1
         WHERE product_id = ? AND version = 4`,
        productId,
      );
    await rewrite();
    expect(await verify()).not.toEqual([]);
    await stub.reproject();
    expect(await events()).toEqual(right);
    await rewrite();
    await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("DELETE FROM journal WHERE seq < (SELECT MAX(seq) FROM journal)"),
    );
    const left = await verify();
    expect(await stub.reproject()).toMatchObject({ eventsSent: 1 });
    expect(await verify()).toEqual(left);
    expect(left).not.toEqual([]);
  });

  it("leaves in files what has gone there: no event comes into the log again", async () => {
    const { productId, stub } = await product(20);
    const versions = async () => {
      const all = "SELECT version FROM events WHERE product_id = ? ORDER BY offset";
      const { results } = await env.BOOK.prepare(all).bind(productId).all<{ version: number }>();
      return results.map(({ version }) => version);
    };
    const last = (await versions()).length;
    await book("INSERT INTO event_segments VALUES (1, 1, 'events/1', 1, 1, 1)");
    // One command's events may be half in a file.
    await book("DELETE FROM events WHERE product_id = ? AND version <= 7", productId);
    const kept = Array.from({ length: last - 7 }, (_, index) => index + 8);
    expect(await stub.reproject()).toMatchObject({ eventsSent: kept.length });
    expect(await versions()).toEqual(kept);
    await book("DELETE FROM events WHERE product_id = ? AND version = 12", productId);
    await stub.reproject();
    expect((await versions()).toSorted((a, b) => a - b)).toEqual(kept);
    await book("DELETE FROM events WHERE product_id = ?", productId);
    expect(await stub.reproject()).toMatchObject({ eventsSent: 0 });
    expect(await versions()).toEqual([]);
    await book("DELETE FROM event_segments");
  });

  it("one that lands after something newer changes nothing", async () => {
    const { productId, stub, run, verify } = await product(2);
    const sent: BookEntry[] = [];
    const getByName = env.LEDGER.getByName.bind(env.LEDGER);
    vi.spyOn(env.LEDGER, "getByName").mockImplementation((name) => {
      const append = (entry: BookEntry) => {
        sent.push(entry);
        return getByName(name).append(entry);
      };
      return { append } as never;
    });
    await book("UPDATE reservations SET held = 9 WHERE product_id = ?", productId);
    expect(await stub.reproject()).toMatchObject({ reservations: 2 });
    const repair = sent.filter((entry) => entry.repair);
    expect(repair).toHaveLength(1);
    await run([EDIT, RESERVE]);
    const [first = ""] = await idsInBook(productId);
    await run([{ verb: "release", ulid: first.split("~")[1] ?? "" }]);
    await stub.wake();
    await projectBatch(env.BOOK, repair);
    expect(await verify()).toEqual([]);
  });

  it("goes on beside changes, which reach the book in order behind it", async () => {
    const { stub, run, verify } = await product(REPROJECTION_PAGE_ROWS);
    const both = [stub.reproject(), stub.reproject()];
    for (let round = 0; round < 5; round += 1)
      await run([RESERVE, { ...EDIT, patch: { name: `N${round}` } }]);
    const [one, other] = await Promise.all(both);
    expect(one, "asked twice, done once").toEqual(other);
    expect(await verify()).toEqual([]);
  });

  it("says that the book is away, and a product that was never written has nothing to tell", async () => {
    const { stub } = await product(1);
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    expect(await stub.reproject()).toBeNull();
    away.mockRestore();
    const nobody = env.PRODUCT.getByName("never-written");
    expect(await nobody.reproject()).toEqual({ version: 0, eventsSent: 0, reservations: 0 });
    expect(await nobody.audit()).toMatchObject({ version: 0, product: null });
  });
});
