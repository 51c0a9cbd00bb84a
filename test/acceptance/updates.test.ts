/** Optimistic updates: what shops and tills report, one at a time or many, with versions and keys. */
import { describe, expect, it } from "vitest";
import {
  call,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  SHOP,
  stock,
  unchanged,
  type Problem,
} from "./api";

interface Result {
  productId: string;
  applied: boolean;
  newQuantity: number | null;
  newVersion: number | null;
  lastUpdated: string | null;
  replayed?: boolean;
  errorType?: string;
  errorMessage?: string;
  expected?: number;
  current?: number;
}

interface Results {
  results: Result[];
  summary: { total: number; applied: number; failed: number };
}

const ROUTE = "POST /v1/inventory/updates";
const STORE = "till-7";

function update(body: object, headers: Record<string, string> = {}) {
  return call<Result>(ROUTE, { body: { storeId: STORE, idempotencyKey: newId("key"), ...body }, headers });
}

async function updates(rows: object[], more: object = {}): Promise<Results> {
  const body = {
    storeId: STORE,
    updates: rows.map((row) => ({ idempotencyKey: newId("key"), ...row })),
    ...more,
  };
  return expectStatus(await call<Results>(ROUTE, { body }), 200);
}

/** A product whose version is `version`: on hand counts on with it. */
async function productAt(version: number): Promise<string> {
  const productId = await newProduct(10);
  for (let at = (await stock(productId)).version; at < version; at += 1) {
    expectStatus(await update({ productId, delta: 1 }), 200);
  }
  expect((await stock(productId)).version).toBe(version);
  return productId;
}

describe("one update", () => {
  it("D-05: with a stale version is refused with the current numbers, with the current one applied", async () => {
    const productId = await productAt(6);
    const before = await stock(productId);
    const stale = await unchanged(productId, () => update({ productId, delta: -3, version: 5 }));
    const problem = expectProblem(stale, 409, "version_conflict") as Problem & Result;
    expect(problem).toMatchObject({
      productId,
      applied: false,
      errorType: "version_conflict",
      errorMessage: problem.detail,
      expected: 5,
      current: 6,
      newQuantity: before.onHand,
      newVersion: 6,
      lastUpdated: before.updatedAt,
    });

    const applied = await update({ productId, delta: -3, version: 6 });
    const after = await stock(productId);
    expect(expectStatus(applied, 200)).toEqual({
      productId,
      applied: true,
      newQuantity: before.onHand - 3,
      newVersion: 7,
      lastUpdated: after.updatedAt,
    });
    expect(applied.headers.get("ETag")).toBe('"7"');
    expect(after).toMatchObject({ onHand: before.onHand - 3, version: 7 });
  });

  it("is a correction that names the store and the key", async () => {
    const productId = await newProduct(5);
    expectStatus(await update({ productId, delta: -2, idempotencyKey: "sale-1" }), 200);
    const adjusted = (await history(productId)).at(-1);
    expect(adjusted).toMatchObject({
      type: "stock.adjusted",
      data: { locationId: "main", type: "correction", delta: -2, reason: "update from till-7" },
    });
    expect(adjusted?.data["reference"]).toBe("sale-1");
  });

  it("goes to the location that the store is, and says what is on hand there", async () => {
    const place = await newLocation();
    const productId = await newProduct({ main: 5, [place]: 20 });
    const result = expectStatus(await update({ storeId: place, productId, delta: -1 }), 200);
    expect(result.newQuantity).toBe(19);
    const stale = await update({ storeId: place, productId, delta: -1, version: 1 });
    expect(expectProblem(stale, 409, "version_conflict")).toMatchObject({ newQuantity: 19 });
    const { levels } = await stock(productId);
    expect(levels.map(({ locationId, onHand }) => [locationId, onHand]).toSorted()).toEqual(
      [
        ["main", 5],
        [place, 19],
      ].toSorted(),
    );
  });

  it("may say the version in If-Match, and then meets 412", async () => {
    const productId = await newProduct(5);
    const { version } = await stock(productId);
    const stale = await update({ productId, delta: 1 }, { "If-Match": `"${version - 1}"` });
    expect(expectProblem(stale, 412, "version_conflict")).toMatchObject({
      newQuantity: 5,
      newVersion: version,
    });
    expectStatus(await update({ productId, delta: 1 }, { "If-Match": `"${version}"` }), 200);
    const body = { productId, delta: 1, version };
    expectProblem(await update(body, { "If-Match": `"${version + 1}"` }), 400, "validation_failed");
  });

  it("of an unknown product is 404 without numbers; below what is held 422 with them", async () => {
    const unknown = newId("P");
    const missing = expectProblem(await update({ productId: unknown, delta: 1 }), 404, "product_not_found");
    expect(missing).toMatchObject({
      productId: unknown,
      applied: false,
      errorType: "product_not_found",
      newQuantity: null,
      newVersion: null,
      lastUpdated: null,
    });
    expect(missing).not.toHaveProperty("expected");
    expectProblem(await call(`GET /v1/inventory/${unknown}`), 404, "product_not_found");

    const productId = await newProduct(5);
    await hold(productId, 4);
    const { version } = await stock(productId);
    const below = await unchanged(productId, () => update({ productId, delta: -2 }));
    expect(expectProblem(below, 422, "below_reserved")).toMatchObject({
      newQuantity: 5,
      newVersion: version,
    });
    const short = await unchanged(productId, () => update({ productId, delta: -6 }));
    expect(expectProblem(short, 409, "insufficient_stock")).toMatchObject({
      newQuantity: 5,
      shortages: [{ requested: 6, available: 1 }],
    });
  });

  it.each([
    ["no delta", { delta: undefined }, "body.delta"],
    ["a delta of nothing", { delta: 0 }, "body.delta"],
    ["no product", { productId: undefined }, "body.productId"],
    ["no store", { storeId: undefined }, "body.storeId"],
    ["an empty key", { idempotencyKey: "" }, "body.idempotencyKey"],
    ["a key of 256 characters", { idempotencyKey: "k".repeat(256) }, "body.idempotencyKey"],
    ["no key at all", { idempotencyKey: undefined }, "body.idempotencyKey"],
    ["a field that is not known", { quantity: 1 }, "body.quantity"],
    ["a list beside it", { updates: [{ productId: "P", delta: 1, idempotencyKey: "k" }] }, "body.productId"],
  ])("with %s is malformed", async (_, wrong, path) => {
    const problem = expectProblem(
      await update({ productId: "P", delta: 1, ...wrong }),
      400,
      "validation_failed",
    );
    expect(problem.errors.map((error) => error.path)).toContain(path);
  });

  it("D-11: takes its key from the header too, but not two different ones", async () => {
    const productId = await newProduct(5);
    const single = { productId, delta: 1, idempotencyKey: undefined };
    expectStatus(await update(single, { "Idempotency-Key": "h-1" }), 200);
    const same = await update({ ...single, idempotencyKey: "h-1" }, { "Idempotency-Key": "h-1" });
    expect(same.headers.get("Idempotency-Replayed"), same.text).toBe("true");
    const other = await update({ ...single, idempotencyKey: "h-1" }, { "Idempotency-Key": "h-2" });
    expect(expectProblem(other, 400, "validation_failed").errors[0]?.path).toBe("body.idempotencyKey");
    expectProblem(await update(single, { "Idempotency-Key": "h".repeat(256) }), 400, "validation_failed");
    expect((await stock(productId)).onHand).toBe(6);
  });

  it("D-07: sent again, or twenty times at once, has one effect and one answer", async () => {
    const productId = await newProduct(50);
    const body = { productId, delta: -7, idempotencyKey: newId("key") };
    const first = await update(body);
    expect(first.headers.get("Idempotency-Replayed")).toBeNull();
    const again = await Promise.all(Array.from({ length: 20 }, () => update(body)));
    for (const answer of again) {
      expect(answer.body).toEqual(expectStatus(first, 200));
      expect(answer.headers.get("Idempotency-Replayed")).toBe("true");
    }
    expect((await stock(productId)).onHand).toBe(43);
  });

  it("D-08: its key does not serve another update", async () => {
    const productId = await newProduct(50);
    const body = { productId, delta: -7, idempotencyKey: newId("key") };
    expectStatus(await update(body), 200);
    const reused = expectProblem(await update({ ...body, delta: -8 }), 422, "idempotency_key_reused");
    expect(reused).toMatchObject({ errorType: "idempotency_key_reused", newQuantity: 43 });
    expectProblem(await update({ ...body, storeId: "till-8" }), 422, "idempotency_key_reused");
    expect((await stock(productId)).onHand).toBe(43);
  });

  it("D-10: refused, it may be corrected under the same key", async () => {
    const productId = await newProduct(5);
    const body = { productId, delta: -1, idempotencyKey: newId("key") };
    expectProblem(await update({ ...body, version: 99 }), 409, "version_conflict");
    expectStatus(await update({ ...body, version: (await stock(productId)).version }), 200);
  });

  it("is not for a storefront", async () => {
    const body = { storeId: STORE, productId: "P", delta: 1, idempotencyKey: "k" };
    expectProblem(await call(ROUTE, { body, key: SHOP }), 403, "forbidden");
  });
});

describe("many updates", () => {
  it("D-06: of three, the stale one is refused, the others are applied, in order", async () => {
    const [a, b, c] = [await newProduct(10), await newProduct(20), await newProduct(30)];
    const [atA, atB] = [(await stock(a)).version, (await stock(b)).version];
    const { results, summary } = await updates([
      { productId: a, delta: 1, version: atA },
      { productId: b, delta: 1, version: atB - 1 },
      { productId: c, delta: -1 },
    ]);
    expect(results).toEqual([
      { productId: a, applied: true, newQuantity: 11, newVersion: atA + 1, lastUpdated: expect.any(String) },
      {
        productId: b,
        applied: false,
        errorType: "version_conflict",
        errorMessage: expect.any(String),
        newQuantity: 20,
        newVersion: atB,
        lastUpdated: (await stock(b)).updatedAt,
        expected: atB - 1,
        current: atB,
      },
      { productId: c, applied: true, newQuantity: 29, newVersion: 3, lastUpdated: expect.any(String) },
    ]);
    expect(summary).toEqual({ total: 3, applied: 2, failed: 1 });
  });

  it("of one product happen in their order, each on what the one before it left", async () => {
    const [mine, other] = [await newProduct(0), await newProduct(0)];
    const { results } = await updates([
      { productId: mine, delta: -1 },
      { productId: other, delta: 1 },
      { productId: mine, delta: 5 },
      { productId: mine, delta: -4 },
      { productId: mine, delta: -2 },
    ]);
    expect(results.map(({ applied, newQuantity }) => [applied, newQuantity])).toEqual([
      [false, 1],
      [true, 1],
      [true, 5],
      [true, 1],
      [false, 1],
    ]);
    const types = (await history(mine))
      .map(({ data }) => data["delta"])
      .filter((delta) => delta !== undefined);
    expect(types).toEqual([5, -4]);
  });

  it("answers 100 rows, unknown products among them", async () => {
    const known = await newProduct(100);
    const rows = Array.from({ length: 100 }, (_, index) =>
      index % 10 === 0 ? { productId: newId("P"), delta: 1 } : { productId: known, delta: -1 },
    );
    const { results, summary } = await updates(rows);
    expect(results.map(({ productId }) => productId)).toEqual(rows.map(({ productId }) => productId));
    expect(summary).toEqual({ total: 100, applied: 90, failed: 10 });
    expect(results.filter(({ applied }) => !applied)).toEqual(
      rows
        .filter(({ delta }) => delta === 1)
        .map(({ productId }) => ({
          productId,
          applied: false,
          errorType: "product_not_found",
          errorMessage: `There is no product ${productId}.`,
          newQuantity: null,
          newVersion: null,
          lastUpdated: null,
        })),
    );
    expect((await stock(known)).onHand).toBe(10);
  });

  it("D-07: sent again, gives the same results, marked as replayed; nothing happens twice", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const rows = [
      { productId: a, delta: -1, idempotencyKey: newId("key") },
      { productId: b, delta: -2, idempotencyKey: newId("key") },
    ];
    const first = await updates(rows);
    const again = await updates(rows);
    expect(again.summary).toEqual(first.summary);
    expect(again.results).toEqual(first.results.map((result) => ({ ...result, replayed: true })));
    const [one = {}] = rows;
    const alone = await update(one);
    expect(expectStatus(alone, 200), "alone it is the same update").toEqual(first.results[0]);
    expect(alone.headers.get("Idempotency-Replayed")).toBe("true");
    expect([(await stock(a)).onHand, (await stock(b)).onHand]).toEqual([9, 8]);
  });

  it("D-09: one key on two products has two effects; D-08: on one product it is refused for another update", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const key = newId("key");
    const { results } = await updates([
      { productId: a, delta: -1, idempotencyKey: key },
      { productId: b, delta: -1, idempotencyKey: key },
      { productId: a, delta: -1, idempotencyKey: key },
      { productId: a, delta: -2, idempotencyKey: key },
    ]);
    expect(results.map(({ applied, replayed, errorType }) => [applied, replayed, errorType])).toEqual([
      [true, undefined, undefined],
      [true, undefined, undefined],
      [true, true, undefined],
      [false, undefined, "idempotency_key_reused"],
    ]);
    expect([(await stock(a)).onHand, (await stock(b)).onHand]).toEqual([9, 9]);
  });

  it.each([
    ["none", []],
    ["more than 100", Array.from({ length: 101 }, () => ({}))],
    ["one with a delta of nothing", [{}, { delta: 0 }]],
    ["one without a key", [{}, { idempotencyKey: undefined }]],
    ["one with a field that is not known", [{ storeId: STORE }]],
  ])("are malformed as a whole with %s", async (_, wrong) => {
    const productId = await newProduct(5);
    const rows = wrong.map((row) => ({ productId, delta: 1, idempotencyKey: newId("key"), ...row }));
    await unchanged(productId, async () => {
      expectProblem(await call(ROUTE, { body: { storeId: STORE, updates: rows } }), 400, "validation_failed");
    });
  });
});
