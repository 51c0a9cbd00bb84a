/** What a reserve may ask for besides a quantity: where, how long, for whom; what is refused at the door. */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  act,
  allowBackorder,
  call,
  expectProblem,
  expectStatus,
  hold,
  newId,
  newLocation,
  newProduct,
  reservation,
  reserve,
  SHOP,
  STAFF,
  stock,
  unchanged,
  type Reservation,
} from "./api";

function secondsFromCreation(held: Reservation): number {
  return (Date.parse(held.expiresAt) - Date.parse(held.createdAt)) / 1000;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("where", () => {
  it("without a location the first by priority that can give the whole quantity is used", async () => {
    const [near, far] = [await newLocation(5), await newLocation(6)];
    const productId = await newProduct({ [far]: 5, [near]: 2 });
    expect(await hold(productId, 3)).toMatchObject({ locationId: far });
    expect(await hold(productId, 2)).toMatchObject({ locationId: near });
  });

  it("a list of locations is an order of preference", async () => {
    const [near, far] = [await newLocation(5), await newLocation(6)];
    const productId = await newProduct({ [near]: 5, [far]: 5 });
    expect(await hold(productId, 4, { locationIds: [far, near] })).toMatchObject({ locationId: far });
    expect(await hold(productId, 4, { locationIds: [far, near] })).toMatchObject({ locationId: near });
  });

  it("a location that is not in the list is not used", async () => {
    const [asked, other] = [await newLocation(5), await newLocation(6)];
    const productId = await newProduct({ [asked]: 1, [other]: 50 });
    const answer = await unchanged(productId, () =>
      reserve(productId, { quantity: 2, locationIds: [asked] }),
    );
    expectProblem(answer, 409, "insufficient_stock");
  });

  it("a quantity no single location can give is refused though the sum would do", async () => {
    const [a, b] = [await newLocation(5), await newLocation(6)];
    const productId = await newProduct({ [a]: 3, [b]: 3 });
    const answer = await unchanged(productId, () => reserve(productId, { quantity: 4 }));
    expectProblem(answer, 409, "insufficient_stock");
  });

  it("a check names the locations that could give it instead", async () => {
    const [short, ample] = [await newLocation(5), await newLocation(6)];
    const productId = await newProduct({ [short]: 1, [ample]: 9 });
    const body = { quantity: 4, locationId: short };
    const answer = await call(`POST /v1/inventory/${productId}/check`, { key: SHOP, body });
    expect(expectStatus(answer, 200)).toEqual({
      ok: false,
      reason: "insufficient_stock",
      available: 1,
      alternatives: [{ locationId: ample, available: 9 }],
    });
  });

  it("a check says why a reserve would be refused, with the code it would have", async () => {
    const productId = await newProduct(9, { maxPerCustomer: 2 });
    const check = (body: object, key = STAFF) =>
      call(`POST /v1/inventory/${productId}/check`, { key, body: { quantity: 1, ...body } });
    expect((await check({})).body).toEqual({ ok: true, available: 9, alternatives: [] });
    const refused = { ok: false, available: 9, alternatives: [] };
    const limited = await check({ quantity: 3, customerId: "ann" });
    expect(limited.body).toEqual({ ...refused, reason: "customer_limit_reached" });
    expect((await check({}, SHOP)).body).toEqual({ ...refused, reason: "customer_required" });
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { status: "suspended" } }), 200);
    expect((await check({})).body).toEqual({ ...refused, reason: "product_not_active" });
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { status: "active" } }), 200);
    expectProblem(await check({ locationId: newId("no") }), 404, "level_not_found");
  });

  it("a place that has it on the shelf comes before one that may only promise it, for all who ask", async () => {
    const [first, second] = [await newLocation(5), await newLocation(6)];
    const productId = await newProduct({ [first]: 1, [second]: 8 });
    await allowBackorder(productId, 50, first);
    const check = (quantity: number) => call(`POST /v1/inventory/${productId}/check`, { body: { quantity } });
    expect((await check(4)).body).toMatchObject({ ok: true, available: 8 });
    expect(await hold(productId, 2)).toMatchObject({ locationId: second });
    expect(await hold(productId, 2, { locationIds: [first, second] })).toMatchObject({ locationId: second });
    const order = async (quantity: number, split: boolean) => {
      const lines = [{ productId, quantity }];
      const body = { orderId: newId("O"), lines, ...(split && { split }) };
      const { reservations } = expectStatus(
        await call<{ reservations: Reservation[] }>("POST /v1/reservations", { body }),
        201,
      );
      return reservations.map(({ locationId, held }) => [locationId, held]);
    };
    expect(await order(2, false)).toEqual([[second, 2]]);
    expect(await order(10, true), "shelves first, the rest in one part where there is a promise").toEqual([
      [first, 8],
      [second, 2],
    ]);
    expect((await check(4)).body, "nothing is left but the promise").toMatchObject({
      ok: true,
      available: -7,
    });
    expect(await hold(productId, 4)).toMatchObject({ locationId: first });
  });

  it("safety stock is kept back", async () => {
    const productId = await newProduct(10);
    const request = `PATCH /v1/inventory/${productId}/levels/main`;
    expectStatus(await call(request, { body: { safetyStock: 4 } }), 200);
    expect(await stock(productId)).toMatchObject({ onHand: 10, safetyStock: 4, available: 6 });
    expectProblem(await reserve(productId, { quantity: 7 }), 409, "insufficient_stock");
    await hold(productId, 6);
  });
});

describe("for how long", () => {
  it.each([
    { asked: {}, seconds: 900 },
    { asked: { ttlSeconds: 1 }, seconds: 1 },
    { asked: { ttlSeconds: 604_800 }, seconds: 604_800 },
  ])("a hold asked for with $asked lives $seconds s", async ({ asked, seconds }) => {
    const productId = await newProduct(1);
    expect(secondsFromCreation(await hold(productId, 1, asked))).toBe(seconds);
  });

  it("a hold without expiry is for those who may write stock", async () => {
    const productId = await newProduct(2);
    const body = { quantity: 1, ttlSeconds: null };
    expectProblem(
      await unchanged(productId, () => reserve(productId, body, { key: SHOP })),
      403,
      "forbidden",
    );
    const held = expectStatus(await reserve(productId, body, { key: STAFF }), 201);
    expect(held.expiresAt).toBeNull();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 365 * 24 * 3600 * 1000 });
    expect(await stock(productId)).toMatchObject({ reserved: 1 });
  });

  it("extending counts from now", async () => {
    const productId = await newProduct(1);
    const held = await hold(productId, 1, { ttlSeconds: 600 });
    const now = Date.parse(held.createdAt) + 500_000;
    vi.useFakeTimers({ toFake: ["Date"], now });
    const extended = expectStatus(await act(held, "extend", { ttlSeconds: 600 }), 200);
    expect(Date.parse(extended.expiresAt)).toBe(now + 600_000);
    expect(extended.version).toBeGreaterThan(held.version);
  });

  it("a hold can be extended ten times, not eleven", async () => {
    const productId = await newProduct(1);
    const held = await hold(productId, 1, { ttlSeconds: 60 });
    for (let nth = 1; nth <= 10; nth += 1)
      expectStatus(await act(held, "extend", { ttlSeconds: 1000 * nth }), 200);
    const answer = await unchanged(productId, () => act(held, "extend", { ttlSeconds: 100_000 }));
    expectProblem(answer, 409, "extension_limit_reached");
  });
});

describe("for whom", () => {
  it("a customer's limit counts live holds and confirmed units together", async () => {
    const productId = await newProduct(100, { maxPerCustomer: 3 });
    const [customerId, other] = [newId("customer"), newId("customer")];
    const attempt = (quantity: number) => reserve(productId, { quantity, customerId });
    const first = expectStatus(await attempt(2), 201);
    expectProblem(await unchanged(productId, () => attempt(2)), 409, "customer_limit_reached");
    expectStatus(await act(first, "confirm"), 200);
    expectProblem(await unchanged(productId, () => attempt(2)), 409, "customer_limit_reached");
    const second = expectStatus(await attempt(1), 201);
    expectProblem(await unchanged(productId, () => attempt(1)), 409, "customer_limit_reached");
    expectStatus(await act(second, "release"), 200);
    expectStatus(await attempt(1), 201);
    await hold(productId, 3, { customerId: other });
  });

  it("a customer's expired hold does not count against the limit", async () => {
    const productId = await newProduct(100, { maxPerCustomer: 3 });
    const customerId = newId("customer");
    const held = await hold(productId, 3, { customerId, ttlSeconds: 60 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(held.expiresAt) + 1 });
    await hold(productId, 3, { customerId });
  });

  it("order, customer and metadata come back with the hold", async () => {
    const productId = await newProduct(5);
    const told = {
      orderId: `${newId("O")}:a`,
      customerId: newId("customer"),
      metadata: { cart: "c-1", gift: true },
    };
    const held = await hold(productId, 1, told);
    expect(held).toMatchObject(told);
    expect(await reservation(held.reservationId)).toMatchObject(told);
  });
});

describe("refused before deciding", () => {
  it.each([
    { body: {}, path: "body.quantity" },
    { body: { quantity: 0 }, path: "body.quantity" },
    { body: { quantity: -1 }, path: "body.quantity" },
    { body: { quantity: 1.5 }, path: "body.quantity" },
    { body: { quantity: "1" }, path: "body.quantity" },
    { body: { quantity: 1_000_000_001 }, path: "body.quantity" },
    { body: { quantity: 1, ttlSeconds: 0 }, path: "body.ttlSeconds" },
    { body: { quantity: 1, ttlSeconds: 604_801 }, path: "body.ttlSeconds" },
    { body: { quantity: 1, orderId: "no spaces" }, path: "body.orderId" },
    { body: { quantity: 1, orderId: "x".repeat(129) }, path: "body.orderId" },
    { body: { quantity: 1, locationId: "-a" }, path: "body.locationId" },
    { body: { quantity: 1, quantty: 1 }, path: "body.quantty" },
  ])("$path in $body is a bad field", async ({ body, path }) => {
    const productId = await newProduct(5);
    const answer = await unchanged(productId, () => reserve(productId, body));
    const { errors } = expectProblem(answer, 400, "validation_failed");
    expect(
      errors.map((error) => error.path),
      answer.text,
    ).toContain(path);
  });

  it.each(["inactive", "suspended", "discontinued"])(
    "a product that is %s is not reserved",
    async (status) => {
      const productId = await newProduct(5, { status });
      const answer = await unchanged(productId, () => reserve(productId, { quantity: 1 }));
      expectProblem(answer, 409, "product_not_active");
    },
  );

  it("an unknown product is 404", async () => {
    expectProblem(await reserve(newId("none"), { quantity: 1 }), 404, "product_not_found");
  });

  it("an unknown hold to supersede is 404", async () => {
    const productId = await newProduct(5);
    const supersedes = `${productId}~01ARZ3NDEKTSV4RRFFQ69G5FAV`;
    const answer = await unchanged(productId, () => reserve(productId, { quantity: 1, supersedes }));
    expectProblem(answer, 404, "reservation_not_found");
  });
});
