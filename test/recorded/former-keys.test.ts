/** Idempotency keys as the first release stored them: a request that is sent again after an upgrade has had its effect. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ADMIN, call, newProduct, stock } from "../acceptance/api";
import { BULK, receipt } from "../acceptance/bulk-api";

const keyed = (key: string, body: unknown) => ({ key: ADMIN, body, headers: { "Idempotency-Key": key } });

describe("a key of the first release", () => {
  it("knows a hold that said nothing of its time, whose time it had written in", async () => {
    const productId = await newProduct(10);
    const path = `POST /v1/inventory/${productId}/reserve`;
    const first = await call(path, keyed("told", { quantity: 1, ttlSeconds: 900 }));
    const again = await call(path, keyed("told", { quantity: 1 }));
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
    expect((await call(path, keyed("told", { quantity: 1, ttlSeconds: 901 }))).status).toBe(422);
  });

  it("knows an order that said nothing of its time", async () => {
    const lines = [{ productId: await newProduct(10), quantity: 1 }];
    const order = { orderId: `ORD-${lines[0]?.productId}`, lines };
    const first = await call("POST /v1/reservations", keyed("order", { ...order, ttlSeconds: 900 }));
    const again = await call("POST /v1/reservations", keyed("order", order));
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
  });

  it("knows the rows of a request with many, and no other row of that name", async () => {
    const productId = await newProduct(10);
    const operations = [receipt(productId, 5), { op: "reserve", productId, quantity: 1 }];
    await call(BULK, keyed("now", { operations }));
    const before = await stock(productId);
    await runInDurableObject(env.PRODUCT.getByName(productId), (_, { storage }) => {
      storage.sql.exec("UPDATE journal SET key = replace(key, 'now' || char(10), 'then#')");
    });
    const again = await call(BULK, keyed("then", { operations }));
    expect(again.body).toMatchObject({ results: [{ replayed: true }, { replayed: true }] });
    expect(await stock(productId)).toEqual(before);
    await runInDurableObject(env.PRODUCT.getByName(productId), (_, { storage }) => {
      storage.sql.exec("UPDATE journal SET key = replace(key, 'then#0', 'free#0')");
    });
    const another = await call(BULK, keyed("free", { operations: [receipt(productId, 7)] }));
    expect(another.body).toMatchObject({ summary: { applied: 1, changed: 1 } });
  });
});
