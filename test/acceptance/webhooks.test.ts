/** Endpoints that are sent the book's events: made, read, changed, deleted; what reaches them, and in what order. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_WEBHOOKS } from "../../src/limits";
import { newReceiver, offsetsOf, openTheWorld, verify, type Receiver } from "../receiver/receiver";
import {
  ADMIN,
  call,
  eventually,
  events,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newProduct,
  receive,
  sleep,
  STAFF,
} from "./api";
import type { CallOptions } from "./api";

interface Webhook {
  webhookId: string;
  url: string;
  types: string[] | null;
  productIds: string[] | null;
  description: string | null;
  status: string;
  disabledReason: string | null;
  nextOffset: number;
  behind: number | null;
  missedEvents: { from: number; to: number } | null;
  consecutiveFailures: number;
  nextAttemptAt: string | null;
  lastDeliveredAt: string | null;
  createdAt: string;
  updatedAt: string;
  secret?: string;
}

interface Delivery {
  deliveryId: string;
  offset: number;
  eventId: string;
  eventType: string;
  attempt: number;
  outcome: string;
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
  at: string;
}

const admin = <T>(request: string, body?: unknown, options: CallOptions = {}) =>
  call<T>(request, { key: ADMIN, ...(body !== undefined && { body }), ...options });

async function create(body: object): Promise<Webhook & { secret: string }> {
  const made = expectStatus(await admin<Webhook>("POST /v1/webhooks", body), 201);
  return { ...made, secret: made.secret ?? expect.fail("no secret in the answer") };
}

async function get(webhookId: string): Promise<Webhook> {
  return expectStatus(await admin<Webhook>(`GET /v1/webhooks/${webhookId}`), 200);
}

const patch = (webhookId: string, body: object) => admin<Webhook>(`PATCH /v1/webhooks/${webhookId}`, body);

function caughtUp(webhookId: string, seconds = 10): Promise<Webhook> {
  return eventually(
    () => get(webhookId),
    ({ behind }) => expect(behind).toBe(0),
    seconds,
  );
}

/** A product and, once the book has them, its events: one when it is made, one per receipt. */
async function productWithEvents(receipts: number) {
  const productId = await newProduct(5);
  for (let nth = 0; nth < receipts; nth += 1) await receive(productId, 1);
  return { productId, log: await history(productId) };
}

function idsAt({ received }: Receiver): string[] {
  return received.map(({ message }) => message.data.id);
}

beforeEach(openTheWorld);
afterEach(() => void vi.restoreAllMocks());

describe("a webhook", () => {
  it("is made, read, listed, changed and deleted; its secret is shown once", async () => {
    const { url } = newReceiver();
    const body = { url, types: ["stock.low"], productIds: ["A"], description: "the ERP" };
    const answer = await admin<Webhook>("POST /v1/webhooks", body);
    const { secret, ...made } = expectStatus(answer, 201);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
    expect(answer.headers.get("Location")).toBe(`/v1/webhooks/${made.webhookId}`);
    expect(made).toMatchObject({
      ...body,
      status: "active",
      disabledReason: null,
      behind: 0,
      missedEvents: null,
      consecutiveFailures: 0,
      nextAttemptAt: null,
      lastDeliveredAt: null,
      createdAt: made.updatedAt,
    });
    expect(await get(made.webhookId)).toEqual(made);
    expect(await everyItem<Webhook>("/v1/webhooks?limit=1", ADMIN)).toContainEqual(made);

    const changed = expectStatus(await patch(made.webhookId, { types: null, description: null }), 200);
    expect(changed).toMatchObject({ ...made, types: null, description: null, updatedAt: changed.updatedAt });

    expectStatus(await admin(`DELETE /v1/webhooks/${made.webhookId}`), 204);
    expectProblem(await admin(`DELETE /v1/webhooks/${made.webhookId}`), 404, "route_not_found");
    expectProblem(await admin(`GET /v1/webhooks/${made.webhookId}`), 404, "route_not_found");
    expect((await everyItem<Webhook>("/v1/webhooks", ADMIN)).map((one) => one.webhookId)).not.toContain(
      made.webhookId,
    );
  });

  it("gets every event after it was made, in order, as the log has them, and signed", async () => {
    await productWithEvents(1);
    const receiver = newReceiver();
    const { webhookId, secret, nextOffset } = await create({ url: receiver.url });
    const { productId } = await productWithEvents(3);
    await hold(productId, 2);
    await history(productId);
    const { lastDeliveredAt } = await caughtUp(webhookId);
    const log = await events({}, nextOffset);
    expect(receiver.received.map(({ message }) => message.data)).toEqual(log);
    expect(lastDeliveredAt).not.toBeNull();
    for (const received of receiver.received) {
      verify(secret, received);
      const { data, type, timestamp } = received.message;
      expect({ type, timestamp }).toEqual({ type: data.type, timestamp: log[data.offset - nextOffset]?.at });
      expect(received).toMatchObject({ id: `evt_${data.offset}`, method: "POST", redirect: "manual" });
      expect(received.headers).toMatchObject({
        "content-type": "application/json",
        "user-agent": "holdfast",
      });
    }
    const [received = expect.fail("nothing arrived")] = receiver.received;
    expect(() => verify("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", received)).toThrow();
    expect(() => verify(secret, { ...received, text: `${received.text} ` })).toThrow();
  });

  it("leaves out what its filters do not name, and is not behind for that", async () => {
    const { productId: mine, log } = await productWithEvents(0);
    const byType = newReceiver();
    const byProduct = newReceiver();
    const byBoth = newReceiver();
    const fromOffset = log[0]?.offset;
    const types = ["stock.adjusted"];
    const ids = await Promise.all([
      create({ url: byType.url, types, fromOffset }),
      create({ url: byProduct.url, productIds: [mine], fromOffset }),
      create({ url: byBoth.url, types, productIds: [mine], fromOffset }),
    ]);
    await receive(mine, 1);
    const { productId: other } = await productWithEvents(1);
    const mineNow = await history(mine);
    const otherNow = await history(other);
    for (const { webhookId } of ids) await caughtUp(webhookId);
    const adjusted = (found: typeof log) => found.filter(({ type }) => type === "stock.adjusted");
    const byOffset = [...adjusted(mineNow), ...adjusted(otherNow)].sort((a, b) => a.offset - b.offset);
    expect(idsAt(byType)).toEqual(byOffset.map(({ id }) => id));
    expect(idsAt(byProduct)).toEqual(mineNow.map(({ id }) => id));
    expect(idsAt(byBoth)).toEqual(adjusted(mineNow).map(({ id }) => id));
  });

  it("that fails gets the same message again, and nothing out of order", async () => {
    const receiver = newReceiver((_, nth) => new Response("no", { status: nth <= 2 ? 500 : 200 }));
    const { productId, log } = await productWithEvents(2);
    const { webhookId, secret } = await create({
      url: receiver.url,
      productIds: [productId],
      fromOffset: log[0]?.offset,
    });
    const failing = await eventually(
      () => get(webhookId),
      ({ consecutiveFailures }) => expect(consecutiveFailures).toBeGreaterThan(0),
    );
    expect(failing.nextOffset).toBe(log[0]?.offset);
    expect(Date.parse(failing.nextAttemptAt ?? "")).toBeGreaterThan(Date.now());
    const done = await caughtUp(webhookId, 15);
    expect(done).toMatchObject({ consecutiveFailures: 0, nextAttemptAt: null, status: "active" });
    const [first, ...rest] = log.map(({ offset }) => `evt_${offset}`);
    expect(receiver.received.map(({ id }) => id)).toEqual([first, first, first, ...rest]);
    for (const received of receiver.received) verify(secret, received);

    const deliveries = await everyItem<Delivery>(`/v1/webhooks/${webhookId}/deliveries?limit=2`, ADMIN);
    expect(deliveries.map(({ attempt, outcome, httpStatus }) => [attempt, outcome, httpStatus])).toEqual([
      ...rest.map(() => [1, "delivered", 200]),
      [3, "delivered", 200],
      [2, "failed", 500],
      [1, "failed", 500],
    ]);
    expect(deliveries.at(-1)).toMatchObject({
      offset: log[0]?.offset,
      eventId: log[0]?.id,
      eventType: "product.created",
      error: "answered 500",
    });
  });

  it.each([301, 302, 307, 308])("is not followed to where a %s leads", async (status) => {
    const elsewhere = newReceiver();
    const receiver = newReceiver((_, nth) =>
      nth === 1
        ? new Response(null, { status, headers: { Location: elsewhere.url } })
        : new Response(null, { status: 204 }),
    );
    const { log, productId } = await productWithEvents(0);
    const { webhookId } = await create({
      url: receiver.url,
      productIds: [productId],
      fromOffset: log[0]?.offset,
    });
    await caughtUp(webhookId);
    expect(receiver.received).toHaveLength(1 + log.length);
    expect(elsewhere.received).toEqual([]);
    const deliveries = await everyItem<Delivery>(`/v1/webhooks/${webhookId}/deliveries`, ADMIN);
    expect(deliveries.at(-1)).toMatchObject({ outcome: "failed", httpStatus: status });
  });

  it("that is gone is disabled at once; the book says so once; enabled again it goes on where it was", async () => {
    const receiver = newReceiver(() => new Response(null, { status: 410 }));
    const { productId, log } = await productWithEvents(1);
    const [first] = log;
    const { webhookId } = await create({
      url: receiver.url,
      productIds: [productId],
      fromOffset: first?.offset,
    });
    const told = () => events({ type: "webhook.disabled" });
    const mine = (all: Awaited<ReturnType<typeof told>>) =>
      all.filter((event) => event.productId === `webhook:${webhookId}`);
    const [event] = mine(await eventually(told, (all) => expect(mine(all)).toHaveLength(1)));
    expect(event).toMatchObject({
      id: `webhook:${webhookId}:1`,
      version: 1,
      actor: "system",
      level: null,
      data: {
        webhookId,
        host: new URL(receiver.url).host,
        reason: "gone",
        failures: 1,
        nextOffset: first?.offset,
      },
    });
    expect(await get(webhookId)).toMatchObject({
      status: "disabled",
      disabledReason: "gone",
      nextAttemptAt: null,
    });
    await receive(productId, 1);
    await history(productId);
    await sleep(300);
    expect(receiver.received).toHaveLength(1);

    receiver.answer = () => new Response("welcome back");
    const enabled = expectStatus(await patch(webhookId, { status: "active" }), 200);
    expect(enabled).toMatchObject({ status: "active", disabledReason: null, consecutiveFailures: 0 });
    await caughtUp(webhookId);
    const all = (await history(productId)).map(({ offset }) => offset);
    expect(offsetsOf(receiver)).toEqual(all);
    expect(mine(await told())).toHaveLength(1);
  });

  it("can be disabled by hand, which the book tells with who did it", async () => {
    const receiver = newReceiver();
    const { webhookId } = await create({ url: receiver.url });
    const view = expectStatus(await patch(webhookId, { status: "disabled" }), 200);
    expect(view).toMatchObject({ status: "disabled", disabledReason: "requested" });
    expectStatus(await patch(webhookId, { status: "disabled" }), 200);
    const told = await eventually(
      () => events({ type: "webhook.disabled" }),
      (all) => expect(all.map((event) => event.productId)).toContain(`webhook:${webhookId}`),
    );
    const mine = told.filter((event) => event.productId === `webhook:${webhookId}`);
    expect(mine).toHaveLength(1);
    expect(mine[0]?.actor).toMatch(/^key:/);
    await productWithEvents(0);
    await sleep(300);
    expect(receiver.received).toEqual([]);
  });

  it("moves to another URL at once, whatever it was waiting for", async () => {
    const broken = newReceiver(() => new Response(null, { status: 503, headers: { "Retry-After": "3600" } }));
    const { productId, log } = await productWithEvents(1);
    const { webhookId } = await create({
      url: broken.url,
      productIds: [productId],
      fromOffset: log[0]?.offset,
    });
    const waiting = await eventually(
      () => get(webhookId),
      ({ consecutiveFailures }) => expect(consecutiveFailures).toBe(1),
    );
    expect(Date.parse(waiting.nextAttemptAt ?? "") - Date.now()).toBeGreaterThan(3_500_000);
    const mended = newReceiver();
    expectStatus(await patch(webhookId, { url: mended.url }), 200);
    await caughtUp(webhookId);
    expect(idsAt(mended)).toEqual(log.map(({ id }) => id));
  });

  it("signs with the old and the new secret after a rotation", async () => {
    const receiver = newReceiver();
    const { webhookId, secret: old } = await create({ url: receiver.url });
    const rotation = expectStatus(await patch(webhookId, { rotateSecret: true }), 200);
    const { secret: young = "" } = rotation;
    expect(young).not.toBe(old);
    expectStatus(await admin(`POST /v1/webhooks/${webhookId}/test`, {}), 200);
    const [received = expect.fail("nothing arrived")] = receiver.received;
    expect(received.headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);
    verify(old, received);
    verify(young, received);
    expect(JSON.stringify(await get(webhookId))).not.toContain("whsec");
  });

  it("takes a secret of its maker's own", async () => {
    const secret = `whsec_${btoa("a".repeat(24))}`;
    const receiver = newReceiver();
    const { webhookId, secret: shown } = await create({ url: receiver.url, secret });
    expect(shown).toBe(secret);
    await admin(`POST /v1/webhooks/${webhookId}/test`, {});
    verify(secret, receiver.received[0] ?? expect.fail("nothing arrived"));
  });

  it("is tested beside its events: what came of it is answered, and the cursor stays", async () => {
    const receiver = newReceiver();
    const { webhookId, nextOffset } = await create({ url: receiver.url });
    const good = expectStatus(await admin(`POST /v1/webhooks/${webhookId}/test`, {}), 200);
    expect(good).toEqual({ delivered: true, httpStatus: 204, error: null, durationMs: expect.any(Number) });
    expect(receiver.received[0]?.message).toMatchObject({ type: "webhook.test", data: { webhookId } });
    receiver.answer = () => Promise.reject(new Error("connection refused"));
    const bad = expectStatus(await admin(`POST /v1/webhooks/${webhookId}/test`, {}), 200);
    expect(bad).toMatchObject({ delivered: false, httpStatus: null, error: "connection refused" });
    expect(await get(webhookId)).toMatchObject({ nextOffset, consecutiveFailures: 0, status: "active" });
  });

  it("is sent everything again from where a replay says", async () => {
    const receiver = newReceiver();
    const { productId, log } = await productWithEvents(2);
    const [first, second] = log;
    const { webhookId } = await create({
      url: receiver.url,
      productIds: [productId],
      fromOffset: first?.offset,
    });
    await caughtUp(webhookId);
    const replayed = expectStatus(
      await admin<Webhook>(`POST /v1/webhooks/${webhookId}/replay`, { fromOffset: second?.offset }),
      200,
    );
    expect(replayed.nextOffset).toBe(second?.offset);
    await caughtUp(webhookId);
    const ids = log.map(({ id }) => id);
    expect(idsAt(receiver)).toEqual([...ids, ...ids.slice(1)]);
    const ahead = await admin(`POST /v1/webhooks/${webhookId}/replay`, { fromOffset: 1_000_000 });
    expect(expectProblem(ahead, 400, "validation_failed").errors[0]?.path).toBe("body.fromOffset");
  });

  it("that is deleted is sent nothing more, even while a message is under way", async () => {
    const gate = Promise.withResolvers<Response>();
    const receiver = newReceiver(() => gate.promise);
    const { log } = await productWithEvents(2);
    const { webhookId } = await create({ url: receiver.url, fromOffset: log[0]?.offset });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
    expectStatus(await admin(`DELETE /v1/webhooks/${webhookId}`), 204);
    gate.resolve(new Response(null, { status: 204 }));
    await sleep(300);
    expect(receiver.received).toHaveLength(1);
    await runInDurableObject(env.WEBHOOK.getByName(webhookId), async (_, { storage }) => {
      expect(
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      ).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });
});

describe("idempotency keys of webhooks", () => {
  it("one key makes one webhook, with one secret; with another body it is refused", async () => {
    const { url } = newReceiver();
    const headers = { "Idempotency-Key": newId("key") };
    const once = await admin<Webhook>("POST /v1/webhooks", { url }, { headers });
    const again = await admin<Webhook>("POST /v1/webhooks", { url }, { headers });
    expectStatus(once, 201);
    expectStatus(again, 201);
    expect(again.text).toBe(once.text);
    expect(once.headers.get("Idempotency-Replayed")).toBeNull();
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(again.headers.get("Location")).toBe(once.headers.get("Location"));
    const other = await admin("POST /v1/webhooks", { url, description: "x" }, { headers });
    expectProblem(other, 422, "idempotency_key_reused");
    const mine = (await everyItem<Webhook>("/v1/webhooks", ADMIN)).filter((one) => one.url === url);
    expect(mine).toHaveLength(1);
  });

  it("many at once with one key make one webhook", async () => {
    const { url } = newReceiver();
    const headers = { "Idempotency-Key": newId("key") };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => admin<Webhook>("POST /v1/webhooks", { url }, { headers })),
    );
    expect(new Set(answers.map((answer) => expectStatus(answer, 201).webhookId)).size).toBe(1);
  });

  it("a rotation, a test and a replay each have one effect", async () => {
    const receiver = newReceiver();
    const { webhookId, nextOffset } = await create({ url: receiver.url });
    const steps: [request: string, body: object][] = [
      [`PATCH /v1/webhooks/${webhookId}`, { rotateSecret: true }],
      [`POST /v1/webhooks/${webhookId}/test`, {}],
      [`POST /v1/webhooks/${webhookId}/replay`, { fromOffset: nextOffset }],
    ];
    for (const [request, body] of steps) {
      const headers = { "Idempotency-Key": newId("key") };
      const once = await admin(request, body, { headers });
      expectStatus(once, 200);
      const again = await admin(request, body, { headers });
      expect([again.text, again.headers.get("Idempotency-Replayed")]).toEqual([once.text, "true"]);
    }
    expect(receiver.received).toHaveLength(1);
  });
});

describe("requests about webhooks", () => {
  it.each([
    { body: { url: "http://hooks.example.com" }, path: "body.url" },
    { body: { url: "https://127.0.0.1/in" }, path: "body.url" },
    { body: { url: "https://user:pass@hooks.example.com" }, path: "body.url" },
    { body: { url: "http://localhost:9/in" }, path: "body.url" },
    { body: { url: "hooks" }, path: "body.url" },
    { body: {}, path: "body.url" },
    { body: { url: "https://a.example.com", types: [] }, path: "body.types" },
    { body: { url: "https://a.example.com", types: ["stock.lo"] }, path: "body.types[0]" },
    { body: { url: "https://a.example.com", productIds: [] }, path: "body.productIds" },
    { body: { url: "https://a.example.com", productIds: ["a b"] }, path: "body.productIds[0]" },
    { body: { url: "https://a.example.com", fromOffset: -1 }, path: "body.fromOffset" },
    { body: { url: "https://a.example.com", fromOffset: 1_000_000 }, path: "body.fromOffset" },
    { body: { url: "https://a.example.com", colour: "red" }, path: "body.colour" },
    { body: { url: "https://a.example.com", secret: "secret" }, path: "body.secret" },
    { body: { url: "https://a.example.com", secret: `whsec_${btoa("short")}` }, path: "body.secret" },
    { body: { url: "https://a.example.com", secret: `whsec_${btoa("a".repeat(65))}` }, path: "body.secret" },
    { body: { url: "https://a.example.com", secret: `whsec_!${btoa("a".repeat(24))}` }, path: "body.secret" },
  ])("with a bad $path are refused: $body", async ({ body, path }) => {
    const before = await everyItem<Webhook>("/v1/webhooks", ADMIN);
    const { errors } = expectProblem(await admin("POST /v1/webhooks", body), 400, "validation_failed");
    expect(errors.map((error) => error.path)).toContain(path);
    const rows = await env.BOOK.prepare("SELECT COUNT(*) AS n FROM webhooks").first();
    expect(rows).toEqual({ n: before.length });
  });

  it("a patch is checked like a new one", async () => {
    const { webhookId } = await create({ url: newReceiver().url });
    for (const body of [
      { url: "https://10.0.0.1" },
      { status: "paused" },
      { secret: "whsec_x" },
      { types: [] },
    ]) {
      expectProblem(await patch(webhookId, body), 400, "validation_failed");
    }
  });

  it("an offset that the book no longer has is 410, with the oldest that it has", async () => {
    const { log } = await productWithEvents(3);
    const { webhookId } = await create({ url: newReceiver().url });
    const oldestOffset = log[1]?.offset;
    await env.BOOK.prepare("DELETE FROM events WHERE offset < ?").bind(oldestOffset).run();
    const early = await admin("POST /v1/webhooks", { url: newReceiver().url, fromOffset: 1 });
    expect(expectProblem(early, 410, "offset_expired")).toMatchObject({ oldestOffset });
    const replay = await admin(`POST /v1/webhooks/${webhookId}/replay`, { fromOffset: 1 });
    expect(expectProblem(replay, 410, "offset_expired")).toMatchObject({ oldestOffset });
  });

  it.each([
    ["GET", ""],
    ["PATCH", ""],
    ["DELETE", ""],
    ["POST", "/test"],
    ["POST", "/replay"],
    ["GET", "/deliveries"],
  ])("%s %s of an unknown webhook is 404 and leaves no trace", async (method, rest) => {
    const body =
      method === "GET" || method === "DELETE" ? undefined : rest === "/replay" ? { fromOffset: 1 } : {};
    const webhookId = "wh_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const headers = { "Idempotency-Key": newId("key") };
    for (const id of [webhookId, "nothing", "wh_1"]) {
      const answer = await admin(`${method} /v1/webhooks/${id}${rest}`, body, { headers });
      const { detail } = expectProblem(answer, 404, "route_not_found");
      expect(detail).toContain(id);
    }
    await runInDurableObject(env.WEBHOOK.getByName(webhookId), async (_, { storage }) => {
      expect(
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      ).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it("are for admins only", async () => {
    for (const request of ["GET /v1/webhooks", "POST /v1/webhooks", "GET /v1/webhooks/x/deliveries"]) {
      const answer = await call(request, { key: STAFF, ...(request.startsWith("POST") && { body: {} }) });
      expectProblem(answer, 403, "forbidden");
    }
  });

  it("lists leave out what was never made, and there may be no more than the limit", async () => {
    const before = await everyItem<Webhook>("/v1/webhooks", ADMIN);
    const insert = env.BOOK.prepare(
      "INSERT INTO webhooks (webhook_id, created_at_ms) SELECT 'wh_01ARZ3NDEKTSV4RRFFQ69G' || printf('%04d', value), ? FROM json_each(?)",
    );
    const spare = Array.from({ length: MAX_WEBHOOKS - before.length }, (_, index) => index);
    await insert.bind(Date.now(), JSON.stringify(spare)).run();
    expect(await everyItem<Webhook>("/v1/webhooks", ADMIN)).toEqual(before);
    const { url } = newReceiver();
    const refused = expectProblem(await admin("POST /v1/webhooks", { url }), 400, "validation_failed");
    expect(refused.errors[0]?.code).toBe("too_many_webhooks");
    await env.BOOK.prepare("UPDATE webhooks SET created_at_ms = 1 WHERE webhook_id LIKE 'wh_01ARZ3%'").run();
    await create({ url });
    const rows = await env.BOOK.prepare("SELECT COUNT(*) AS n FROM webhooks").first();
    expect(rows).toEqual({ n: before.length + 1 });
  });
});
