/** Requests about webhooks: keys, bad bodies, unknown ids, limits. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_WEBHOOKS } from "../../src/limits";
import { newReceiver, openTheWorld } from "../receiver/receiver";
import { ADMIN, call, everyItem, expectProblem, expectStatus, newId, STAFF } from "./api";
import { admin, create, patch, productWithEvents, type Webhook } from "./webhook-api";

beforeEach(openTheWorld);
afterEach(() => void vi.restoreAllMocks());

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
    const idsListed = async () =>
      (await everyItem<Webhook>("/v1/webhooks", ADMIN)).map(({ webhookId }) => webhookId);
    const before = await idsListed();
    const insert = env.BOOK.prepare(
      "INSERT INTO webhooks (webhook_id, created_at_ms) SELECT 'wh_01ARZ3NDEKTSV4RRFFQ69G' || printf('%04d', value), ? FROM json_each(?)",
    );
    const spare = Array.from({ length: MAX_WEBHOOKS - before.length }, (_, index) => index);
    await insert.bind(Date.now(), JSON.stringify(spare)).run();
    expect(await idsListed()).toEqual(before);
    const { url } = newReceiver();
    const refused = expectProblem(await admin("POST /v1/webhooks", { url }), 400, "validation_failed");
    expect(refused.errors[0]?.code).toBe("too_many_webhooks");
    await env.BOOK.prepare("UPDATE webhooks SET created_at_ms = 1 WHERE webhook_id LIKE 'wh_01ARZ3%'").run();
    await create({ url });
    const rows = await env.BOOK.prepare("SELECT COUNT(*) AS n FROM webhooks").first();
    expect(rows).toEqual({ n: before.length + 1 });
  });

  it("while the book is away: one webhook can be seen and changed, none made", async () => {
    const { webhookId } = await create({ url: newReceiver().url });
    vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("the book is away"));
    const path = `/v1/webhooks/${webhookId}`;
    expect(expectStatus(await admin<Webhook>(`GET ${path}`), 200)).toMatchObject({ behind: null });
    expect(expectStatus(await patch(webhookId, { description: "x" }), 200)).toMatchObject({ behind: null });
    const url = newReceiver().url;
    for (const [request, body] of [
      ["POST /v1/webhooks", { url }],
      [`POST ${path}/replay`, { fromOffset: 1 }],
      ["GET /v1/webhooks", undefined],
    ] as const) {
      expectProblem(await admin(request, body), 503, "book_unavailable");
    }
  });

  it("that its object cannot answer are 503, with nothing of the inside", async () => {
    const failing = () => Promise.reject(new Error("inner secret"));
    vi.spyOn(env.WEBHOOK, "getByName").mockReturnValue({ view: failing } as never);
    const answer = await admin("GET /v1/webhooks/wh_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    expectProblem(answer, 503, "overloaded");
    expect(answer.text).not.toContain("secret");
  });
});
