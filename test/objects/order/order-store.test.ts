/** The rows of an order's object: as an earlier release wrote them, and larger than a row may be. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MAX_ORDER_ROW_CHARS } from "../../../src/limits";
import { OrderStore, ORDER_MIGRATIONS } from "../../../src/objects/order/order-store";
import type { OrderRecord } from "../../../src/objects/order/order-record";
import { migrate, schemaVersion } from "../../../src/objects/storage/migrations";
import { expectProblem, expectStatus, hold, newId, newProduct, SHOP, stock } from "../../acceptance/api";
import { confirm, placeOrder, readOrder, release, lines, type Order } from "../../acceptance/order-api";

/** A record of the first release, which knew no owners: JSON in the only step of the schema that there was. */
async function writeOld(orderId: string, record: object): Promise<void> {
  await runInDurableObject(env.ORDER.getByName(orderId), (_, { storage }) => {
    storage.transactionSync(() => {
      migrate(storage.sql, ORDER_MIGRATIONS.slice(0, 1));
      storage.sql.exec("INSERT INTO record VALUES (1, ?)", JSON.stringify(record));
    });
  });
  await runInDurableObject(env.ORDER.getByName(orderId), (_, state) => state.abort("upgraded")).catch(
    () => {},
  );
}

function oldRecord(order: Order, more: object = {}) {
  const { orderId, reservations } = order;
  return {
    orderId,
    createdAtMs: Date.now(),
    seq: 7,
    step: "settled",
    asked: { actor: "key:old", clamped: false },
    reason: "order not held whole",
    refusals: [],
    holds: reservations.map((view) => ({
      productId: view.productId,
      ulid: view.reservationId.split("~").at(-1),
      view,
    })),
    ...more,
  };
}

const REQUEST = { products: [], split: false, ttlSeconds: 900 };

describe("an order of the first release", () => {
  /** An order with one hold, as that release would have left it. */
  async function oldOrder(more: object): Promise<{ orderId: string; productId: string }> {
    const productId = await newProduct(5);
    const made = await hold(productId, 2, { orderId: newId("made") });
    const orderId = newId("OLD");
    await writeOld(orderId, oldRecord({ orderId, state: "", expiresAt: null, reservations: [made] }, more));
    return { orderId, productId };
  }

  it("that was placed whole is read, takes single holds along, and is confirmed", async () => {
    const { orderId, productId } = await oldOrder({ request: REQUEST, createdAtMs: Date.now() - 60_000 });
    expect(await readOrder(orderId)).toMatchObject({ state: "held" });
    await hold(productId, 1, { orderId });
    expect(expectStatus(await confirm(orderId), 200).reservations).toHaveLength(2);
    expect(await stock(productId)).toMatchObject({ onHand: 2, reserved: 0 });
  });

  it("does not take in what was held under its id before it was placed", async () => {
    const productId = await newProduct(5);
    const orderId = newId("OLD");
    const before = await hold(productId, 1, { orderId });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const made = await hold(productId, 2, { orderId: newId("made") });
    const old = oldRecord(
      { orderId, state: "", expiresAt: null, reservations: [made] },
      { request: REQUEST },
    );
    await writeOld(orderId, old);
    const { reservations } = await readOrder(orderId);
    expect(reservations.map(({ reservationId }) => reservationId)).not.toContain(before.reservationId);
    expect(reservations).toHaveLength(1);
  });

  it("has no owner: only who may see all orders sees it", async () => {
    const { orderId, productId } = await oldOrder({ request: REQUEST });
    expectProblem(await confirm(orderId, { key: SHOP }), 404, "order_not_found");
    expectProblem(await release(orderId, { key: SHOP }), 404, "order_not_found");
    expectProblem(await placeOrder(orderId, lines([productId]), {}, { key: SHOP }), 409, "order_exists");
    expect((await readOrder(orderId)).state).toBe("held");
  });

  it("that was taken up from single holds goes on", async () => {
    const { orderId } = await oldOrder({});
    expect(await readOrder(orderId)).toMatchObject({ state: "held" });
    expect(expectStatus(await release(orderId), 200).state).toBe("released");
  });

  it("that was being confirmed when it was upgraded is confirmed", async () => {
    const { orderId, productId } = await oldOrder({ request: REQUEST, step: "confirming" });
    expectProblem(await confirm(orderId), 409, "reservation_already_confirmed");
    expect(await stock(productId)).toMatchObject({ onHand: 3, reserved: 0 });
  });
});

describe("the rows of the first step of an order's schema", () => {
  it("are read as they were, an answer too, and have room for what is larger", async () => {
    await runInDurableObject(env.ORDER.getByName(newId("OLD")), (_, { storage }) => {
      const record = { orderId: "O", createdAtMs: 1, step: "settled", seq: 1, holds: [], refusals: [] };
      migrate(storage.sql, ORDER_MIGRATIONS.slice(0, 1));
      storage.sql.exec("INSERT INTO record VALUES (1, ?)", JSON.stringify(record));
      storage.sql.exec("INSERT INTO answers VALUES ('k', 'f', 'the answer')");
      const store = new OrderStore(storage);
      expect(schemaVersion(storage.sql)).toBe(ORDER_MIGRATIONS.length);
      expect(store.record).toMatchObject(record);
      expect(store.kept("k")).toEqual({ fingerprint: "f", body: "the answer" });
      const asked = { actor: "key:a", clamped: false, key: { id: "new", fingerprint: "g" } };
      const large = "x".repeat(3 * MAX_ORDER_ROW_CHARS);
      store.save({ ...(store.record ?? expect.fail("no record")), asked }, large);
      expect(store.kept("new")).toEqual({ fingerprint: "g", body: large });
      expect(store.kept("k")?.body).toBe("the answer");
    });
  });
});

describe("a record and an answer larger than a row", () => {
  it("are stored in parts, no character torn, and read whole; a smaller one leaves no rest", async () => {
    const record = (reason: string): OrderRecord => ({
      orderId: "O",
      createdAtMs: 1,
      step: "settled",
      seq: 1,
      asked: { actor: "key:a", clamped: false, key: { id: "k", fingerprint: "f" } },
      owner: null,
      sinceMs: 0,
      reason,
      holds: [],
      refusals: [],
    });
    await runInDurableObject(env.ORDER.getByName(newId("BIG")), (_, { storage }) => {
      const store = new OrderStore(storage);
      // Two of these differ by one place, so that one of them would be cut within a character.
      for (const lead of ["", "x"]) {
        const large = `${lead}${"🎁".repeat(MAX_ORDER_ROW_CHARS)}`;
        store.save(record(large), `${large}!`);
        expect(store.record?.reason === large).toBe(true);
      }
      expect(store.kept("k")?.body === `${"🎁".repeat(MAX_ORDER_ROW_CHARS)}!`).toBe(true);
      store.save(record("small"));
      expect(new OrderStore(storage).record).toEqual(record("small"));
    });
  });
});
