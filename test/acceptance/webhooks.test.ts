/** Endpoints that are sent the book's events: what reaches them, in what order, and what happens when they fail. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebhookObject } from "../../src/objects/webhook/webhook-object";
import { newReceiver, offsetsOf, openTheWorld, verify, type Receiver } from "../receiver/receiver";
import {
  ADMIN,
  call,
  events,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  receive,
  sleep,
} from "./api";
import {
  admin,
  caughtUp,
  create,
  get,
  patch,
  productWithEvents,
  type Delivery,
  type Webhook,
} from "./webhook-api";

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

  it("is not woken by what it does not want, is not behind for that, and gets at once what it wants", async () => {
    await Promise.all(
      (await everyItem<Webhook>("/v1/webhooks", ADMIN)).map((one) =>
        admin(`DELETE /v1/webhooks/${one.webhookId}`),
      ),
    );
    const told = vi.spyOn(WebhookObject.prototype, "bookGrew");
    const { productId: mine } = await productWithEvents(0);
    const { productId: other } = await productWithEvents(0);
    const receiver = newReceiver();
    const { webhookId } = await create({ url: receiver.url, types: ["stock.adjusted"], productIds: [mine] });
    await receive(other, 1);
    await history(other);
    const learning = told.mock.calls.length;
    for (let nth = 0; nth < 5; nth += 1) {
      await receive(other, 1);
      await history(other);
    }
    await call(`PATCH /v1/products/${mine}`, { body: { name: "Another name" } });
    await history(mine);
    expect(told.mock.calls.length - learning).toBe(0);
    expect((await get(webhookId)).behind).toBe(0);

    await receive(mine, 1);
    await eventually(
      () => Promise.resolve(receiver.received.length),
      (count) => expect(count).toBe(1),
      2,
    );
    expectStatus(await patch(webhookId, { productIds: [other] }), 200);
    await receive(other, 1);
    await eventually(
      () => Promise.resolve(receiver.received.length),
      (count) => expect(count).toBe(2),
      2,
    );
    expectStatus(await admin(`DELETE /v1/webhooks/${webhookId}`), 204);
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

    receiver.answer = () => new Response("welcome back");
    const enabled = expectStatus(await patch(webhookId, { status: "active" }), 200);
    expect(enabled).toMatchObject({ status: "active", disabledReason: null, consecutiveFailures: 0 });
    await caughtUp(webhookId);
    const all = (await history(productId)).map(({ offset }) => offset);
    expect(offsetsOf(receiver)).toEqual(all);
    expect(receiver.received, "nothing while it was disabled").toHaveLength(1 + all.length);
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
    const next = newReceiver();
    await caughtUp((await create({ url: next.url, fromOffset: log[0]?.offset })).webhookId);
    expect(next.received.length).toBeGreaterThanOrEqual(log.length);
    expect(receiver.received).toHaveLength(1);
    await runInDurableObject(env.WEBHOOK.getByName(webhookId), async (_, { storage }) => {
      expect(
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      ).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });
});
