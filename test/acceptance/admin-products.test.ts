/** Products by the hundred: created, set and deleted by an administrator, each row by itself. */
import { describe, expect, it } from "vitest";
import { batch, CREATE, DELETE, SET, words, type BatchAnswer } from "./admin-api";
import {
  ADMIN,
  call,
  events,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  newId,
  newLocation,
  newProduct,
  SHOP,
  STAFF,
  stock,
  type Product,
} from "./api";

describe("creating many products", () => {
  it("makes each with its catalog fields and first stock, and shows them in lists at once", async () => {
    const place = await newLocation();
    const [a, b, c] = [newId("P"), newId("P"), newId("P")];
    const tag = newId("tag");
    // Looked at before it exists: that it is missing must be forgotten.
    expectProblem(await call(`GET /v1/products/${a}`), 404, "product_not_found");
    const { results, summary } = await batch(CREATE, [
      {
        productId: a,
        name: "Alpha",
        kind: "set",
        tags: [tag],
        attributes: { year: 2017 },
        initialQuantity: 7,
      },
      { productId: b, tags: [tag], initialQuantity: 3, locationId: place },
      { productId: c, tags: [tag] },
    ]);
    expect(results).toEqual([
      { index: 0, productId: a, success: true, newVersion: 2, version: 2, lastUpdated: expect.any(String) },
      { index: 1, productId: b, success: true, newVersion: 2, version: 2, lastUpdated: expect.any(String) },
      { index: 2, productId: c, success: true, newVersion: 1, version: 1, lastUpdated: expect.any(String) },
    ]);
    expect(results[0]?.lastUpdated).toBe((await stock(a)).updatedAt);
    expect(summary).toEqual({ totalRequests: 3, successfulCreations: 3, failedCreations: 0 });
    const listed = await everyItem<Product>(`/v1/products?tag=${tag}`);
    expect(listed.map(({ productId }) => productId).toSorted()).toEqual([a, b, c].toSorted());
    const alpha = expectStatus(await call<Product>(`GET /v1/products/${a}`), 200);
    expect(alpha).toMatchObject({ name: "Alpha", kind: "set", attributes: { year: 2017 } });
    expect(expectStatus(await call<Product>(`GET /v1/products/${b}`), 200).name).toBe(b);
    expect(await stock(a)).toMatchObject({ onHand: 7, version: 2 });
    const { levels } = await stock(b);
    expect(Object.fromEntries(levels.map(({ locationId, onHand }) => [locationId, onHand]))).toEqual({
      main: 0,
      [place]: 3,
    });
    expect((await stock(c)).onHand).toBe(0);
  });

  it("answers each bad row by itself", async () => {
    const [taken, fresh, nowhere] = [await newProduct(1), newId("P"), newId("loc")];
    const answer = await batch(CREATE, [
      { productId: taken },
      { productId: fresh, initialQuantity: 2 },
      { productId: fresh },
      { productId: "bulk" },
      { productId: newId("P"), initialQuantity: -1 },
      { productId: newId("P"), locationId: nowhere },
      { productId: newId("P"), colour: "red" },
      null,
    ]);
    expect(words(answer)).toEqual([
      "product_exists",
      "done",
      "product_exists",
      "validation_failed",
      "validation_failed",
      "location_not_found",
      "validation_failed",
      "validation_failed",
    ]);
    const { results, summary } = answer;
    expect(results[0]).toMatchObject({ productId: taken, status: 409, detail: `${taken} exists already.` });
    expect(results[4]?.errors?.[0]?.path).toBe("body.products[4].initialQuantity");
    expect(results[7]).toMatchObject({ productId: null, status: 400 });
    expect(summary).toEqual({ totalRequests: 8, successfulCreations: 1, failedCreations: 7 });
    expect((await stock(fresh)).onHand).toBe(2);
  });

  it("D-07: takes 100, and sent again under the same key makes none twice", async () => {
    const products = Array.from({ length: 100 }, () => ({ productId: newId("P"), initialQuantity: 1 }));
    const headers = { "Idempotency-Key": newId("key") };
    const first = await batch(CREATE, products, headers);
    expect(first.summary).toEqual({ totalRequests: 100, successfulCreations: 100, failedCreations: 0 });
    const again = await call(CREATE, { key: ADMIN, body: { products }, headers });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(expectStatus(again, 200)).toEqual(first);
    const reordered = { products: products.toReversed() };
    expectProblem(
      await call(CREATE, { key: ADMIN, body: reordered, headers }),
      422,
      "idempotency_key_reused",
    );
    const other = await batch(CREATE, products.slice(0, 1));
    expect(words(other)).toEqual(["product_exists"]);
    const body = { products: [...products, { productId: newId("P") }] };
    expectProblem(await call(CREATE, { key: ADMIN, body }), 400, "validation_failed");
  });
});

it("creating takes `available` for the quantity, and a price as money, number or text", async () => {
  const ids = Array.from({ length: 6 }, () => newId("P"));
  const prices = [{ amount: 5, currency: "EUR" }, 799.9, "0649.99", null, "12,50", undefined];
  const rows = prices.map((price, index) => ({
    productId: ids[index],
    available: index,
    ...(price !== undefined && { price }),
  }));
  const answer = await batch(CREATE, [...rows, { productId: newId("P"), available: 1, initialQuantity: 1 }]);
  expect(words(answer)).toEqual([
    "done",
    "done",
    "done",
    "done",
    "validation_failed",
    "done",
    "validation_failed",
  ]);
  expect(answer.results.map(({ errors }) => errors?.[0]?.path)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    "body.products[4].price",
    undefined,
    "body.products[6].available",
  ]);
  const made = [0, 1, 2, 3, 5].map(async (n) => {
    const { price } = expectStatus(await call<Product>(`GET /v1/products/${ids[n]}`), 200);
    return [(await stock(ids[n] ?? "")).available, price];
  });
  expect(await Promise.all(made)).toEqual([
    [0, { amount: "5.00", currency: "EUR" }],
    [1, { amount: "799.90", currency: "USD" }],
    [2, { amount: "649.99", currency: "USD" }],
    [3, null],
    [5, null],
  ]);
});

it("the document of a row to create can be satisfied: it is one closed object", async () => {
  const { components } = expectStatus(
    await call<{ components: { schemas: Record<string, Record<string, unknown>> } }>("GET /openapi.json"),
    200,
  );
  for (const name of ["ProductCreation", "ProductSetting", "ProductDeletion", "StockUpdate"]) {
    const schema = components.schemas[name];
    expect(schema, name).toMatchObject({ type: "object", additionalProperties: false });
    expect(schema, name).not.toHaveProperty("allOf");
    expect(schema?.["properties"], name).toHaveProperty("productId");
  }
  expect(components.schemas["ProductCreation"]?.["properties"]).toHaveProperty("initialQuantity");
});

describe("deleting many products", () => {
  it("ends those that may end, with force the others, and takes them off the lists", async () => {
    const [empty, stocked, forced] = [await newProduct(0), await newProduct(4), await newProduct(4)];
    const answer = await batch(DELETE, [
      { productId: empty },
      { productId: stocked },
      { productId: forced, force: true },
      { productId: forced, force: true, reason: "burnt down" },
      { productId: newId("P") },
    ]);
    expect(words(answer)).toEqual(["done", "product_in_use", "reason_required", "done", "product_not_found"]);
    expect(answer.summary).toEqual({ totalRequests: 5, successfulDeletions: 2, failedDeletions: 3 });
    expect(answer.results[1]).toMatchObject({ status: 409, onHand: 4, reserved: 0 });
    for (const productId of [empty, forced]) {
      expectProblem(await call(`GET /v1/inventory/${productId}`), 404, "product_not_found");
      await eventually(
        () => call(`GET /v1/products/${productId}`),
        ({ status }) => expect(status).toBe(404),
      );
    }
    expect((await stock(stocked)).onHand).toBe(4);
  });

  it("takes mere ids, and says of each what became of it and when", async () => {
    const [empty, stocked, unknown] = [await newProduct(0), await newProduct(4), newId("P")];
    const body = { productIds: [empty, stocked, unknown, "no good", 7] };
    const answer = expectStatus(await call<BatchAnswer>(DELETE, { key: ADMIN, body }), 200);
    expect(words(answer)).toEqual([
      "done",
      "product_in_use",
      "product_not_found",
      "validation_failed",
      "validation_failed",
    ]);
    expect(answer.results.map(({ productId }) => productId)).toEqual([
      empty,
      stocked,
      unknown,
      "no good",
      null,
    ]);
    const { newVersion, lastUpdated } = answer.results[0] ?? {};
    const deleted = (await events({ productId: empty })).at(-1);
    expect(deleted).toMatchObject({ type: "product.deleted", version: newVersion, at: lastUpdated });
    expect(answer.results[3]?.errors?.[0]?.path).toBe("body.productIds[3]");
    expect(answer.summary).toEqual({ totalRequests: 5, successfulDeletions: 1, failedDeletions: 4 });
    for (const wrong of [{ productIds: [] }, { ...body, products: [{ productId: empty }] }]) {
      expectProblem(await call(DELETE, { key: ADMIN, body: wrong }), 400, "validation_failed");
    }
  });

  it("D-07: more than a few, sent again under keys of their own, are answered as the first time", async () => {
    const ids = await Promise.all(Array.from({ length: 15 }, () => newProduct(0)));
    const rows = ids.map((productId) => ({ productId, idempotencyKey: newId("own") }));
    const first = await batch(DELETE, rows);
    const again = await batch(DELETE, rows);
    expect(again.results).toEqual(first.results.map((row) => ({ ...row, replayed: true })));
  });

  it("minds the version that was seen", async () => {
    const productId = await newProduct(0);
    const stale = await batch(DELETE, [{ productId, version: 99 }]);
    expect(words(stale)).toEqual(["version_conflict"]);
    const { version } = expectStatus(await call<Product>(`GET /v1/products/${productId}`), 200);
    expect(words(await batch(DELETE, [{ productId, version }]))).toEqual(["done"]);
  });
});

it.each([CREATE, SET, DELETE])("%s is for administrators, and wants rows", async (request) => {
  const body = { products: [{ productId: newId("P"), newQuantity: 1 }] };
  for (const key of [STAFF, SHOP]) expectProblem(await call(request, { key, body }), 403, "forbidden");
  for (const wrong of [{}, { products: [] }, { products: {} }, { ...body, dryRun: true }]) {
    expectProblem(await call(request, { key: ADMIN, body: wrong }), 400, "validation_failed");
  }
});
