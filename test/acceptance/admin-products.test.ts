/** Products by the hundred: created, set and deleted by an administrator, each row by itself. */
import { describe, expect, it } from "vitest";
import {
  ADMIN,
  call,
  eventually,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  SHOP,
  STAFF,
  stock,
  type Product,
} from "./api";

interface Row {
  index: number;
  productId: string | null;
  success: boolean;
  newVersion?: number;
  version?: number;
  lastUpdated?: string;
  errorType?: string;
  errorMessage?: string;
  replayed?: boolean;
  status?: number;
  code?: string;
  detail?: string;
  errors?: { path: string }[];
}

interface Answer {
  results: Row[];
  summary: Record<string, number>;
}

const CREATE = "POST /v1/admin/products/create";
const SET = "PUT /v1/admin/products/set";
const DELETE = "DELETE /v1/admin/products/delete";

async function batch(request: string, products: unknown[], headers: Record<string, string> = {}) {
  const answer = await call<Answer>(request, { key: ADMIN, body: { products }, headers });
  const found = expectStatus(answer, 200);
  expect(found.results.map(({ index }) => index)).toEqual(products.map((_, index) => index));
  return found;
}

const words = ({ results }: Answer) => results.map(({ success, code }) => (success ? "done" : code));

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

describe("setting many products", () => {
  it("is a count of each, with a reason of its own or the administrator's", async () => {
    const place = await newLocation();
    const [a, b, c] = [await newProduct(10), await newProduct({ main: 1, [place]: 5 }), await newProduct(3)];
    const { results, summary } = await batch(SET, [
      { productId: a, newQuantity: 12 },
      { productId: b, newQuantity: 4, locationId: place, reason: "broken box" },
      { productId: c, newQuantity: 3 },
    ]);
    expect(results.map(({ success, version }) => [success, version])).toEqual([
      [true, 3],
      [true, 4],
      [true, 2],
    ]);
    expect(summary).toEqual({ totalRequests: 3, successfulUpdates: 3, failedUpdates: 0 });
    const reasons = await Promise.all([a, b].map(async (id) => (await history(id)).at(-1)));
    expect(reasons).toMatchObject([
      { type: "stock.counted", data: { reason: "set by an administrator", after: 12 } },
      { type: "stock.counted", data: { reason: "broken box", after: 4, locationId: place } },
    ]);
  });

  it("answers each bad row by itself", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    await hold(b, 6);
    const answer = await batch(SET, [
      { productId: a, newQuantity: -1 },
      { productId: a, newQuantity: 5, version: 99 },
      { productId: b, newQuantity: 5 },
      { productId: b, newQuantity: 5, force: true },
      { productId: newId("P"), newQuantity: 5 },
      { productId: a, newQuantity: 5, locationId: newId("loc") },
      { productId: a, newQuantity: 6 },
    ]);
    expect(words(answer)).toEqual([
      "validation_failed",
      "version_conflict",
      "below_reserved",
      "done",
      "product_not_found",
      "location_not_found",
      "done",
    ]);
    expect(answer.summary).toEqual({ totalRequests: 7, successfulUpdates: 2, failedUpdates: 5 });
    expect(answer.results[1]).toMatchObject({ status: 409, expected: 99, current: 2 });
    expect([(await stock(a)).onHand, await stock(b)]).toMatchObject([6, { onHand: 5, oversold: true }]);
  });

  it("D-09: a key of a row is its own", async () => {
    const [a, b] = [await newProduct(1), await newProduct(1)];
    const key = newId("key");
    const rows = [a, b].map((productId) => ({ productId, newQuantity: 9, idempotencyKey: key }));
    expect(words(await batch(SET, rows))).toEqual(["done", "done"]);
    const again = await batch(SET, [...rows, { ...rows[0], newQuantity: 8 }]);
    expect(words(again)).toEqual(["done", "done", "idempotency_key_reused"]);
    expect(again.results.map(({ replayed }) => replayed)).toEqual([true, true, undefined]);
  });
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
