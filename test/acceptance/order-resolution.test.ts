/** Confirming, releasing and reading an order, by the wire contract. */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  act,
  ADMIN,
  allowBackorder,
  call,
  count,
  eventually,
  expectProblem,
  expectStatus,
  hold,
  history,
  newId,
  reservation,
  reserve,
  stock,
  type CallOptions,
  type Reservation,
} from "./api";
import { confirm, held, lines, products, readOrder, release, type Order } from "./order-api";

afterEach(() => void vi.useRealTimers());

describe("confirming an order", () => {
  it("takes every line off the shelf once; a second time says that it was", async () => {
    const ids = await products(3, 5);
    const { orderId } = await held(lines(ids, 2));
    const keyed = { headers: { "Idempotency-Key": "pay" } };
    const first = await confirm(orderId, keyed);
    expect(expectStatus(first, 200)).toMatchObject({ orderId, state: "confirmed", expiresAt: null });
    for (const id of ids) expect(await stock(id)).toMatchObject({ onHand: 3, reserved: 0 });
    const again = await confirm(orderId, keyed);
    expect([again.status, again.text, again.headers.get("Idempotency-Replayed")]).toEqual([
      200,
      first.text,
      "true",
    ]);
    expectProblem(await confirm(orderId), 409, "reservation_already_confirmed");
    expectProblem(await release(orderId), 409, "reservation_already_confirmed");
    for (const id of ids) expect(await stock(id)).toMatchObject({ onHand: 3, reserved: 0 });
    expect(await readOrder(orderId)).toMatchObject({ state: "confirmed" });
  });

  it("B-10: one hold expired: 410, nothing confirmed, the living holds stay as they were", async () => {
    const ids = await products(3, 5);
    const { orderId, reservations } = await held(lines(ids, 2), { ttlSeconds: 60 });
    const [short, ...living] = reservations;
    for (const one of living) expectStatus(await act(one, "extend", { ttlSeconds: 3000 }), 200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(short?.expiresAt ?? "") + 1 });
    const refused = expectProblem(await confirm(orderId), 410, "reservation_expired");
    expect(refused).toMatchObject({ reservationId: short?.reservationId });
    const after = await readOrder(orderId);
    expect(after.reservations.map(({ state, held }) => [state, held])).toEqual([
      ["expired", 0],
      ["held", 2],
      ["held", 2],
    ]);
    const expiries = await Promise.all(
      living.map(async (one) => (await reservation(one.reservationId)).expiresAt),
    );
    for (const [index, expiresAt] of expiries.entries()) {
      const given = Date.parse(living[index]?.expiresAt ?? "") + (3000 - 60) * 1000;
      expect(Math.abs(Date.parse(expiresAt ?? "") - given)).toBeLessThan(5000);
    }
    for (const id of ids) expect(await stock(id)).toMatchObject({ onHand: 5 });
    expectStatus(await act(living[0] as Reservation, "release"), 200);
  });

  it("leaves out what was let go by itself before", async () => {
    const ids = await products(3, 5);
    const { orderId, reservations } = await held(lines(ids, 2));
    expectStatus(await act(reservations[1] as Reservation, "release"), 200);
    expect(expectStatus(await confirm(orderId), 200).reservations.map(({ state }) => state)).toEqual([
      "confirmed",
      "released",
      "confirmed",
    ]);
    expect(await Promise.all(ids.map(async (id) => (await stock(id)).onHand))).toEqual([3, 5, 3]);
  });

  it("V-16: is whole or not at all when one product's units are only promised", async () => {
    const ids = await products(2, 3);
    const [, backordered = ""] = ids;
    await allowBackorder(backordered, 5);
    const { orderId } = await held([...lines(ids.slice(0, 1), 1), { productId: backordered, quantity: 8 }]);
    const before = await Promise.all(ids.map((id) => stock(id)));
    const refused = expectProblem(await confirm(orderId), 409, "insufficient_stock");
    expect(await Promise.all(ids.map((id) => stock(id)))).toEqual(before);
    expect(refused.shortages).toEqual([
      { productId: backordered, locationId: "main", requested: 8, available: 3 },
    ]);
    expect(await stock(ids[0] ?? "")).toMatchObject({ onHand: 3, reserved: 1 });
    expectStatus(await count(backordered, { newQuantity: 8 }), 200);
    expect(expectStatus(await confirm(orderId), 200).state).toBe("confirmed");
  });

  it("two orders after the same backordered units: exactly one is confirmed", async () => {
    const [shared = "", a = "", b = ""] = await products(3, 4);
    await allowBackorder(shared, 4);
    const first = await held(lines([shared, a], 4));
    const second = await held(lines([shared, b], 4));
    const answers = await Promise.all([confirm(first.orderId), confirm(second.orderId)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(await stock(shared)).toMatchObject({ onHand: 0, reserved: 4 });
    const loser = answers[0].status === 200 ? b : a;
    expect(await stock(loser)).toMatchObject({ onHand: 4, reserved: 4 });
  });

  it("an order nobody has heard of is 404, and asking leaves no trace", async () => {
    const orderId = newId("ORD");
    expectProblem(await confirm(orderId), 404, "order_not_found");
    expectProblem(await release(orderId), 404, "order_not_found");
    expectProblem(await call(`GET /v1/orders/${orderId}`), 404, "order_not_found");
  });
});

describe("releasing and reading an order", () => {
  it("gives everything back, once", async () => {
    const ids = await products(2, 5);
    const { orderId } = await held(lines(ids, 2));
    expect(expectStatus(await release(orderId), 200)).toMatchObject({ state: "released", expiresAt: null });
    for (const id of ids) expect(await stock(id)).toMatchObject({ onHand: 5, reserved: 0 });
    expectProblem(await release(orderId), 409, "reservation_already_released");
    expectProblem(await confirm(orderId), 409, "reservation_already_released");
  });

  it("says how each line stands when one was sold by itself before", async () => {
    const ids = await products(2, 5);
    const { orderId, reservations } = await held(lines(ids, 2));
    expectStatus(await act(reservations[0] as Reservation, "confirm"), 200);
    const released = expectStatus(await release(orderId), 200);
    expect(released.reservations.map(({ state, confirmed }) => [state, confirmed])).toEqual([
      ["confirmed", 2],
      ["released", 0],
    ]);
    expect((await readOrder(orderId)).reservations.map(({ state }) => state)).toEqual([
      "confirmed",
      "released",
    ]);
  });

  it("S-39: a hold made under the id after the others were confirmed is confirmed too", async () => {
    const ids = await products(2, 5);
    const orderId = newId("ORD");
    const [first = "", second = ""] = ids;
    await hold(first, 2, { orderId });
    expect(expectStatus(await confirm(orderId), 200).state).toBe("confirmed");
    const late = await hold(second, 1, { orderId });
    expect(expectStatus(await confirm(orderId), 200).reservations.map(({ state }) => state)).toEqual([
      "confirmed",
      "confirmed",
    ]);
    expect((await reservation(late.reservationId)).state).toBe("confirmed");
    expect(await Promise.all(ids.map(async (id) => (await stock(id)).onHand))).toEqual([3, 4]);
  });

  it("S-39: an order's expiry is the earliest among its living holds", async () => {
    const ids = await products(3, 5);
    const { orderId, reservations } = await held(lines(ids), { ttlSeconds: 100 });
    const [one, two, three] = reservations as [Reservation, Reservation, Reservation];
    const at = expectStatus(await act(one, "extend", { ttlSeconds: 900 }), 200).expiresAt;
    expectStatus(await act(two, "extend", { ttlSeconds: 1800 }), 200);
    expect((await readOrder(orderId)).expiresAt).toBe(three.expiresAt);
    expectStatus(await act(three, "release"), 200);
    expect((await readOrder(orderId)).expiresAt).toBe(at);
  });

  it("S-39: an order all of whose holds ran out reads as expired, and cannot be confirmed or released", async () => {
    const ids = await products(2, 5);
    const { orderId } = await held(lines(ids), { ttlSeconds: 60 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    expect(await readOrder(orderId)).toMatchObject({ state: "expired", expiresAt: null });
    expectProblem(await confirm(orderId), 410, "reservation_expired");
    expectProblem(await release(orderId), 410, "reservation_expired");
    for (const id of ids) expect(await stock(id)).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it("S-39: holds made one by one under an order's id are an order too", async () => {
    const ids = await products(2, 5);
    const orderId = newId("ORD");
    const [first = "", second = ""] = ids;
    await hold(first, 2, { orderId, ttlSeconds: 500 });
    const early = await hold(second, 1, { orderId, ttlSeconds: 100 });
    const order = await eventually(
      async () => (await call<Order>(`GET /v1/orders/${orderId}`)).body,
      (found) => expect(found.reservations).toHaveLength(2),
    );
    expect(order).toMatchObject({ orderId, state: "held", expiresAt: early.expiresAt });
    await hold(first, 1, { orderId });
    expect(expectStatus(await confirm(orderId), 200).reservations).toHaveLength(3);
    expect(await Promise.all(ids.map(async (id) => (await stock(id)).onHand))).toEqual([2, 4]);
    expectProblem(await confirm(orderId), 409, "reservation_already_confirmed");
  });

  it("follows a product that was deleted in the meantime", async () => {
    const ids = await products(2, 5);
    const { orderId } = await held(lines(ids));
    const gone = `/v1/products/${ids[0]}?force=true&reason=recalled`;
    expectStatus(await call(`DELETE ${gone}`, { key: ADMIN }), 204);
    expect((await readOrder(orderId)).reservations.map(({ state }) => state)).toEqual(["released", "held"]);
    expect(expectStatus(await confirm(orderId), 200).state).toBe("confirmed");
    expect((await readOrder(orderId)).reservations.map(({ state }) => state)).toEqual([
      "released",
      "confirmed",
    ]);
    expect(await stock(ids[1] ?? "")).toMatchObject({ onHand: 4, reserved: 0 });
  });

  it("keeps each unit in the book: what the events say is what is there", async () => {
    const ids = await products(2, 5);
    const { orderId } = await held(lines(ids, 2));
    expectStatus(await confirm(orderId), 200);
    for (const id of ids) {
      const told = await history(id);
      expect(told.map(({ version }) => version)).toEqual(told.map((_, index) => index + 1));
      expect(told.filter(({ type }) => type === "reservation.confirmed")).toHaveLength(1);
    }
    expect((await reserve(ids[0] ?? "", { quantity: 4 })).status).toBe(409);
  });
});

describe("several reservations by their ids", () => {
  interface Resolved {
    results: { reservationId: string; applied: boolean; code?: string; reservation?: Reservation }[];
    summary: object;
  }
  const resolve = (step: string, reservationIds: string[], options: CallOptions = {}) =>
    call<Resolved>(`POST /v1/reservations/${step}`, { body: { reservationIds }, ...options });

  it("are confirmed and released each by itself", async () => {
    const [productId = "", other = ""] = await products(2, 9);
    const holds = [await hold(productId, 1), await hold(productId, 2), await hold(other, 3)];
    const ids = holds.map(({ reservationId }) => reservationId);
    const keyed = { headers: { "Idempotency-Key": "some" } };
    const first = await resolve("confirm", [...ids.slice(0, 2), "nothing"], keyed);
    const { results, summary } = expectStatus(first, 200);
    expect(results.map(({ applied, code }) => [applied, code])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, "reservation_not_found"],
    ]);
    expect(summary).toEqual({ total: 3, applied: 2, failed: 1 });
    const again = expectStatus(await resolve("confirm", [...ids.slice(0, 2), "nothing"], keyed), 200);
    expect(again.summary).toEqual(summary);
    expect(await stock(productId)).toMatchObject({ onHand: 6, reserved: 0 });
    const released = expectStatus(await resolve("release", ids), 200);
    expect(released.results.map(({ code }) => code)).toEqual([
      "reservation_already_confirmed",
      "reservation_already_confirmed",
      undefined,
    ]);
    expect(await stock(other)).toMatchObject({ onHand: 9, reserved: 0 });
  });

  it("or an order, but not both and not neither", async () => {
    for (const body of [{}, { orderId: "o", reservationIds: ["x"] }]) {
      expectProblem(await call("POST /v1/reservations/confirm", { body }), 400, "validation_failed");
      expectProblem(await call("POST /v1/reservations/release", { body }), 400, "validation_failed");
    }
    expectProblem(await resolve("confirm", []), 400);
    expectProblem(
      await resolve(
        "confirm",
        Array.from({ length: 51 }, () => "x"),
      ),
      400,
    );
  });
});
