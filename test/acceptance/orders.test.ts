/** Holding an order over several products, by the wire contract. */
import { describe, expect, it } from "vitest";
import {
  allowBackorder,
  call,
  count,
  expectProblem,
  expectStatus,
  history,
  newId,
  newLocation,
  newProduct,
  SHOP,
  stock,
  unchanged,
  type Reservation,
} from "./api";
import { confirm, held, lines, placeOrder, products, readOrder, release, reservedOf } from "./order-api";

describe("holding an order", () => {
  it("holds every line and answers with the order, which can be read again", async () => {
    const ids = await products(3, 5);
    const orderId = newId("ORD");
    const answer = await placeOrder(orderId, lines(ids, 2), { customerId: "c1", ttlSeconds: 600 });
    const order = expectStatus(answer, 201);
    expect(answer.headers.get("Location")).toBe(`/v1/orders/${orderId}`);
    expect(order).toMatchObject({ orderId, state: "held" });
    expect(order.reservations.map(({ productId, held, state }) => [productId, held, state])).toEqual(
      ids.map((id) => [id, 2, "held"]),
    );
    expect(order.reservations.every((one) => one.orderId === orderId && one.customerId === "c1")).toBe(true);
    expect(Date.parse(order.expiresAt ?? "") - Date.now()).toBeGreaterThan(590_000);
    for (const id of ids) expect(await reservedOf(id)).toBe(2);
    expect(await readOrder(orderId)).toEqual(order);
    expect(
      expectStatus(
        await call<Reservation>(`GET /v1/reservations/${order.reservations[0]?.reservationId}`),
        200,
      ).orderId,
    ).toBe(orderId);
  });

  it("S-13: an order over two products that are both short is one 409 with both true numbers, and nothing is held", async () => {
    const [one = "", two = "", fine = ""] = [await newProduct(2), await newProduct(0), await newProduct(9)];
    const orderId = newId("ORD");
    const refused = await placeOrder(orderId, [
      { productId: one, quantity: 3 },
      { productId: fine, quantity: 1 },
      { productId: two, quantity: 1 },
    ]);
    expect(expectProblem(refused, 409, "insufficient_stock").shortages).toEqual([
      { productId: one, locationId: "main", requested: 3, available: 2 },
      { productId: two, locationId: "main", requested: 1, available: 0 },
    ]);
    for (const id of [one, two, fine]) expect(await reservedOf(id)).toBe(0);
    expect(await readOrder(orderId)).toMatchObject({ orderId, state: "failed", expiresAt: null });
    expect((await history(fine)).map(({ type }) => type)).not.toContain("reservation.held");
  });

  it("B-01: two lines of the same product are summed before they are judged", async () => {
    const productId = await newProduct(5);
    const refused = await unchanged(productId, () =>
      placeOrder(newId("ORD"), [
        { productId, quantity: 3 },
        { productId, quantity: 3 },
      ]),
    );
    expect(expectProblem(refused, 409, "insufficient_stock").shortages).toEqual([
      { productId, locationId: "main", requested: 6, available: 5 },
    ]);
    const fits = await held([
      { productId, quantity: 2 },
      { productId, quantity: 3 },
    ]);
    expect(fits.reservations.map((one) => one.held)).toEqual([2, 3]);
  });

  it("B-01: a line anywhere and a line at one place share the demand there", async () => {
    const productId = await newProduct(5);
    const refused = await placeOrder(newId("ORD"), [
      { productId, quantity: 3 },
      { productId, quantity: 3, locationId: "main" },
    ]);
    expect(expectProblem(refused, 409, "insufficient_stock").shortages).toEqual([
      { productId, locationId: "main", requested: 6, available: 5 },
    ]);
  });

  it("B-02: a split takes what the first place has and the rest from the next, never twice the whole", async () => {
    const second = await newLocation(20);
    const productId = await newProduct({ main: 10, [second]: 50 });
    const order = await held([{ productId, quantity: 13 }], { split: true });
    expect(order.reservations.map(({ locationId, held }) => [locationId, held])).toEqual([
      ["main", 10],
      [second, 3],
    ]);
    expect(await stock(productId)).toMatchObject({ reserved: 13, available: 47 });
  });

  it("B-02: without split one place must give a line whole, and a split that is short names all there is", async () => {
    const second = await newLocation(20);
    const productId = await newProduct({ main: 10, [second]: 50 });
    const order = await held([{ productId, quantity: 13 }]);
    expect(order.reservations.map(({ locationId, held }) => [locationId, held])).toEqual([[second, 13]]);
    const refused = await placeOrder(newId("ORD"), [{ productId, quantity: 48 }], { split: true });
    expect(expectProblem(refused, 409).shortages).toEqual([
      { productId, locationId: second, requested: 48, available: 47 },
    ]);
  });

  it("B-09: of five products the fourth is short: nothing stays held and the answer lists the fourth", async () => {
    const ids = await products(5, 3);
    const fourth = ids[3] ?? "";
    expectStatus(await count(fourth, { newQuantity: 1 }), 200);
    const orderId = newId("ORD");
    const refused = await placeOrder(orderId, lines(ids, 2));
    expect(expectProblem(refused, 409, "insufficient_stock").shortages).toEqual([
      { productId: fourth, locationId: "main", requested: 2, available: 1 },
    ]);
    for (const id of ids) expect(await stock(id)).toMatchObject({ reserved: 0 });
    for (const id of ids) {
      const told = (await history(id)).map(({ type }) => type);
      expect(told.filter((type) => type.startsWith("reservation."))).toEqual([]);
    }
    expectStatus(await count(fourth, { newQuantity: 2 }), 200);
    expectStatus(await placeOrder(orderId, lines(ids, 2)), 201);
  });

  it("names the product that is unknown, not for sale, or has no such level, and holds nothing", async () => {
    const [good = "", bad = ""] = await products(2, 5);
    const unknown = newId("nowhere");
    expectProblem(await placeOrder(newId("ORD"), lines([good, unknown])), 404, "product_not_found");
    const elsewhere = await newLocation();
    const nowhere = [{ productId: bad, quantity: 1, locationId: elsewhere }, ...lines([good])];
    expectProblem(await placeOrder(newId("ORD"), nowhere), 404, "level_not_found");
    expectStatus(await call(`PATCH /v1/products/${bad}`, { body: { status: "suspended" } }), 200);
    expectProblem(await placeOrder(newId("ORD"), lines([good, bad])), 409, "product_not_active");
    expect(await reservedOf(good)).toBe(0);
  });

  it("counts all lines of a customer against the limit", async () => {
    const productId = await newProduct(9, { maxPerCustomer: 3 });
    const two = [
      { productId, quantity: 2 },
      { productId, quantity: 2 },
    ];
    const refused = await placeOrder(newId("ORD"), two, { customerId: "greedy" });
    expectProblem(refused, 409, "customer_limit_reached");
    expect(await reservedOf(productId)).toBe(0);
  });

  it("an order that exists is refused under another key, replayed under its own, and told apart from another body", async () => {
    const ids = await products(2, 9);
    const orderId = newId("ORD");
    const keyed = { headers: { "Idempotency-Key": "cart-7" } };
    const first = await placeOrder(orderId, lines(ids), {}, keyed);
    expectStatus(first, 201);
    const again = await placeOrder(orderId, lines(ids), {}, keyed);
    expect([again.status, again.text, again.headers.get("Idempotency-Replayed")]).toEqual([
      201,
      first.text,
      "true",
    ]);
    expect(again.headers.get("Location")).toBe(`/v1/orders/${orderId}`);
    expectProblem(await placeOrder(orderId, lines(ids, 2), {}, keyed), 422, "idempotency_key_reused");
    const other = await placeOrder(orderId, lines(ids));
    expect(expectProblem(other, 409, "order_exists")).toMatchObject({ orderId, state: "held" });
    for (const id of ids) expect(await reservedOf(id)).toBe(1);
  });

  it("D-07: twenty requests with one key at once are one order", async () => {
    const ids = await products(3, 50);
    const orderId = newId("ORD");
    const keyed = { headers: { "Idempotency-Key": "once" } };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => placeOrder(orderId, lines(ids), {}, keyed)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    for (const id of ids) expect(await reservedOf(id)).toBe(1);
  });

  it("an id is free again once nothing of the order is held or sold", async () => {
    const ids = await products(2, 9);
    const { orderId } = await held(lines(ids));
    expectStatus(await release(orderId), 200);
    expectStatus(await placeOrder(orderId, lines(ids)), 201);
    expectStatus(await confirm(orderId), 200);
    expectProblem(await placeOrder(orderId, lines(ids)), 409, "order_exists");
  });

  it("refuses what is malformed, by field", async () => {
    const body = {
      orderId: "no spaces",
      lines: [{ productId: "a", quantity: 0 }, { productId: "b" }],
      spilt: true,
    };
    const { errors } = expectProblem(await call("POST /v1/reservations", { body }), 400, "validation_failed");
    expect(errors.map(({ path }) => path).toSorted()).toEqual([
      "body.lines[0].quantity",
      "body.lines[1].quantity",
      "body.orderId",
      "body.spilt",
    ]);
    expectProblem(await placeOrder(newId("ORD"), []), 400);
    const [id = ""] = await products(1, 1);
    expectProblem(await placeOrder(newId("ORD"), Array.from({ length: 51 }, () => lines([id])).flat()), 400);
    expectProblem(
      await placeOrder(newId("ORD"), lines([id]), { ttlSeconds: null }, { key: SHOP }),
      403,
      "forbidden",
    );
  });

  it("shows a storefront no negative number", async () => {
    const productId = await newProduct(3);
    await allowBackorder(productId, 5);
    const answer = await placeOrder(newId("ORD"), lines([productId], 5), {}, { key: SHOP });
    expect(expectStatus(answer, 201).reservations[0]?.inventory.available).toBe(0);
  });
});
