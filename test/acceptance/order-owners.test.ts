/** Whose order is it: a key that knows only what it made knows only the orders and holds that it made. */
import { describe, expect, it } from "vitest";
import {
  act,
  call,
  expectProblem,
  expectStatus,
  newId,
  newProduct,
  reservation,
  SHOP,
  STAFF,
  stock,
} from "./api";
import { confirm, lines, placeOrder, release, type Order } from "./order-api";

const OTHER = { key: "other-shop" };
const OWN = { key: SHOP };
const CARE = { key: "care" };

const read = (orderId: string, options: { key: string }) => call<Order>(`GET /v1/orders/${orderId}`, options);
const hold = async (productId: string, orderId: string, options: { key: string }) => {
  const body = { quantity: 1, orderId };
  const answer = await call<Order["reservations"][number]>(`POST /v1/inventory/${productId}/reserve`, {
    body,
    ...options,
  });
  return expectStatus(answer, 201);
};
const idsOf = ({ reservations }: Order) => reservations.map(({ reservationId }) => reservationId);

describe("an order of another key", () => {
  it("does not exist: not to read, to confirm or to release", async () => {
    const productId = await newProduct(9);
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([productId], 2), {}, OWN), 201);
    for (const answer of [
      await read(orderId, OTHER),
      await confirm(orderId, OTHER),
      await release(orderId, OTHER),
    ])
      expectProblem(answer, 404, "order_not_found");
    expect(await stock(productId)).toMatchObject({ onHand: 9, reserved: 2 });
    for (const who of [OWN, CARE, { key: STAFF }])
      expect(expectStatus(await read(orderId, who), 200).state).toBe("held");
    expect(expectStatus(await confirm(orderId, OWN), 200).state).toBe("confirmed");
    expectProblem(await read(orderId, OTHER), 404, "order_not_found");
  });

  it("keeps its id: placing it again is 409 and does not say how it stands", async () => {
    const productId = await newProduct(9);
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([productId]), {}, OWN), 201);
    const refused = expectProblem(
      await placeOrder(orderId, lines([productId]), {}, OTHER),
      409,
      "order_exists",
    );
    expect(refused).not.toHaveProperty("state");
    expect(refused.detail).not.toContain("held");
    expectStatus(await release(orderId, OWN), 200);
    expectProblem(await placeOrder(orderId, lines([productId]), {}, OTHER), 409, "order_exists");
    const own = expectProblem(
      expectStatus(await placeOrder(orderId, lines([productId]), {}, OWN), 201) &&
        (await placeOrder(orderId, lines([productId]), {}, OWN)),
      409,
      "order_exists",
    );
    expect(own).toMatchObject({ state: "held" });
    expect((await stock(productId)).reserved).toBe(1);
  });

  it("is resolved by whoever may see all, also where another key has placed it", async () => {
    const productId = await newProduct(9);
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([productId]), {}, OWN), 201);
    await hold(productId, orderId, OTHER);
    expect(expectStatus(await read(orderId, CARE), 200).reservations).toHaveLength(2);
    expect(expectStatus(await confirm(orderId, CARE), 200).reservations).toHaveLength(2);
    expect(await stock(productId)).toMatchObject({ onHand: 7, reserved: 0 });
    expect(expectStatus(await read(orderId, OWN), 200)).toMatchObject({ state: "confirmed" });
    expect(expectStatus(await read(orderId, OWN), 200).reservations).toHaveLength(1);
    expect(expectStatus(await read(orderId, OTHER), 200).reservations).toHaveLength(1);
  });

  it("that failed leaves its id free", async () => {
    const productId = await newProduct(1);
    const orderId = newId("ORD");
    expectProblem(await placeOrder(orderId, lines([productId], 2), {}, OWN), 409, "insufficient_stock");
    expectProblem(await read(orderId, OTHER), 404, "order_not_found");
    expectProblem(await confirm(orderId, OTHER), 404, "order_not_found");
    expectStatus(await placeOrder(orderId, lines([productId]), {}, OTHER), 201);
    expectProblem(await read(orderId, OWN), 404, "order_not_found");
  });
});

describe("holds of two keys under one order id", () => {
  it.each(["confirm", "release"] as const)("are two orders: each %ss its own", async (verb) => {
    const productId = await newProduct(9);
    const orderId = newId("ORD");
    const mine = await hold(productId, orderId, OWN);
    const theirs = await hold(productId, orderId, OTHER);
    expect(idsOf(expectStatus(await read(orderId, OWN), 200))).toEqual([mine.reservationId]);
    expect(idsOf(expectStatus(await read(orderId, OTHER), 200))).toEqual([theirs.reservationId]);
    const resolve = verb === "confirm" ? confirm : release;
    expect(idsOf(expectStatus(await resolve(orderId, OWN), 200))).toEqual([mine.reservationId]);
    expect((await reservation(theirs.reservationId)).state).toBe("held");
    expect(expectStatus(await read(orderId, OTHER), 200).state).toBe("held");
    expect(idsOf(expectStatus(await resolve(orderId, OTHER), 200))).toEqual([theirs.reservationId]);
    expect((await stock(productId)).reserved).toBe(0);
    expect(expectStatus(await read(orderId, CARE), 200).reservations).toHaveLength(2);
  });

  it("one that was given back is nothing to the other's order", async () => {
    const productId = await newProduct(9);
    const orderId = newId("ORD");
    expectStatus(await placeOrder(orderId, lines([productId, await newProduct(3)]), {}, OWN), 201);
    const theirs = await hold(productId, orderId, OTHER);
    expectStatus(await act(theirs, "release"), 200);
    expectStatus(await confirm(orderId, OWN), 200);
    expectProblem(await confirm(orderId, OTHER), 409, "reservation_already_released");
  });

  it("a key may place an order whole under an id of which it only knows its own holds", async () => {
    const productId = await newProduct(9);
    const orderId = newId("ORD");
    await hold(productId, orderId, OWN);
    expectStatus(await confirm(orderId, OWN), 200);
    expectStatus(await placeOrder(orderId, lines([productId]), {}, OTHER), 201);
    expect(expectStatus(await read(orderId, OTHER), 200).reservations).toHaveLength(1);
    expect(expectStatus(await read(orderId, OWN), 200).state).toBe("confirmed");
    expectProblem(await placeOrder(orderId, lines([productId]), {}, OWN), 409, "order_exists");
  });
});
