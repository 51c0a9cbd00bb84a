/** CASES, "Events, live, low stock": levels as they change, over sockets and streams. */
import { evictDurableObject, listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  count,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newProduct,
  receive,
  SHOP,
  stock,
} from "./api";
import { expectRising, listen, stream, until, upgrade, versionsOf } from "./live-client";

describe("levels", () => {
  it("a listener gets a snapshot, then every change that lasts, then nothing more", async () => {
    const productId = await newProduct(10);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    const { version } = await stock(productId);
    expect(client.told[0]).toEqual({
      type: "level",
      productId,
      version,
      onHand: 10,
      reserved: 0,
      available: 10,
      availability: "in_stock",
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    await hold(productId, 4);
    await until(() => expect(client.told.at(-1)).toMatchObject({ onHand: 10, reserved: 4, available: 6 }));
    expectRising(versionsOf(client.told, productId));
    const known = client.told.length;
    await hold(productId, 1);
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 5 }));
    expect(client.told).toHaveLength(known + 1);
  });

  it("B-16: a listener that returns with `since` gets the newest level at once if there is one, else nothing; then it is live", async () => {
    const productId = await newProduct(100);
    const first = await listen(`/v1/inventory/live?products=${productId}`);
    await until(() => expect(first.told).toHaveLength(1));
    const seen = first.told[0]?.version ?? 0;
    first.close();
    await first.closed;
    const current = await listen(`/v1/inventory/${productId}/live?since=${seen}`);
    await hold(productId, 1);
    await until(() => expect(current.told.length).toBeGreaterThan(0));
    expect(current.told[0], "the first it is told is new").toMatchObject({ version: seen + 1 });
    await hold(productId, 2);
    const late = await listen(`/v1/inventory/live?products=${productId}&since=${productId}:${seen}`);
    const { version } = await stock(productId);
    await until(() => expect(versionsOf(late.told, productId).at(-1)).toBe(version));
    expect(versionsOf(late.told, productId).length).toBeLessThanOrEqual(2);
    await until(() => expect(versionsOf(current.told, productId).at(-1)).toBe(version));
    await hold(productId, 3);
    for (const client of [current, late]) {
      await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 6, version: version + 1 }));
      expectRising(versionsOf(client.told, productId));
    }
  });

  it("a burst of changes is told in few messages, versions only rise and the last state arrives", async () => {
    const productId = await newProduct(10_000);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await Promise.all(Array.from({ length: 200 }, () => hold(productId, 1)));
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 200 }));
    const versions = versionsOf(client.told, productId);
    expectRising(versions);
    expect(versions.at(-1)).toBe((await stock(productId)).version);
    expect(versions.length).toBeLessThan(100);
  });

  it("a socket subscribes and unsubscribes as it likes; twice is harmless", async () => {
    const [a, b] = [await newProduct(1), await newProduct(2)];
    const client = await listen("/v1/inventory/live");
    client.say({ type: "subscribe", products: [a, b, a] });
    await until(() => expect(client.told).toHaveLength(2));
    expect(new Set(client.told.map(({ productId }) => productId))).toEqual(new Set([a, b]));
    client.say({ type: "subscribe", products: [a] });
    client.say({ type: "unsubscribe", products: [b, "never-subscribed"] });
    client.say({ type: "ping" });
    await until(() => expect(client.told.at(-1)).toEqual({ type: "pong" }));
    expect(client.told).toHaveLength(3);
    await receive(b, 1);
    await receive(a, 1);
    await until(() => expect(client.told.at(-1)).toMatchObject({ productId: a, onHand: 2 }));
    await receive(b, 1);
    await receive(a, 1);
    await until(() => expect(client.told.at(-1)).toMatchObject({ productId: a, onHand: 3 }));
    expect(client.told).toHaveLength(5);
    client.say("ping");
    await until(() => expect(client.told).toHaveLength(6));
  });

  it("a storefront sees nothing below zero, staff do", async () => {
    const productId = await newProduct(5);
    await hold(productId, 5);
    const shop = await listen(`/v1/inventory/${productId}/live`, { key: SHOP });
    const staff = await listen(`/v1/inventory/${productId}/live`);
    expectStatus(await count(productId, { newQuantity: 2, force: true }), 200);
    await until(() => expect(shop.told.at(-1)).toMatchObject({ onHand: 2, available: 0 }));
    await until(() => expect(staff.told.at(-1)).toMatchObject({ onHand: 2, available: -3 }));
  });

  it("a hold that expires is told although nobody asks", async () => {
    const productId = await newProduct(5);
    await hold(productId, 2, { ttlSeconds: 1 });
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 2 }));
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 0, available: 5 }), 8);
  });

  it("a deleted product is unavailable, and unknown to who comes later; made again, it is told again", async () => {
    const productId = await newProduct(0);
    const client = await listen(`/v1/inventory/live?products=${productId}`);
    await until(() => expect(client.told).toHaveLength(1));
    expectStatus(await call(`DELETE /v1/inventory/${productId}`, { key: ADMIN }), 204);
    await until(() => expect(client.told.at(-1)).toMatchObject({ availability: "unavailable" }));
    const late = await listen(`/v1/inventory/live?products=${productId}`);
    await until(() =>
      expect(late.told).toMatchObject([{ type: "error", code: "product_not_found", productId }]),
    );
    expectStatus(await call("POST /v1/inventory", { body: { productId, initialQuantity: 3 } }), 201);
    await until(() => expect(client.told.at(-1)).toMatchObject({ onHand: 3, availability: "in_stock" }));
    expectRising(versionsOf(client.told, productId));
  });

  it("unknown products are errors of a list, the others live; one alone is 404 before the upgrade", async () => {
    const productId = await newProduct(1);
    const unknown = newId("unknown");
    const client = await listen(`/v1/inventory/live?products=${unknown},${productId}`);
    await until(() => expect(client.told).toHaveLength(2));
    expect(client.told.find(({ type }) => type === "error")).toMatchObject({
      code: "product_not_found",
      productId: unknown,
    });
    expectProblem(await call(`GET /v1/inventory/${unknown}/live`), 404, "product_not_found");
    const response = await upgrade(`/v1/inventory/${unknown}/live`);
    expect(response.status).toBe(404);
    expect(response.webSocket).toBeNull();
    await response.text();
  });

  it("bad messages get an error and the socket stays", async () => {
    const productId = await newProduct(1);
    const client = await listen("/v1/inventory/live");
    const cases: [unknown, string][] = [
      ["not json", "malformed_json"],
      ["[1]", "validation_failed"],
      [{ type: "shout" }, "validation_failed"],
      [{ type: "subscribe" }, "validation_failed"],
      [{ type: "subscribe", products: ["a b"] }, "validation_failed"],
      [{ type: "subscribe", products: [productId], extra: 1 }, "validation_failed"],
      [`{"type":"subscribe","products":["${"x".repeat(17_000)}"]}`, "validation_failed"],
      [{ type: "subscribe", products: Array.from({ length: 201 }, (_, i) => `p${i}`) }, "too_many_products"],
    ];
    for (const [message, code] of cases) {
      const before = client.told.length;
      client.say(message);
      await until(() => expect(client.told).toHaveLength(before + 1));
      expect(client.told.at(-1)).toMatchObject({ type: "error", code });
    }
    client.say({ type: "subscribe", products: [productId] });
    await until(() => expect(client.told.at(-1)).toMatchObject({ type: "level", productId }));
  });

  it("200 products with the longest ids fit one socket, over its sleep as well", async () => {
    const productId = await newProduct(1);
    const client = await listen("/v1/inventory/live");
    const long = Array.from({ length: 199 }, (_, i) => `${"x".repeat(60)}${1000 + i}`);
    const body = { productId: long[0], initialQuantity: 1 };
    expectStatus(await call("POST /v1/inventory", { body }), 201);
    client.say({ type: "subscribe", products: [productId, ...long] });
    await until(() => expect(client.told).toHaveLength(200));
    expect(client.told.filter(({ type }) => type === "error")).toHaveLength(198);
    await evictDurableObject(env.HUB.getByName("levels:0"));
    await receive(long[0] ?? "", 1);
    await until(() => expect(client.told.at(-1)).toMatchObject({ productId: long[0], onHand: 2 }));
  });

  it("200 unknown products in one message wake no object; named again and again, they are not heard", async () => {
    const client = await listen("/v1/inventory/live");
    const before = (await listDurableObjectIds(env.PRODUCT)).length;
    const message = { type: "subscribe", products: Array.from({ length: 200 }, () => newId("unknown")) };
    for (let i = 0; i < 3; i += 1) client.say(message);
    await until(() => expect(client.told[0]).toMatchObject({ type: "error", code: "rate_limited" }));
    await until(() => expect(client.told.length).toBeGreaterThan(200));
    expect(client.told.slice(1, 201)).toEqual(
      message.products.map(() => expect.objectContaining({ code: "product_not_found" })),
    );
    expect((await listDurableObjectIds(env.PRODUCT)).length).toBe(before);
    client.say({ type: "ping" });
    await until(() => expect(client.told.at(-1)).toMatchObject({ type: "pong" }));
  });

  it("a flood of messages from one socket is not heard to the end, and in the end cut off", async () => {
    const client = await listen("/v1/inventory/live");
    for (let i = 0; i < 2000; i += 1) client.say({ type: "ping" });
    expect(await client.closed).toMatchObject({ code: 4429 });
    expect(client.told.filter(({ type }) => type === "pong").length).toBeLessThan(500);
    expect(client.told.find(({ type }) => type === "error")).toMatchObject({ code: "rate_limited" });
  });

  it("a close is answered", async () => {
    const client = await listen("/v1/inventory/live");
    client.close(1000);
    expect(await client.closed).toMatchObject({ code: 1000 });
  });

  it("while the hub sleeps nothing is lost: the next change arrives, in order, once", async () => {
    const productId = await newProduct(10);
    const client = await listen(`/v1/inventory/${productId}/live`);
    await until(() => expect(client.told).toHaveLength(1));
    for (let held = 1; held <= 3; held += 1) {
      await evictDurableObject(env.HUB.getByName("levels:0"));
      await hold(productId, 1);
      await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: held }));
    }
    await evictDurableObject(env.HUB.getByName("levels:0"));
    await evictDurableObject(env.PRODUCT.getByName(productId));
    await stock(productId);
    await hold(productId, 1);
    await until(() => expect(client.told.at(-1)).toMatchObject({ reserved: 4 }));
    const versions = versionsOf(client.told, productId);
    expectRising(versions);
    expect(versions).toHaveLength(5);
  });
});

describe("who may listen", () => {
  it("a key may come as a subprotocol, which is never answered", async () => {
    const productId = await newProduct(1);
    const protocols = "holdfast.v1, holdfast.key.shop";
    const client = await listen(`/v1/inventory/${productId}/live`, { key: null, protocols });
    expect(client.protocol).toBe("holdfast.v1");
    await until(() => expect(client.told).toHaveLength(1));
    const bare = await listen(`/v1/inventory/${productId}/live`, {
      key: null,
      protocols: "holdfast.key.shop",
    });
    expect(bare.protocol).toBeNull();
  });

  it.each([
    ["no key", { key: null }, 401],
    ["an unknown one among the protocols", { key: null, protocols: "holdfast.v1,holdfast.key.nobody" }, 401],
    ["a storefront's at the book", { key: SHOP }, 403],
  ] as const)("%s is refused before the upgrade", async (_, options, status) => {
    const response = await upgrade("/v1/inventory/events/live", options);
    expect(response.status).toBe(status);
    await response.text();
  });

  it("a key among the protocols of a request that is no upgrade is none", async () => {
    const headers = { "Sec-WebSocket-Protocol": "holdfast.key.demo" };
    expectProblem(
      await call("GET /v1/inventory/live?products=a", { key: null, headers }),
      401,
      "unauthenticated",
    );
  });

  const tooMany = Array.from({ length: 201 }, (_, i) => `p${i}`).join(",");

  it.each([
    ["nothing", "/v1/inventory/live"],
    ["an empty product", "/v1/inventory/live?products="],
    ["no productId", "/v1/inventory/live?products=a%20b"],
    ["no version", "/v1/inventory/live?products=a&since=a"],
    ["a version of another", "/v1/inventory/live?products=a&since=b:1"],
    ["too many products", `/v1/inventory/live?products=${tooMany}`],
    ["a version that is none", "/v1/inventory/a/live?since=x"],
    ["an offset that is none", "/v1/inventory/events/live?offset=-1"],
  ])("a stream of %s is refused", async (_, path) => {
    expectProblem(await call(`GET ${path}`), 400, "validation_failed");
  });

  it("what does not take an event stream is told so; a HEAD opens none", async () => {
    const headers = { Accept: "application/json" };
    expectProblem(await call("GET /v1/inventory/events/live", { headers }), 406, "not_acceptable");
    const head = await call("HEAD /v1/inventory/events/live");
    expectStatus(head, 200);
    expect(head.headers.get("Content-Type")).toBe("text/event-stream");
  });
});

describe("Server-Sent Events", () => {
  it("tells levels with ids that resume them", async () => {
    const productId = await newProduct(3);
    const first = await stream(`/v1/inventory/${productId}/live`);
    expect(first.response.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
    await until(() => expect(first.messages.some(({ event }) => event === "level")).toBe(true));
    expect(first.text()).toMatch(/^retry: 1000\n\n/);
    const level = first.messages.find(({ event }) => event === "level");
    expect(level).toMatchObject({ id: `${productId}:${level?.data?.version}`, data: { onHand: 3 } });
    await first.stop();
    const headers = { "Last-Event-ID": level?.id ?? "" };
    const second = await stream(`/v1/inventory/live?products=${productId}`, headers);
    await receive(productId, 1);
    await until(() => expect(second.messages.at(-1)?.data).toMatchObject({ onHand: 4 }));
    expect(second.messages.filter(({ event }) => event === "level")).toHaveLength(1);
    await second.stop();
  });
});
