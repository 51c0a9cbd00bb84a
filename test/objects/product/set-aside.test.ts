/** Events that the book will never take: they are set aside, everything else goes on, and a reprojection mends them. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";
import { verifyProduct } from "../../../src/verify/verify-product";
import type { Command, Envelope, Result } from "../../../src/domain/command";
import { MAX_EVENTS_PER_JOURNAL_ROW, MAX_SET_ASIDE_TOLD } from "../../../src/limits";

const CREATE: Command = { verb: "create", fields: {}, initial: { locationId: "main", quantity: 5000 } };
const RESERVE: Command = { verb: "reserve", quantity: 1, locationIds: [], anyLocation: true, ttlSeconds: 60 };
/** What the released code took with 201. */
const POISON: Command = { ...RESERVE, metadata: nested(999) };

function nested(levels: number): Record<string, unknown> {
  return JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`) as Record<string, unknown>;
}

let made = 0;

function product() {
  made += 1;
  const productId = `aside-${made}`;
  const stub = env.PRODUCT.getByName(productId);
  const run = (...commands: Command[]) => {
    const envelopes = commands.map((command): Envelope => ({ command, actor: "test", clamped: false }));
    return stub.execute(envelopes) as Promise<Result[]>;
  };
  const verify = async () => {
    const found = await verifyProduct(env.BOOK, productId, stub);
    if (!found) throw new Error("nobody knows the product");
    return found;
  };
  const setAside = () =>
    runInDurableObject(stub, (_, { storage }) =>
      storage.sql
        .exec<{ version: number }>("SELECT version FROM set_aside ORDER BY version")
        .toArray()
        .map(({ version }) => version),
    );
  return { productId, stub, run, verify, setAside };
}

function ulidOf(result: Result | undefined): string {
  if (!result?.ok) throw new Error(JSON.stringify(result));
  return (JSON.parse(result.body) as { reservationId: string }).reservationId.split("~")[1] ?? "";
}

async function bookVersions(productId: string): Promise<number[]> {
  const { results } = await env.BOOK.prepare(
    "SELECT version FROM events WHERE product_id = ? ORDER BY offset",
  )
    .bind(productId)
    .all<{ version: number }>();
  return results.map(({ version }) => version);
}

function reservations(productId: string) {
  return env.BOOK.prepare("SELECT state, metadata, version FROM reservations WHERE product_id = ? ORDER BY 3")
    .bind(productId)
    .all<{ state: string; metadata: string | null; version: number }>();
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("an event that the book will never take", () => {
  let log: MockInstance<typeof console.error>;
  const logged = (what: string) => log.mock.calls.filter(([line]) => String(line).includes(what)).length;

  beforeEach(() => {
    // Ahead of the real clock: no alarm comes unless a test runs it.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 48 * 3_600_000 });
    log = vi.spyOn(console, "error").mockReturnValue(undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("is set aside and logged; what comes before and after it is in the book, stock and reservations too", async () => {
    const { productId, stub, run, setAside } = product();
    await run(CREATE, RESERVE, POISON, RESERVE);
    await stub.wake();
    expect(await bookVersions(productId)).toEqual([1, 2, 3, 5]);
    expect(await setAside()).toEqual([4]);
    expect(logged("event set aside")).toBe(1);
    expect(await stub.wake(), "and the product goes on").toEqual({ version: 5, acknowledgedVersion: 5 });
    await run(RESERVE);
    await stub.wake();
    expect(await bookVersions(productId)).toEqual([1, 2, 3, 5, 6]);
    const row = await env.BOOK.prepare("SELECT version, reserved FROM products WHERE product_id = ?")
      .bind(productId)
      .first();
    expect(row).toEqual({ version: 6, reserved: 4 });
    expect((await reservations(productId)).results.map(({ version }) => version)).toEqual([3, 5, 6]);
    expect(logged("event set aside"), "it was never sent again").toBe(1);
  });

  it("does not hold up the others of its batch: they are there by the same pass", async () => {
    const [bad, good] = [product(), product()];
    await Promise.all([bad.run(CREATE, POISON), good.run(CREATE, RESERVE)]);
    await Promise.all([bad.stub.wake(), good.stub.wake()]);
    expect(await bookVersions(good.productId)).toEqual([1, 2, 3]);
    expect(await bookVersions(bad.productId)).toEqual([1, 2]);
    expect(logged("book not reached"), "nobody backed off").toBe(0);
  });

  it("many of them in a long journal cost what is beside them neither order nor place", async () => {
    const { productId, stub, run, setAside } = product();
    await run(CREATE);
    await stub.wake();
    vi.spyOn(env.BOOK, "batch").mockRejectedValueOnce(new Error("away"));
    const poisoned = new Set([3, 4, 50, 77, 199, 200]);
    await run(
      ...upTo(200)
        .slice(2)
        .map((version) => (poisoned.has(version) ? POISON : RESERVE)),
    );
    await stub.wake();
    await stub.wake();
    expect(await bookVersions(productId)).toEqual(upTo(200).filter((version) => !poisoned.has(version)));
    expect(await setAside()).toEqual([...poisoned]);
  });

  it("is found among the events of one journal row", async () => {
    const { productId, stub, run, setAside } = product();
    const [, held] = await run(CREATE, POISON);
    const holds = await run(...Array.from({ length: 30 }, () => RESERVE));
    await stub.wake();
    expect(await setAside()).toEqual([3]);
    vi.setSystemTime(Date.now() + 61_000);
    // All of them expire in one row, the poisoned one too; its metadata is no longer read.
    await stub.wake();
    const all = upTo(2 + 1 + 30 + 31).filter((version) => version !== 3);
    expect(await bookVersions(productId)).toEqual(all);
    expect(held?.ok && holds.every(({ ok }) => ok)).toBe(true);
    const { results } = await reservations(productId);
    expect(results).toHaveLength(31);
    expect(results.every(({ state, metadata }) => state === "expired" && metadata === null)).toBe(true);
  });

  it("in a row of many events the others of that row reach the book", async () => {
    const { productId, stub, run, setAside } = product();
    await run(CREATE, RESERVE);
    await stub.wake();
    await runInDurableObject(stub, (_, { storage }) => {
      const event = (version: number, deep: boolean) => {
        const data = deep ? { metadata: nested(999) } : {};
        const at = "2026-01-02T03:04:05.678Z";
        return JSON.stringify({
          type: "product.updated",
          productId,
          version,
          at,
          actor: "t",
          data,
          level: null,
        });
      };
      const events = upTo(MAX_EVENTS_PER_JOURNAL_ROW).map((index) => event(index + 3, index === 7));
      const last = MAX_EVENTS_PER_JOURNAL_ROW + 3;
      storage.sql.exec(
        `INSERT INTO journal (seq, version, at_ms, settled_seq, catalog, event_count, events)
         SELECT seq + 1, ?, at_ms, seq, 0, ?, ? FROM journal ORDER BY seq DESC LIMIT 1`,
        last,
        events.length,
        events.join(","),
      );
    });
    await evictDurableObject(stub);
    await vi.waitFor(
      async () => expect((await stub.wake()).acknowledgedVersion).toBe(MAX_EVENTS_PER_JOURNAL_ROW + 3),
      {
        timeout: 15_000,
        interval: 500,
      },
    );
    expect(await setAside()).toEqual([10]);
    expect(await bookVersions(productId)).toEqual(
      upTo(MAX_EVENTS_PER_JOURNAL_ROW + 3).filter((version) => version !== 10),
    );
  });

  it("a journal that was poisoned long ago recovers by its alarm alone", async () => {
    const { productId, stub, run, setAside } = product();
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    await run(CREATE, RESERVE, POISON, POISON, RESERVE);
    await evictDurableObject(stub);
    away.mockRestore();
    await runDurableObjectAlarm(stub);
    await vi.waitFor(async () => expect(await bookVersions(productId)).toEqual([1, 2, 3, 6]), 10_000);
    await vi.waitFor(async () => expect(await setAside()).toEqual([4, 5]), 10_000);
  });

  it("an outage while it is looked for sets nothing aside, and is tried again", async () => {
    const { productId, stub, run, setAside } = product();
    await run(CREATE);
    await stub.wake();
    const away = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("away"));
    await run(RESERVE, POISON, RESERVE);
    await stub.wake();
    expect(await setAside()).toEqual([]);
    away.mockRestore();
    await evictDurableObject(stub);
    await stub.wake();
    await vi.waitFor(async () => expect(await bookVersions(productId)).toEqual([1, 2, 3, 5]));
    expect(await setAside()).toEqual([4]);
  });

  it("a product row that the book refuses keeps no event from it", async () => {
    const { productId, stub, run, setAside } = product();
    const attributes = { deep: nested(1200) } as never;
    await run({ ...CREATE, fields: { attributes } } as Command, RESERVE);
    await stub.wake();
    expect(await bookVersions(productId)).toEqual([2, 3]);
    expect(await setAside()).toEqual([1]);
    expect(logged("product row not taken")).toBeGreaterThan(0);
    expect(await stub.reproject(), "there is nothing that could be left out").toBeNull();
    expect(await setAside()).toEqual([1]);
    await run({ verb: "edit", patch: { attributes: { deep: null } } }, RESERVE);
    await stub.wake();
    expect(await bookVersions(productId)).toEqual([2, 3, 4, 5]);
    const row = await env.BOOK.prepare("SELECT version, reserved FROM products WHERE product_id = ?")
      .bind(productId)
      .first();
    expect(row).toEqual({ version: 5, reserved: 2 });
  });

  it("is listed by verify with its reason, and mended by reproject for good", async () => {
    const { productId, stub, run, verify, setAside } = product();
    const [, poisoned] = await run(CREATE, POISON, RESERVE, POISON);
    await stub.wake();
    const { differences } = await verify();
    for (const version of [3, 5]) {
      const versions = { fromVersion: version, toVersion: version };
      expect(differences).toContainEqual({ what: "set_aside", ...versions, object: "malformed JSON" });
      expect(differences).toContainEqual({ what: "event", ...versions });
    }
    for (const _ of [1, 2]) {
      expect(await stub.reproject()).toMatchObject({ version: 5, eventsSent: 5 });
      expect((await verify()).differences).toEqual([]);
      expect(await setAside()).toEqual([]);
    }
    const { results } = await env.BOOK.prepare(
      "SELECT version, body ->> '$.data.metadataRemoved' AS removed FROM events WHERE product_id = ? ORDER BY version",
    )
      .bind(productId)
      .all();
    expect(results.map((row) => row["removed"])).toEqual([null, null, 1, null, 1]);
    await run({ verb: "release", ulid: ulidOf(poisoned) });
    await stub.wake();
    expect((await verify()).differences).toEqual([]);
    await evictDurableObject(stub);
    await stub.wake();
    expect(await setAside(), "nor is it sent again after a start").toEqual([]);
  });

  it("is mended when its journal row is long gone", async () => {
    const { stub, run, verify, setAside } = product();
    await run(CREATE, POISON, RESERVE);
    await stub.wake();
    await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("DELETE FROM journal WHERE seq < (SELECT MAX(seq) FROM journal)"),
    );
    expect(await stub.reproject()).toMatchObject({ version: 4, eventsSent: 2 });
    expect((await verify()).differences).toEqual([]);
    expect(await setAside()).toEqual([]);
  });

  it("of very many verify tells the first and the number", async () => {
    const { stub, run, verify } = product();
    await run(CREATE);
    await stub.wake();
    await runInDurableObject(stub, (_, { storage }) => {
      for (const version of upTo(MAX_SET_ASIDE_TOLD + 50)) {
        storage.sql.exec("INSERT INTO set_aside VALUES (?, '{}', 'some reason', 0)", version + 1000);
      }
    });
    const audit = await stub.audit();
    expect(audit.setAside).toHaveLength(MAX_SET_ASIDE_TOLD);
    expect(audit.setAsideCount).toBe(MAX_SET_ASIDE_TOLD + 50);
    const { differences, differenceCount } = await verify();
    expect(differences).toHaveLength(MAX_SET_ASIDE_TOLD);
    expect(differenceCount).toBe(MAX_SET_ASIDE_TOLD + 50);
  });

  it("a poisoned hold shows in the book again with its next event, without what was too deep", async () => {
    const { productId, stub, run, setAside } = product();
    const [, poisoned] = await run(CREATE, POISON);
    await stub.wake();
    await run({ verb: "extend", ulid: ulidOf(poisoned), ttlSeconds: 90 });
    await stub.wake();
    expect(await setAside()).toEqual([3]);
    expect((await reservations(productId)).results).toEqual([{ state: "held", metadata: null, version: 4 }]);
    const read = await stub.read({ view: "reservation", ulid: ulidOf(poisoned), clamped: false });
    expect(JSON.parse(read.ok ? read.body : "")).toMatchObject({ metadata: null, state: "held" });
  });
});
