/** Setting many products: catalog fields and counts, both or neither. */
import { describe, expect, it } from "vitest";
import { batch, SET, words } from "./admin-api";
import {
  call,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  stock,
  type Product,
} from "./api";

describe("setting many products", () => {
  it("changes catalog fields as a patch does, and counts, in one step", async () => {
    const [a, b] = [await newProduct(10, { attributes: { theme: "Town", year: 1 } }), await newProduct(10)];
    const { version: before } = await stock(a);
    const answer = await batch(SET, [
      { productId: a, name: "New", attributes: { theme: null, size: 3 }, price: "9.5", newQuantity: 4 },
      { productId: b, status: "inactive", tags: ["x"] },
    ]);
    expect(words(answer)).toEqual(["done", "done"]);
    const now = await stock(a);
    expect(answer.results[0]).toMatchObject({
      newVersion: before + 2,
      version: before + 2,
      lastUpdated: now.updatedAt,
    });
    expect(now).toMatchObject({ onHand: 4, version: before + 2 });
    const [first, second] = await Promise.all(
      [a, b].map(async (id) => expectStatus(await call<Product>(`GET /v1/products/${id}`), 200)),
    );
    expect(first).toMatchObject({
      name: "New",
      attributes: { year: 1, size: 3 },
      price: { amount: "9.50", currency: "USD" },
    });
    expect(second).toMatchObject({ status: "inactive", tags: ["x"], availability: "unavailable" });
    expect((await history(a)).slice(-2).map(({ type }) => type)).toEqual([
      "product.updated",
      "stock.counted",
    ]);
  });

  it("`available: n` counts so that n are available there, whatever is held or kept back", async () => {
    const place = await newLocation();
    const productId = await newProduct({ main: 10, [place]: 5 });
    const safety = `PATCH /v1/inventory/${productId}/levels/main`;
    expectStatus(await call(safety, { body: { safetyStock: 3 } }), 200);
    await hold(productId, 4, { locationId: "main" });
    const rows = [
      { productId, available: 20 },
      { productId, available: 7, locationId: place },
    ];
    expect(words(await batch(SET, rows))).toEqual(["done", "done"]);
    const { levels } = await stock(productId);
    expect(
      Object.fromEntries(levels.map((level) => [level.locationId, [level.onHand, level.available]])),
    ).toEqual({
      main: [27, 20],
      [place]: [7, 7],
    });
    await hold(productId, 1, { locationId: "main" });
    expect(words(await batch(SET, [{ productId, available: 0 }]))).toEqual(["done"]);
    expect((await stock(productId)).levels.find((level) => level.locationId === "main")).toMatchObject({
      onHand: 8,
      available: 0,
    });
  });

  it("applies both or neither: not the edit when the count is refused or the version is another", async () => {
    const productId = await newProduct(10);
    await hold(productId, 6);
    const { version } = await stock(productId);
    const before = await stock(productId);
    const answer = await batch(SET, [
      { productId, name: "Lost", newQuantity: 5 },
      { productId, name: "Lost", available: 1_000_000_000 },
      { productId, name: "Lost", available: 5, version: version - 1 },
      { productId, name: "Lost", version: 99 },
    ]);
    expect(words(answer)).toEqual([
      "below_reserved",
      "validation_failed",
      "version_conflict",
      "version_conflict",
    ]);
    expect(answer.results[0]).toMatchObject({
      success: false,
      errorType: "below_reserved",
      code: "below_reserved",
      status: 422,
      errorMessage: answer.results[0]?.detail,
    });
    expect(await stock(productId)).toEqual(before);
    expect(words(await batch(SET, [{ productId, name: "Kept", available: 5, version }]))).toEqual(["done"]);
    expect((await stock(productId)).onHand).toBe(11);
  });

  it.each([
    ["nothing to set", {}, "newQuantity"],
    ["two quantities", { newQuantity: 1, available: 1 }, "available"],
    ["a negative availability", { available: -1 }, "available"],
    ["a field that is not known", { colour: "red", available: 1 }, "colour"],
    ["a price that is none", { price: "cheap" }, "price"],
  ])("with %s is malformed", async (_, wrong, field) => {
    const productId = await newProduct(1);
    const { results } = await batch(SET, [{ productId, ...wrong }]);
    expect(results[0]).toMatchObject({ status: 400, errorType: "validation_failed" });
    expect(results[0]?.errors?.map(({ path }) => path)).toContain(`body.products[0].${field}`);
  });

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
