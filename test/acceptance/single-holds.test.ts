/** Holds made one by one under the id of an order: they are the order's, from the moment they are acknowledged. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { BOOK_DELAY_MS } from "../../src/limits";
import {
  ADMIN,
  call,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  reservation,
  reserve,
  sleep,
  stock,
  type Reservation,
} from "./api";
import { confirm, lines, placeOrder, products, readOrder, release, type Order } from "./order-api";

const states = ({ reservations }: Order) => reservations.map(({ state }) => state);

/** Nothing comes into the book any more; what is there can be read. */
function stopTheBook(): void {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  vi.spyOn(env.BOOK, "batch").mockRejectedValue(new Error("locked"));
}

/** Nothing can be read in the book. */
function closeTheBook(): void {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  vi.spyOn(env.BOOK, "prepare").mockImplementation(() => {
    throw new Error("away");
  });
}

/** After this an index that was just started is not the reason for anything. */
async function warmUp(): Promise<void> {
  await call(`GET /v1/orders/${newId("nobody")}`);
  await sleep(1100);
}

beforeAll(warmUp);
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a single hold under the id of an order", () => {
  it("S-39: is in the order as soon as it is acknowledged, whatever the book has", async () => {
    const ids = await products(2, 50);
    for (const id of ids) await history(id);
    stopTheBook();
    for (let round = 0; round < 20; round += 1) {
      const orderId = newId("ORD");
      const held = await Promise.all(ids.map((id) => hold(id, 1, { orderId })));
      const order = await readOrder(orderId);
      expect(order).toMatchObject({ orderId, state: "held" });
      expect(order.reservations.map((one) => one.reservationId).toSorted()).toEqual(
        held.map((one) => one.reservationId).toSorted(),
      );
      const resolved = expectStatus(await (round % 2 === 0 ? confirm : release)(orderId), 200);
      expect(new Set(states(resolved))).toEqual(new Set([round % 2 === 0 ? "confirmed" : "released"]));
    }
    for (const id of ids) expect(await stock(id)).toMatchObject({ onHand: 40, reserved: 0 });
  });

  it("S-39: is answered in an order without waiting for the book", async () => {
    const [id = ""] = await products(1, 5);
    const orderId = newId("ORD");
    await hold(id, 1, { orderId });
    const timers = vi.spyOn(globalThis, "setTimeout");
    expect((await readOrder(orderId)).state).toBe("held");
    expectStatus(await confirm(orderId), 200);
    expect(timers.mock.calls.map(([, ms]) => ms)).not.toContain(BOOK_DELAY_MS);
  });

  it.each(["confirm", "release"] as const)(
    "belongs to an order that was placed whole, which takes it along: %s",
    async (verb) => {
      const ids = await products(3, 5);
      const [first = "", second = "", third = ""] = ids;
      const orderId = newId("ORD");
      const early = await hold(third, 1, { orderId });
      expectStatus(await placeOrder(orderId, lines([first, second])), 201);
      stopTheBook();
      const late = await hold(second, 2, { orderId });
      const operations = [{ op: "reserve", productId: first, quantity: 2, orderId }];
      expectStatus(await call("POST /v1/inventory/bulk", { body: { operations, onError: "continue" } }), 200);
      const order = await readOrder(orderId);
      expect(order.reservations).toHaveLength(5);
      for (const { reservationId } of [early, late])
        expect(order.reservations.map((one) => one.reservationId)).toContain(reservationId);
      const act = verb === "confirm" ? confirm : release;
      expect(new Set(states(expectStatus(await act(orderId), 200)))).toEqual(
        new Set([verb === "confirm" ? "confirmed" : "released"]),
      );
      for (const id of ids) expect((await stock(id)).reserved).toBe(0);
      expect((await reservation(late.reservationId)).state).not.toBe("held");
    },
  );

  it("makes an order of it where placing one was refused", async () => {
    const [good = "", bad = ""] = await products(2, 1);
    const orderId = newId("ORD");
    expectProblem(await placeOrder(orderId, lines([good, bad], 2)), 409, "insufficient_stock");
    expect((await readOrder(orderId)).state).toBe("failed");
    await hold(good, 1, { orderId });
    expect(await readOrder(orderId)).toMatchObject({ state: "held" });
    expect(states(expectStatus(await confirm(orderId), 200))).toEqual(["confirmed"]);
  });

  it("of an order of the same id that has ended does not spoil the next one", async () => {
    const ids = await products(2, 5);
    const orderId = newId("ORD");
    const [first = ""] = ids;
    expectStatus(await placeOrder(orderId, lines(ids), { ttlSeconds: 60 }), 201);
    await hold(first, 1, { orderId, ttlSeconds: 60 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect(states(await readOrder(orderId))).toEqual(["expired", "expired", "expired"]);
    expectStatus(await placeOrder(orderId, lines(ids)), 201);
    expect(states(await readOrder(orderId))).toEqual(["held", "held"]);
    expect(states(expectStatus(await confirm(orderId), 200))).toEqual(["confirmed", "confirmed"]);
  });

  it("is told by the book when its product is gone", async () => {
    const [id = ""] = await products(1, 5);
    const orderId = newId("ORD");
    const held = await hold(id, 1, { orderId });
    await history(id);
    expectStatus(await call(`DELETE /v1/products/${id}?force=true&reason=gone`, { key: ADMIN }), 204);
    expect((await readOrder(orderId)).reservations).toMatchObject([
      { reservationId: held.reservationId, state: "released", held: 0 },
    ]);
    expectProblem(await confirm(orderId), 409, "reservation_already_released");
  });
});

describe("when the book cannot be read", () => {
  it("an order placed whole is answered with its own holds and the newest others", async () => {
    const ids = await products(2, 5);
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines(ids)), 201);
    await hold(ids[0] ?? "", 1, { orderId });
    closeTheBook();
    expect(states(await readOrder(orderId))).toEqual(["held", "held", "held"]);
    expect(states(expectStatus(await confirm(orderId), 200))).toEqual([
      "confirmed",
      "confirmed",
      "confirmed",
    ]);
  });

  it("an order that was not placed whole may have others: 503", async () => {
    const [id = ""] = await products(1, 5);
    const orderId = newId("ORD");
    await hold(id, 1, { orderId });
    closeTheBook();
    for (const answer of [
      await call(`GET /v1/orders/${orderId}`),
      await confirm(orderId),
      await release(orderId),
    ])
      expectProblem(answer, 503, "book_unavailable");
    vi.restoreAllMocks();
    expectStatus(await release(orderId), 200);
    closeTheBook();
    expectProblem(await placeOrder(orderId, lines([id])), 503, "book_unavailable");
    vi.restoreAllMocks();
    expectStatus(await placeOrder(orderId, lines([id])), 201);
  });
});

describe("when the index", () => {
  const shards = () => Array.from({ length: 4 }, (_, shard) => env.ORDER_INDEX.getByName(`holds:${shard}`));

  it("has just started: what it forgot is found in the book a moment later", async () => {
    const [id = ""] = await products(1, 5);
    const orderId = newId("ORD");
    await hold(id, 1, { orderId });
    const { runInDurableObject } = await import("cloudflare:test");
    for (const shard of shards())
      await runInDurableObject(shard, (_, state) => state.abort("restarted")).catch(() => undefined);
    expect((await readOrder(orderId)).state).toBe("held");
    expectStatus(await confirm(orderId), 200);
    await warmUp();
  });

  it("cannot be reached: holds are acknowledged all the same, and found in the book a moment later", async () => {
    const [id = ""] = await products(1, 9);
    const orderId = newId("ORD");
    const logged = vi.spyOn(console, "error").mockReturnValue(undefined);
    const getByName = env.ORDER_INDEX.getByName.bind(env.ORDER_INDEX);
    vi.spyOn(env.ORDER_INDEX, "getByName").mockImplementation((name) => {
      const away = () => Promise.reject(new Error("away"));
      return Object.assign(Object.create(getByName(name)), { add: away, find: away }) as ReturnType<
        typeof getByName
      >;
    });
    for (let made = 0; made < 3; made += 1) await hold(id, 1, { orderId });
    expect((await readOrder(orderId)).reservations).toHaveLength(3);
    expect(
      logged.mock.calls.filter(([line]) => String(line).includes("order index not reached")),
    ).toHaveLength(1);
    expectStatus(await release(orderId), 200);
  });

  it("hangs: a hold waits a second at most", async () => {
    const [id = ""] = await products(1, 9);
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const getByName = env.ORDER_INDEX.getByName.bind(env.ORDER_INDEX);
    const spy = vi.spyOn(env.ORDER_INDEX, "getByName").mockImplementation((name) => {
      const never = () => new Promise(() => undefined);
      return Object.assign(Object.create(getByName(name)), { add: never }) as ReturnType<typeof getByName>;
    });
    const before = performance.now();
    const plain = await reserve(id, { quantity: 1 });
    expectStatus(plain, 201);
    expect(spy).not.toHaveBeenCalled();
    await hold(id, 1, { orderId: newId("ORD") });
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

describe("an order of many holds", () => {
  /** In requests of 500; each with enough about it that the order does not fit into one row. */
  async function holdMany(productId: string, orderId: string, holds: number): Promise<void> {
    const metadata = { note: "🎁".repeat(250), more: "x".repeat(500) };
    for (let made = 0; made < holds; made += 500) {
      const operations = Array.from({ length: Math.min(500, holds - made) }, () => ({
        op: "reserve",
        productId,
        quantity: 1,
        orderId,
        metadata,
      }));
      const body = { operations, onError: "continue" };
      expectStatus(
        await call("POST /v1/inventory/bulk", { body: JSON.stringify(body), headers: JSON_BODY }),
        200,
      );
    }
  }
  const JSON_BODY = { "Content-Type": "application/json" };

  it("is read, confirmed and replayed whole", { timeout: 60_000 }, async () => {
    const [many = "", other = ""] = await products(2, 2000);
    const orderId = newId("ORD");
    await holdMany(many, orderId, 620);
    await hold(other, 1, { orderId });
    expect((await readOrder(orderId)).reservations).toHaveLength(621);
    const keyed = { headers: { "Idempotency-Key": "all" } };
    const first = await confirm(orderId, keyed);
    const { reservations } = expectStatus(first, 200);
    expect(reservations).toHaveLength(621);
    expect(new Set(reservations.map(({ state }) => state))).toEqual(new Set(["confirmed"]));
    const again = await confirm(orderId, keyed);
    expect([again.text === first.text, again.headers.get("Idempotency-Replayed")]).toEqual([true, "true"]);
    expect(await stock(many)).toMatchObject({ onHand: 2000 - 620, reserved: 0 });
    expect((await readOrder(orderId)).state).toBe("confirmed");
  });

  it("more than 2,000 is not cut in silence: 400, and nothing is done", async () => {
    const [id = ""] = await products(1, 5);
    const orderId = newId("ORD");
    const one = await hold(id, 1, { orderId });
    await history(id);
    await env.BOOK.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
       INSERT INTO reservations (reservation_id, product_id, location_id, order_id, state, quantity, held, confirmed,
         released, returned, created_at, version)
       SELECT product_id || '~01JT5X7K9M' || printf('%016d', i), product_id, location_id, order_id, 'released', 1, 0, 0,
         1, 0, created_at, version FROM n, reservations WHERE reservation_id = ?`,
    )
      .bind(one.reservationId)
      .run();
    for (const answer of [
      await call(`GET /v1/orders/${orderId}`),
      await confirm(orderId),
      await release(orderId),
    ]) {
      const { errors } = expectProblem(answer, 400, "validation_failed");
      expect(errors).toMatchObject([{ path: "orderId", code: "too_many_holds" }]);
    }
    expect(((await reservation(one.reservationId)) as Reservation).state).toBe("held");
  });
});
