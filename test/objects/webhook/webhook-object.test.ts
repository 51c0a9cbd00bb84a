/** The object itself: what survives a restart, what the alarm does, what the book is told. */
import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BookEntry } from "../../../src/d1/projection";
import {
  DRAIN_ALARM_MS,
  MAX_DELIVERIES_KEPT,
  WEBHOOK_CHECK_MS,
  WEBHOOK_MAX_FAILURES,
  WEBHOOK_SECRET_OVERLAP_MS,
} from "../../../src/limits";
import { newReceiver, offsetsOf, openTheWorld, verify, type Receiver } from "../../receiver/receiver";

const ACTOR = "key:test";
let made = 0;

function newWebhookId(): string {
  made += 1;
  return `wh_${String(made).padStart(26, "0")}`;
}

async function ends() {
  const row = await env.BOOK.prepare(
    "SELECT MIN(offset) AS oldest, MAX(offset) AS newest FROM events",
  ).first();
  return row as { oldest: number | null; newest: number | null };
}

async function make(receiver: Receiver, more: { productIds?: string[]; fromOffset?: number } = {}) {
  const webhookId = newWebhookId();
  const stub = env.WEBHOOK.getByName(webhookId);
  const settings = { url: receiver.url, types: null, productIds: null, description: null, ...more };
  const answer = await stub.create(settings, { ends: await ends(), actor: ACTOR });
  if (!answer.ok) return expect.fail(answer.reason);
  const { secret } = JSON.parse(answer.body) as { secret: string };
  return { webhookId, stub, secret };
}

async function viewOf(webhookId: string) {
  const text = await env.WEBHOOK.getByName(webhookId).view(await ends());
  return JSON.parse(text ?? "null") as Record<string, unknown>;
}

/** Puts events into the book as a product's object would; answers their offsets. */
async function write(productId: string, versions: number[]): Promise<number[]> {
  const events = versions.map((version) => ({
    id: `${productId}:${version}`,
    type: "product.updated",
    productId,
    version,
    at: "2026-01-02T03:04:05.678Z",
    actor: "t",
    data: {},
    level: null,
  }));
  const entry: BookEntry = {
    productId,
    events: events.map((event) => JSON.stringify(event)).join(","),
    fromVersion: (versions[0] ?? 1) - 1,
    toVersion: versions.at(-1) ?? 0,
    stock: null,
    catalog: null,
  };
  expect(await env.LEDGER.getByName("ledger:0").append(entry)).toEqual({ ok: true });
  const rows = await env.BOOK.prepare("SELECT offset FROM events WHERE product_id = ? AND version >= ?")
    .bind(productId, versions[0])
    .all<{ offset: number }>();
  return rows.results.map(({ offset }) => offset);
}

async function disablings(webhookId: string) {
  const rows = await env.BOOK.prepare("SELECT version, body FROM events WHERE product_id = ? ORDER BY offset")
    .bind(`webhook:${webhookId}`)
    .all<{ version: number; body: string }>();
  return rows.results.map(({ version, body }) => ({
    version,
    data: (JSON.parse(body) as { data: Record<string, unknown> }).data,
  }));
}

function alarmAt(webhookId: string): Promise<number | null> {
  return runInDurableObject(env.WEBHOOK.getByName(webhookId), (_, { storage }) => storage.getAlarm());
}

const refuse = () => new Response(null, { status: 500 });
const accept = () => new Response(null, { status: 204 });

let log = vi.spyOn(console, "error");
beforeEach(() => {
  openTheWorld();
  log = vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a webhook's object", () => {
  it("answers the ledger at once, whatever its endpoint does", async () => {
    const receiver = newReceiver(() => new Promise<Response>(() => {}));
    const { stub } = await make(receiver);
    await write("slow", [1, 2]);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
    const startedAt = performance.now();
    expect(await stub.bookGrew()).toMatchObject({
      listening: true,
      wants: { types: null, productIds: null },
    });
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it("asks not to be told when it is disabled or nobody made it, and leaves no trace then", async () => {
    const { stub } = await make(newReceiver());
    await stub.edit({ status: "disabled" }, { ends: null, actor: ACTOR });
    expect(await stub.bookGrew()).toEqual({ listening: false });
    const unknown = env.WEBHOOK.getByName(newWebhookId());
    expect(await unknown.bookGrew()).toEqual({ listening: false });
    expect(await unknown.forget()).toBe(false);
    await runInDurableObject(unknown, async (object, { storage }) => {
      await object.alarm();
      expect(storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'webhook'").toArray()).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it("finds by its alarm what nobody told it of", async () => {
    const receiver = newReceiver();
    const follow = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("the ledger is away")));
    const ledger = vi.spyOn(env.LEDGER, "getByName").mockReturnValue({ follow, append: follow } as never);
    const { webhookId, stub } = await make(receiver, { productIds: ["untold"] });
    await vi.waitFor(() => expect(follow).toHaveBeenCalled());
    ledger.mockRestore();
    const due = (await alarmAt(webhookId)) ?? 0;
    expect(due - Date.now()).toBeLessThanOrEqual(WEBHOOK_CHECK_MS);
    const offsets = await write("untold", [1]);
    await scheduler.wait(200);
    expect(receiver.received).toEqual([]);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(offsetsOf(receiver)).toEqual(offsets);
    expect(await alarmAt(webhookId)).toBeGreaterThan(Date.now());
    const more = await write("untold", [2]);
    await vi.waitFor(() => expect(offsetsOf(receiver)).toEqual([...offsets, ...more]));
  });

  it("goes on after an eviction where it was, with its failures counted on", async () => {
    const receiver = newReceiver(refuse);
    const { webhookId, stub, secret } = await make(receiver, { productIds: ["evicted"] });
    const offsets = await write("evicted", [1, 2, 3]);
    await vi.waitFor(async () => expect(await viewOf(webhookId)).toMatchObject({ consecutiveFailures: 1 }));
    await evictDurableObject(stub);
    expect(await viewOf(webhookId)).toMatchObject({ consecutiveFailures: 1, nextOffset: offsets[0] });
    receiver.answer = accept;
    await vi.waitFor(async () => expect(await viewOf(webhookId)).toMatchObject({ behind: 0 }), 5000);
    expect(offsetsOf(receiver)).toEqual(offsets);
    expect(receiver.received).toHaveLength(4);
    for (const received of receiver.received) verify(secret, received);
  });

  it("that dies in the middle of a delivery sends that again, and skips nothing", async () => {
    const stuck = Promise.withResolvers<Response>();
    const receiver = newReceiver((_, nth) => (nth === 2 ? stuck.promise : accept()));
    const { webhookId } = await make(receiver, { productIds: ["dying"] });
    const offsets = await write("dying", [1, 2, 3]);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    await abortAllDurableObjects();
    // No call but the alarm's: by itself, it goes on.
    expect(await runDurableObjectAlarm(env.WEBHOOK.getByName(webhookId))).toBe(true);
    await vi.waitFor(async () => expect(await viewOf(webhookId)).toMatchObject({ behind: 0 }), 5000);
    const [first, second, third] = offsets;
    const sent = receiver.received.map(({ message }) => message.data.offset);
    expect(sent).toEqual([first, second, second, third]);
  });

  it("is armed again when a start finds no alarm", async () => {
    const { webhookId, stub } = await make(newReceiver());
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(stub);
    await viewOf(webhookId);
    expect(await alarmAt(webhookId)).toBeGreaterThan(Date.now());
  });

  it("keeps the last thousand deliveries", async () => {
    const { stub } = await make(newReceiver());
    const kept = await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec(
        `INSERT INTO deliveries SELECT value, value, 'x:1', 'stock.low', 1, 1, 200, NULL, 1, 1
         FROM json_each(?)`,
        JSON.stringify(Array.from({ length: MAX_DELIVERIES_KEPT }, (_row, index) => index + 1)),
      );
      return storage.sql.exec("SELECT COUNT(*) AS n FROM deliveries").one();
    });
    expect(kept).toEqual({ n: MAX_DELIVERIES_KEPT });
    const [offset] = await write("kept", [1]);
    await vi.waitFor(async () => expect((await stub.deliveries(1))?.[0]?.delivery.offset).toBe(offset));
    const rows = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT COUNT(*) AS n, MIN(seq) AS first FROM deliveries").one(),
    );
    expect(rows).toEqual({ n: MAX_DELIVERIES_KEPT, first: 2 });
  });

  it("forgets idempotency keys when they are old enough", async () => {
    const { stub } = await make(newReceiver());
    const key = { id: "cred:k", fingerprint: "f" };
    const asked = { ends: null, actor: ACTOR, key };
    const once = await stub.edit({ rotateSecret: true }, asked);
    expect(await stub.edit({ rotateSecret: true }, asked)).toEqual({ ...once, replayed: true });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 + 1 });
    await runDurableObjectAlarm(stub);
    const rows = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT COUNT(*) AS n FROM keys").one(),
    );
    expect(rows).toEqual({ n: 0 });
    const later = await stub.edit({ rotateSecret: true }, asked);
    expect(later).toMatchObject({ ok: true, replayed: false });
    expect(later).not.toEqual(once);
  });

  it("signs with an old secret for a day, and then with the new one alone", async () => {
    const receiver = newReceiver();
    const { stub, secret } = await make(receiver);
    await stub.edit({ rotateSecret: true }, { ends: null, actor: ACTOR });
    await stub.sendTest();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + WEBHOOK_SECRET_OVERLAP_MS });
    await stub.sendTest();
    const [during = expect.fail("nothing"), after = expect.fail("nothing")] = receiver.received;
    expect(after.headers["webhook-signature"]).toMatch(/^v1,\S+$/);
    expect(() => verify(secret, after)).toThrow();
    vi.useRealTimers();
    verify(secret, during);
  });

  it("never throws in its alarm, and is armed afterwards", async () => {
    const { webhookId, stub } = await make(newReceiver());
    await runInDurableObject(stub, async (object, { storage }) => {
      storage.sql.exec("DROP TABLE keys");
      await object.alarm();
    });
    expect(await alarmAt(webhookId)).not.toBeNull();
    expect(log.mock.calls.join()).toContain('"what":"alarm"');
  });

  it("rolls back what throws, and is what it was", async () => {
    const { webhookId, stub } = await make(newReceiver());
    const before = await viewOf(webhookId);
    await runInDurableObject(stub, (object, { storage }) => {
      storage.sql.exec("DROP TABLE announcements");
      const asked = { ends: null, actor: ACTOR };
      expect(() => object.edit({ status: "disabled" }, asked)).toThrow(/no such table/);
      storage.sql.exec("CREATE TABLE announcements (n INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT");
    });
    expect(await viewOf(webhookId)).toEqual(before);
  });

  it("says nothing of its secret in the log", async () => {
    const { stub, secret } = await make(newReceiver(refuse));
    await write("logged", [1]);
    await stub.edit({ status: "disabled", rotateSecret: true }, { ends: null, actor: ACTOR });
    const logged = log.mock.calls.join("\n");
    expect(logged).not.toContain("whsec_");
    expect(logged).not.toContain(secret);
  });
});

describe("a webhook that is disabled", () => {
  /** Lets it fail until it gives up, an alarm at a time. */
  async function failUntilDisabled(stub: DurableObjectStub, webhookId: string) {
    for (let nth = 1; nth < WEBHOOK_MAX_FAILURES; nth += 1) {
      expect(await viewOf(webhookId)).toMatchObject({ status: "active", consecutiveFailures: nth });
      vi.setSystemTime(Date.now() + 3_600_000);
      await runDurableObjectAlarm(stub);
    }
    expect(await viewOf(webhookId)).toMatchObject({
      status: "disabled",
      disabledReason: "repeated_failure",
      consecutiveFailures: WEBHOOK_MAX_FAILURES,
    });
  }

  it("has failed fifteen times; the book says so exactly once; each further time has the next version", async () => {
    const receiver = newReceiver(refuse);
    const { webhookId, stub } = await make(receiver, { productIds: ["failing"] });
    vi.useFakeTimers({ toFake: ["Date"] });
    const offsets = await write("failing", [1, 2]);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
    await failUntilDisabled(stub, webhookId);
    expect(receiver.received).toHaveLength(WEBHOOK_MAX_FAILURES);
    await vi.waitFor(async () => expect(await disablings(webhookId)).toHaveLength(1));
    const data = { reason: "repeated_failure", failures: WEBHOOK_MAX_FAILURES, nextOffset: offsets[0] };
    expect(await disablings(webhookId)).toMatchObject([{ version: 1, data }]);
    expect(await stub.bookGrew()).toEqual({ listening: false });

    await stub.edit({ status: "active" }, { ends: null, actor: ACTOR });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(WEBHOOK_MAX_FAILURES + 1));
    await stub.edit({ status: "disabled" }, { ends: null, actor: ACTOR });
    await vi.waitFor(async () => expect(await disablings(webhookId)).toHaveLength(2));
    expect((await disablings(webhookId)).map(({ version }) => version)).toEqual([1, 2]);

    receiver.answer = accept;
    await stub.edit({ status: "active" }, { ends: null, actor: ACTOR });
    await vi.waitFor(async () => expect(await viewOf(webhookId)).toMatchObject({ behind: 0 }));
    expect(offsetsOf(receiver)).toEqual(offsets);
  });

  it("tells the book when it can be told, after a restart too, and once", async () => {
    const { webhookId, stub } = await make(newReceiver());
    const batch = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("the book is away"));
    await stub.edit({ status: "disabled" }, { ends: null, actor: ACTOR });
    await vi.waitFor(() => expect(batch).toHaveBeenCalled());
    await scheduler.wait(50);
    await evictDurableObject(stub);
    // The book is still away, and nothing but this keeps the object going now.
    await runDurableObjectAlarm(stub);
    expect(await alarmAt(webhookId)).toBeLessThanOrEqual(Date.now() + DRAIN_ALARM_MS);
    expect(await alarmAt(webhookId)).toBeGreaterThan(0);
    batch.mockRestore();
    expect(await disablings(webhookId)).toEqual([]);
    await runDurableObjectAlarm(stub);
    expect(await disablings(webhookId)).toHaveLength(1);
    await runDurableObjectAlarm(stub);
    expect(await disablings(webhookId)).toHaveLength(1);
  });

  it("is recalled by its ledger as soon as the book is back, long before its own next try", async () => {
    const { webhookId, stub } = await make(newReceiver());
    // No back-off ends by itself in this test.
    vi.spyOn(Math, "random").mockReturnValue(1000);
    const batch = vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("the book is away"));
    await stub.edit({ status: "disabled" }, { ends: null, actor: ACTOR });
    await vi.waitFor(() => expect(batch).toHaveBeenCalled());
    await scheduler.wait(50);
    expect(await alarmAt(webhookId)).toBeLessThan(Date.now() + DRAIN_ALARM_MS);
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm());
    batch.mockRestore();
    await vi.waitFor(async () => expect(await disablings(webhookId)).toHaveLength(1), 5000);
  });

  it("sends it again when it was not told that the book has it, which changes nothing", async () => {
    const { webhookId, stub } = await make(newReceiver());
    await stub.edit({ status: "disabled" }, { ends: null, actor: ACTOR });
    await vi.waitFor(async () => expect(await disablings(webhookId)).toHaveLength(1));
    const event = await env.BOOK.prepare("SELECT body FROM events WHERE product_id = ?")
      .bind(`webhook:${webhookId}`)
      .first<string>("body");
    await scheduler.wait(100);
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("INSERT INTO announcements VALUES (1, ?)", event);
    });
    await evictDurableObject(stub);
    await viewOf(webhookId);
    await runDurableObjectAlarm(stub);
    expect(await disablings(webhookId)).toHaveLength(1);
    const left = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT COUNT(*) AS n FROM announcements").one(),
    );
    expect(left).toEqual({ n: 0 });
  });

  it("and deleted before the book knows tells it first", async () => {
    const { webhookId, stub } = await make(newReceiver());
    await runInDurableObject(stub, async (object) => {
      object.edit({ status: "disabled" }, { ends: null, actor: ACTOR });
      expect(await object.forget()).toBe(true);
    });
    expect(await disablings(webhookId)).toHaveLength(1);
    expect(await viewOf(webhookId)).toBeNull();
    expect(await alarmAt(webhookId)).toBeNull();
  });
});
