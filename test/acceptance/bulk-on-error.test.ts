/** Bulk requests that fail in part or are sent again: what happens to the other rows. */
import { describe, expect, it } from "vitest";
import {
  call,
  count,
  events,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newProduct,
  reserve,
  stock,
} from "./api";
import { BULK, bulk, onHand, receipt, sale, taken, words } from "./bulk-api";

describe("onError: stop", () => {
  it("applies in row order and tries nothing after the first failure", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const answer = await bulk([sale(a, 1), sale(b, 1), sale(a, 10), sale(b, 1), receipt(a, 5)], "stop");
    expect(words(answer)).toEqual(["applied", "applied", "insufficient_stock", "skipped", "skipped"]);
    expect(answer.results[3]).toEqual({
      index: 3,
      op: "adjust",
      productId: b,
      applied: false,
      code: "skipped",
      detail: expect.any(String),
    });
    expect(answer.summary).toEqual({ total: 5, applied: 2, changed: 2, failed: 1, skipped: 2 });
    expect([await onHand(a), await onHand(b)]).toEqual([9, 9]);
  });

  it("stops at a bad row too, where it stands", async () => {
    const a = await newProduct(10);
    const answer = await bulk([sale(a, 1), { op: "adjust", productId: a }, sale(a, 1)], "stop");
    expect(words(answer)).toEqual(["applied", "validation_failed", "skipped"]);
    expect(await onHand(a)).toBe(9);
  });

  it("applies all when nothing fails", async () => {
    const a = await newProduct(10);
    const answer = await bulk([sale(a, 1), taken(a, 9), sale(a, 1)], "stop");
    expect(answer.summary).toEqual({ total: 3, applied: 3, changed: 2, failed: 0, skipped: 0 });
  });
});

describe("onError: rejectAll", () => {
  it("applies nothing when anything would fail, and says what would", async () => {
    const ids = [await newProduct(10), await newProduct(10), await newProduct(10)];
    const [a = "", b = "", c = ""] = ids;
    await hold(b, 8);
    const before = await Promise.all(ids.map((id) => stock(id)));
    const book = (await events({})).length;
    const answer = await bulk([sale(a, 1), sale(b, 3), receipt(c, 1), taken(c, -1), sale(b, 1)], "rejectAll");
    expect(words(answer)).toEqual(["skipped", "below_reserved", "skipped", "validation_failed", "skipped"]);
    expect(answer.summary).toEqual({ total: 5, applied: 0, changed: 0, failed: 2, skipped: 3 });
    expect(await Promise.all(ids.map((id) => stock(id)))).toEqual(before);
    await Promise.all(ids.map((id) => history(id)));
    const after = await events({});
    expect(after.filter(({ productId }) => productId === a || productId === c)).toHaveLength(4);
    expect(after.length).toBeLessThanOrEqual(book + 1);
  });

  it("checks each row with the effects of those before it", async () => {
    const a = await newProduct(2);
    const short = await bulk([sale(a, 2), sale(a, 1)], "rejectAll");
    expect(words(short)).toEqual(["skipped", "insufficient_stock"]);
    const filled = await bulk([sale(a, 2), receipt(a, 1), sale(a, 1)], "rejectAll");
    expect(words(filled)).toEqual(["applied", "applied", "applied"]);
    const { version } = await stock(a);
    const locked = await bulk(
      [
        { ...receipt(a, 1), version },
        { ...receipt(a, 1), version },
      ],
      "rejectAll",
    );
    expect(words(locked)).toEqual(["skipped", "version_conflict"]);
    const renewed = [
      { ...receipt(a, 1), version },
      { ...receipt(a, 1), version: version + 2 },
    ];
    // A receipt on an empty shelf is two events: adjusted, available again.
    expect(words(await bulk(renewed, "rejectAll"))).toEqual(["applied", "applied"]);
    expect(await onHand(a)).toBe(2);
  });

  it("says what stands of an earlier try, when it is sent again and something fails now", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const before = { ...sale(a, 1), idempotencyKey: newId("key") };
    expect(words(await bulk([before]))).toEqual(["applied"]);
    const fresh = { ...sale(b, 1), idempotencyKey: newId("key") };
    const answer = await bulk([before, fresh, fresh, sale(b, 99)], "rejectAll");
    expect(words(answer)).toEqual(["applied", "skipped", "skipped", "insufficient_stock"]);
    expect(answer.results[0]).toMatchObject({ replayed: true, changed: true });
    expect(answer.summary).toEqual({ total: 4, applied: 1, changed: 1, failed: 1, skipped: 2 });
    expect([await onHand(a), await onHand(b)]).toEqual([9, 10]);
  });

  it("leaves keys, holds and the next deadlines as they were", async () => {
    const a = await newProduct(10);
    const key = newId("key");
    const held = { op: "reserve", productId: a, quantity: 2, orderId: "O-9", idempotencyKey: key };
    expect(words(await bulk([held, sale(newId("P"), 1)], "rejectAll"))).toEqual([
      "skipped",
      "product_not_found",
    ]);
    expect((await stock(a)).reserved).toBe(0);
    const other = await reserve(a, { quantity: 3 }, { headers: { "Idempotency-Key": key } });
    expectStatus(other, 201);
    expect(words(await bulk([held], "rejectAll")), "the key is that reserve's now").toEqual([
      "idempotency_key_reused",
    ]);
    expect((await stock(a)).reserved).toBe(3);
  });
});

describe("keys of a bulk request", () => {
  it.each(["continue", "stop", "rejectAll"])("%s: a repeat is answered as the first was", async (onError) => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const operations = [
      sale(a, 1),
      taken(b, 10),
      { op: "reserve", productId: b, quantity: 2, idempotencyKey: newId("own") },
      sale(a, 2),
    ];
    const options = { headers: { "Idempotency-Key": newId("whole") } };
    const first = await bulk(operations, onError, options);
    const again = await bulk(operations, onError, options);
    expect(first.results.some(({ replayed }) => replayed)).toBe(false);
    expect(again.results).toEqual(first.results.map((row) => ({ ...row, replayed: true })));
    expect(again.summary).toEqual(first.summary);
    expect(first.summary).toMatchObject({ applied: 4, changed: 3 });
    expect(await onHand(a)).toBe(7);
    expect((await stock(b)).reserved).toBe(2);
  });

  it("D-08: the same key with another row in its place is refused there", async () => {
    const [a, b] = [await newProduct(10), await newProduct(10)];
    const options = { headers: { "Idempotency-Key": newId("whole") } };
    await bulk([sale(a, 1), sale(b, 1)], "continue", options);
    const answer = await bulk([sale(a, 2), sale(b, 1)], "continue", options);
    expect(words(answer)).toEqual(["idempotency_key_reused", "applied"]);
    expect([await onHand(a), await onHand(b)]).toEqual([9, 9]);
  });

  it("D-11: a malformed key is 400, the request's for all, a row's for the row", async () => {
    const a = await newProduct(10);
    const headers = { "Idempotency-Key": "k".repeat(256) };
    expectProblem(
      await call(BULK, { body: { operations: [sale(a, 1)] }, headers }),
      400,
      "validation_failed",
    );
    const answer = await bulk([{ ...sale(a, 1), idempotencyKey: "" }, sale(a, 1)]);
    expect(words(answer)).toEqual(["validation_failed", "applied"]);
  });

  it("D-10: a row that was refused is judged anew", async () => {
    const a = await newProduct(0);
    const options = { headers: { "Idempotency-Key": newId("whole") } };
    expect(words(await bulk([sale(a, 1)], "continue", options))).toEqual(["insufficient_stock"]);
    expectStatus(await count(a, { newQuantity: 5 }), 200);
    expect(words(await bulk([sale(a, 1)], "continue", options))).toEqual(["applied"]);
  });
});
