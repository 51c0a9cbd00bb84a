/** Bulk: many operations in one request, and a result per row. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
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
  stock,
  type Reservation,
} from "./api";
import { BULK, bulk, onHand, receipt, sale, taken, words } from "./bulk-api";

const versions = (ids: string[]) => Promise.all(ids.map(async (id) => (await stock(id)).version));

describe("a bulk request", () => {
  it("S-40: writes events only for the rows that change something", async () => {
    const ids = [await newProduct(10), await newProduct(20), await newProduct(30), await newProduct(40)];
    const before = await versions(ids);
    const operations = [10, 21, 30, 0].map((quantity, index) => taken(ids[index] ?? "", quantity));
    const { results, summary } = await bulk(operations);
    expect(results.map(({ applied, changed }) => [applied, changed])).toEqual([
      [true, false],
      [true, true],
      [true, false],
      [true, true],
    ]);
    expect(summary).toEqual({ total: 4, applied: 4, changed: 2, failed: 0, skipped: 0 });
    // The last one sold out: counted, and depleted.
    expect(await versions(ids)).toEqual(before.map((version, index) => version + ([0, 1, 0, 2][index] ?? 0)));
    const counted = await Promise.all(ids.map((id) => history(id)));
    expect(counted.map((found) => found.filter(({ type }) => type === "stock.counted").length)).toEqual([
      0, 1, 0, 1,
    ]);
  });

  it("S-41: answers unknown ids and bad rows with errors of their own, and applies the others", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const [unknown, nowhere] = [newId("P"), newId("loc")];
    const answer = await bulk([
      receipt(a, 5),
      receipt(unknown, 5),
      { ...receipt(b, 5), delta: 0 },
      { op: "steal", productId: b },
      "not a row",
      { ...receipt(b, 5), locationId: nowhere },
      { ...taken(b, 3), colour: "red" },
      { ...taken(b, 8), version: 99 },
      { op: "transfer", productId: b, fromLocationId: "main", toLocationId: nowhere, quantity: 1 },
      { op: "reserve", productId: b, quantity: 1, locationId: nowhere },
      taken(b, 7),
    ]);
    expect(words(answer)).toEqual([
      "applied",
      "product_not_found",
      "validation_failed",
      "validation_failed",
      "validation_failed",
      "location_not_found",
      "validation_failed",
      "version_conflict",
      "location_not_found",
      "level_not_found",
      "applied",
    ]);
    const { results, summary } = answer;
    expect(results.map(({ status }) => status)).toEqual([
      undefined,
      404,
      400,
      400,
      400,
      404,
      400,
      409,
      404,
      404,
      undefined,
    ]);
    expect(results[1]).toEqual({
      index: 1,
      op: "adjust",
      productId: unknown,
      applied: false,
      status: 404,
      code: "product_not_found",
      detail: `There is no product ${unknown}.`,
    });
    expect(results[2]?.errors?.[0]).toMatchObject({ path: "body.operations[2].delta" });
    expect(results[3]).toMatchObject({ op: "steal", productId: b });
    expect(results[3]?.errors?.[0]?.path).toBe("body.operations[3].op");
    expect(results[4]).toMatchObject({ op: null, productId: null });
    expect(results[5]).toMatchObject({ locationId: nowhere });
    expect(results[6]?.errors?.[0]).toMatchObject({
      path: "body.operations[6].colour",
      code: "unknown_field",
    });
    expect(results[7]).toMatchObject({ expected: 99, current: (await stock(b)).version - 1 });
    expect(summary).toEqual({ total: 11, applied: 2, changed: 2, failed: 9, skipped: 0 });
    expect([await onHand(a), await onHand(b)]).toEqual([15, 7]);
    const traces = await runInDurableObject(env.PRODUCT.getByName(unknown), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    );
    expect(traces, "an unknown id leaves no trace").toEqual([]);
  });

  it("answers each row as its single route does", async () => {
    const place = await newLocation();
    const productId = await newProduct(10);
    const { results } = await bulk([
      taken(productId, 12),
      sale(productId, 2),
      { op: "transfer", productId, fromLocationId: "main", toLocationId: place, quantity: 3 },
      { op: "reserve", productId, quantity: 4, orderId: "O-1", ttlSeconds: null, metadata: { cart: 1 } },
      { op: "release", productId, orderId: "O-1", quantity: 1 },
    ]);
    const [counted, sold, moved, held, released] = results.map(({ result }) => result);
    expect([counted?.onHand, sold?.onHand, moved?.onHand]).toEqual([12, 10, 10]);
    expect(held).toMatchObject({ productId, locationId: "main", state: "held", held: 4, expiresAt: null });
    expect(released).toMatchObject({ orderId: "O-1", releasedQuantity: 1 });
    const now = await stock(productId);
    expect(results.at(-1)?.version).toBe(now.version);
    expect(now).toMatchObject({ onHand: 10, reserved: 3 });
    expect(now.levels.find(({ locationId }) => locationId === place)?.onHand).toBe(3);
    const read = await call<Reservation>(`GET /v1/reservations/${held?.reservationId}`);
    expect(expectStatus(read, 200)).toMatchObject({ held: 3, orderId: "O-1" });
  });

  it("passes a hold's units on, but only to a hold of the same product", async () => {
    const [mine, other] = [await newProduct(5), await newProduct(5)];
    const old = await hold(mine, 5);
    const supersedes = old.reservationId;
    const answer = await bulk([
      { op: "reserve", productId: other, quantity: 5, supersedes },
      { op: "reserve", productId: mine, quantity: 5, supersedes },
    ]);
    expect(words(answer)).toEqual(["validation_failed", "applied"]);
    expect(answer.results[0]?.errors?.[0]).toMatchObject({
      path: "body.operations[0].supersedes",
      code: "other_product",
    });
  });

  it("keeps the order within a product, whatever stands between", async () => {
    const [mine, other] = [await newProduct(0), await newProduct(0)];
    const answer = await bulk([
      sale(mine, 1),
      receipt(mine, 3),
      receipt(other, 1),
      sale(mine, 3),
      sale(mine, 1),
      { op: "reserve", productId: other, quantity: 1 },
      { op: "reserve", productId: other, quantity: 1 },
    ]);
    expect(words(answer)).toEqual([
      "insufficient_stock",
      "applied",
      "applied",
      "applied",
      "insufficient_stock",
      "applied",
      "insufficient_stock",
    ]);
  });

  it("takes 500 rows, over many products and over one", async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => newProduct(0)));
    const [first = ""] = ids;
    const spread = await bulk(Array.from({ length: 500 }, (_, index) => receipt(ids[index % 50] ?? "", 1)));
    expect(spread.summary).toEqual({ total: 500, applied: 500, changed: 500, failed: 0, skipped: 0 });
    expect(await Promise.all(ids.map(onHand))).toEqual(ids.map(() => 10));
    const one = await bulk(Array.from({ length: 500 }, () => receipt(first, 1)));
    expect(one.summary.applied).toBe(500);
    expect(one.results.map(({ result }) => result?.onHand)).toEqual(
      Array.from({ length: 500 }, (_, index) => 11 + index),
    );
    const many = await call(BULK, {
      body: { operations: Array.from({ length: 501 }, () => receipt(first, 1)) },
    });
    expectProblem(many, 400, "validation_failed");
    expect(await onHand(first)).toBe(510);
  });

  it.each([
    ["no rows", { operations: [] }],
    ["no list", {}],
    ["an unknown policy", { operations: [receipt("P", 1)], onError: "panic" }],
    ["an unknown field", { operations: [receipt("P", 1)], dryRun: true }],
  ])("with %s is malformed as a whole", async (_, body) => {
    expectProblem(await call(BULK, { body }), 400, "validation_failed");
  });
});
