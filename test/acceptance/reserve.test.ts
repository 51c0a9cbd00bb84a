/** CASES, "Reserve, resize, release": what is needed of one product. */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  act,
  ADMIN,
  allowBackorder,
  call,
  count,
  events,
  everyItem,
  expectProblem,
  expectStatus,
  history,
  hold,
  levelOf,
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
  type Stock,
} from "./api";

interface OrderRelease {
  productId: string;
  orderId: string;
  releasedQuantity: number;
  reservations: Reservation[];
  inventory: { onHand: number; reserved: number; available: number; version: number };
}

function releaseOrder(productId: string, body: object) {
  return call<OrderRelease>(`POST /v1/inventory/${productId}/release`, { body });
}

function resize(held: Reservation, quantity: number) {
  return call<Reservation>(`PATCH /v1/reservations/${held.reservationId}`, { body: { quantity } });
}

afterEach(() => {
  vi.useRealTimers();
});

describe("reserve", () => {
  it("M-01: holds at the location asked for and leaves the other alone", async () => {
    const [a, b] = [await newLocation(), await newLocation()];
    const productId = await newProduct({ [a]: 2, [b]: 2 });
    const held = await hold(productId, 2, { locationId: a });
    expect(held).toMatchObject({
      productId,
      locationId: a,
      state: "held",
      quantity: 2,
      held: 2,
      confirmed: 0,
      released: 0,
    });
    expect(held.reservationId).toMatch(new RegExp(`^${productId}~[0-9A-HJKMNP-TV-Z]{26}$`));
    expect(await levelOf(productId, a)).toMatchObject({ onHand: 2, reserved: 2, available: 0 });
    expect(await levelOf(productId, b)).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
  });

  it("M-02: refuses more than is there, naming product, location, requested and available", async () => {
    const a = await newLocation();
    const productId = await newProduct({ [a]: 2 });
    const answer = await unchanged(productId, () => reserve(productId, { quantity: 3, locationId: a }));
    const problem = expectProblem(answer, 409, "insufficient_stock");
    expect(problem.shortages).toEqual([{ productId, locationId: a, requested: 3, available: 2 }]);
  });

  it("M-03: promises ahead up to the backorder limit; shops see 0, staff the signed number", async () => {
    const productId = await newProduct(2);
    await allowBackorder(productId, 5);
    const held = expectStatus(await reserve(productId, { quantity: 3 }, { key: SHOP }), 201);
    expect(held.inventory.available).toBe(0);
    expect(await stock(productId)).toMatchObject({
      onHand: 2,
      reserved: 3,
      available: -1,
      backorderLimit: 5,
    });
    expect(await stock(productId, SHOP)).toMatchObject({ available: 0, levels: [{ available: 0 }] });
  });

  it("M-04: refuses a location where the product has no level", async () => {
    const c = await newLocation();
    const productId = await newProduct(9);
    const answer = await unchanged(productId, () => reserve(productId, { quantity: 2, locationId: c }));
    expectProblem(answer, 404, "level_not_found");
  });

  it("S-07: says what is still available when most is held", async () => {
    const productId = await newProduct(6);
    await hold(productId, 5);
    const answer = await unchanged(productId, () => reserve(productId, { quantity: 2 }));
    const { shortages } = expectProblem(answer, 409, "insufficient_stock");
    expect(shortages).toEqual([{ productId, locationId: "main", requested: 2, available: 1 }]);
  });

  it("V-18: refuses the first unit past the backorder limit", async () => {
    const productId = await newProduct(5);
    await allowBackorder(productId, 20);
    await hold(productId, 25);
    expectProblem(
      await unchanged(productId, () => reserve(productId, { quantity: 1 })),
      409,
      "insufficient_stock",
    );
  });

  it("V-19: lives with a limit lowered under what is promised: signed for staff, 0 for shops", async () => {
    const productId = await newProduct(5);
    await allowBackorder(productId, 20);
    await hold(productId, 25);
    await allowBackorder(productId, 10);
    const staff = expectProblem(await reserve(productId, { quantity: 1 }), 409, "insufficient_stock");
    expect(staff.shortages).toEqual([{ productId, locationId: "main", requested: 1, available: -20 }]);
    const shop = expectProblem(
      await reserve(productId, { quantity: 1 }, { key: SHOP }),
      409,
      "insufficient_stock",
    );
    expect(shop.shortages).toEqual([{ productId, locationId: "main", requested: 1, available: 0 }]);
    expect(await stock(productId)).toMatchObject({ available: -20, oversold: true });
    expect(await stock(productId, SHOP)).toMatchObject({ available: 0, levels: [{ available: 0 }] });
  });

  it("B-03: a location below zero does not take from another", async () => {
    const [a, b] = [await newLocation(1), await newLocation(2)];
    const productId = await newProduct({ [a]: 5, [b]: 10 });
    expectStatus(await count(productId, { newQuantity: -5, locationId: a, force: true }), 200);
    expect(await levelOf(productId, a)).toMatchObject({ onHand: -5, available: -5 });
    expect(await stock(productId, SHOP)).toMatchObject({ available: 10 });
    expect(await hold(productId, 10)).toMatchObject({ locationId: b, held: 10 });
  });

  it("B-07: 100 units and 125 buyers at once with several keys make exactly 100 holds", async () => {
    const productId = await newProduct(100);
    const answers = await Promise.all(
      Array.from({ length: 125 }, (_, i) =>
        reserve(
          productId,
          { quantity: 1 },
          {
            key: [STAFF, SHOP, ADMIN][i % 3] ?? STAFF,
            headers: { "Idempotency-Key": `buyer-${i}` },
          },
        ),
      ),
    );
    const won = answers.filter((answer) => answer.status === 201);
    const lost = answers.filter((answer) => answer.status !== 201);
    for (const answer of lost) expectProblem(answer, 409, "insufficient_stock");
    expect(won).toHaveLength(100);
    expect(lost).toHaveLength(25);
    expect(new Set(won.map((answer) => answer.body.reservationId)).size).toBe(100);
    expect(await stock(productId)).toMatchObject({ onHand: 100, reserved: 100, available: 0 });
  });

  it("B-08: 50 callers that go on for a while sell exactly 500, in the object and in the book", async () => {
    const productId = await newProduct(500);
    const endsAt = Date.now() + 1500;
    const sold = new Set<string>();
    let refused = 0;
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let own = 0; Date.now() < endsAt || own === 0;) {
          const answer = await reserve(productId, { quantity: 1 }, { key: SHOP });
          if (answer.status === 201) sold.add(answer.body.reservationId);
          else {
            expectProblem(answer, 409, "insufficient_stock");
            own += 1;
            refused += 1;
          }
        }
      }),
    );
    expect(sold.size).toBe(500);
    expect(refused).toBeGreaterThanOrEqual(50);
    expect(await stock(productId)).toMatchObject({ onHand: 500, reserved: 500, available: 0 });
    await history(productId, 15);
    expect(await events({ productId, type: "reservation.held" })).toHaveLength(500);
    const listed = await everyItem<Reservation>(`/v1/reservations?productId=${productId}&limit=100`);
    expect(new Set(listed.map((row) => row.reservationId))).toEqual(sold);
  });
});

describe("resize and supersede", () => {
  it("M-06: a hold's own units do not count against it", async () => {
    const productId = await newProduct(10);
    const resized = expectStatus(await resize(await hold(productId, 3), 10), 200);
    expect(resized).toMatchObject({ state: "held", held: 10, inventory: { reserved: 10, available: 0 } });
  });

  it("M-07: a hold cannot grow past what is there", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 3);
    const answer = await unchanged(productId, () => resize(held, 11));
    const { shortages } = expectProblem(answer, 409, "insufficient_stock");
    expect(shortages).toEqual([{ productId, locationId: "main", requested: 11, available: 10 }]);
    expect(await reservation(held.reservationId)).toMatchObject({ held: 3 });
  });

  it("S-33: what another holds limits a resize, and both stay as they were", async () => {
    const productId = await newProduct(10);
    const other = await hold(productId, 7);
    const own = await hold(productId, 3);
    const answer = await unchanged(productId, () => resize(own, 5));
    const { shortages } = expectProblem(answer, 409, "insufficient_stock");
    expect(shortages).toEqual([{ productId, locationId: "main", requested: 5, available: 3 }]);
    expect(await reservation(own.reservationId)).toMatchObject({ held: 3, version: own.version });
    expect(await reservation(other.reservationId)).toMatchObject({ held: 7, version: other.version });
  });

  it.each([
    ["with units to spare", 0],
    ["with everything else held by another", 5],
  ])("S-04: a superseding hold takes over the old one's units, %s", async (_, others) => {
    const productId = await newProduct(10);
    const old = await hold(productId, 5);
    if (others > 0) await hold(productId, others);
    const next = await hold(productId, 5, { supersedes: old.reservationId });
    expect(next).toMatchObject({ state: "held", held: 5 });
    expect(next.reservationId).not.toBe(old.reservationId);
    expect(await reservation(old.reservationId)).toMatchObject({ state: "released", held: 0, released: 5 });
    expect(await stock(productId)).toMatchObject({ reserved: 5 + others, available: 5 - others });
  });

  it("B-04: a superseded hold cannot be confirmed", async () => {
    const productId = await newProduct(10);
    const old = await hold(productId, 5);
    await hold(productId, 5, { supersedes: old.reservationId });
    const answer = await unchanged(productId, () => act(old, "confirm"));
    expectProblem(answer, 409, "reservation_already_released");
  });

  it("B-04: a superseding hold that is refused leaves the old one alive", async () => {
    const productId = await newProduct(10);
    const old = await hold(productId, 5);
    await hold(productId, 5);
    const body = { quantity: 6, supersedes: old.reservationId };
    expectProblem(await unchanged(productId, () => reserve(productId, body)), 409, "insufficient_stock");
    expectStatus(await act(old, "confirm"), 200);
  });
});

describe("extend", () => {
  it("B-05: extending never shortens", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 1, { ttlSeconds: 600 });
    const extended = expectStatus(await act(held, "extend", { ttlSeconds: 60 }), 200);
    expect(extended.expiresAt).toBe(held.expiresAt);
    expect(extended.version).toBe(held.version);
  });

  it("B-06: an expired hold whose units are taken is not revived", async () => {
    const productId = await newProduct(5);
    const held = await hold(productId, 5, { ttlSeconds: 60 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(held.expiresAt) + 1 });
    await hold(productId, 5);
    const answer = await unchanged(productId, () => act(held, "extend", { ttlSeconds: 600 }));
    expectProblem(answer, 410, "reservation_expired");
  });
});

describe("release", () => {
  it("M-10: an order's release leaves another order's units held", async () => {
    const productId = await newProduct(20);
    const [x, y] = [newId("X"), newId("Y")];
    const first = await hold(productId, 4, { orderId: x });
    const second = await hold(productId, 2, { orderId: x });
    const other = await hold(productId, 5, { orderId: y });
    const released = expectStatus(await releaseOrder(productId, { orderId: x }), 200);
    expect(released).toMatchObject({
      productId,
      orderId: x,
      releasedQuantity: 6,
      inventory: { reserved: 5 },
    });
    for (const held of [first, second]) {
      expect(await reservation(held.reservationId)).toMatchObject({ state: "released", held: 0 });
    }
    expect(await reservation(other.reservationId)).toMatchObject({ state: "held", held: 5 });
    expect(await stock(productId)).toMatchObject({ reserved: 5, available: 15 });
  });

  it("D-01: part of an order is given back, and nobody else can give it back", async () => {
    const productId = await newProduct(100);
    const [mine, theirs] = [newId("O"), newId("O")];
    const oldest = await hold(productId, 8, { orderId: mine });
    const youngest = await hold(productId, 17, { orderId: mine });
    expectStatus(await releaseOrder(productId, { orderId: mine, quantity: 10 }), 200);
    expect(await stock(productId)).toMatchObject({ reserved: 15, available: 85 });
    expect(await reservation(oldest.reservationId), "oldest first").toMatchObject({
      state: "released",
      held: 0,
    });
    expect(await reservation(youngest.reservationId)).toMatchObject({ state: "held", held: 15, released: 2 });
    expectProblem(
      await unchanged(productId, () => releaseOrder(productId, { orderId: theirs, quantity: 5 })),
      404,
    );
  });
});

describe("asking for what is so already, or for more than there is", () => {
  it("resizing to the same quantity changes nothing", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 3);
    const answer = await unchanged(productId, () => resize(held, 3));
    expect(expectStatus(answer, 200)).toMatchObject({ held: 3, version: held.version });
  });

  it("resizing down gives units back", async () => {
    const productId = await newProduct(10);
    const resized = expectStatus(await resize(await hold(productId, 8), 3), 200);
    expect(resized).toMatchObject({ state: "held", held: 3, inventory: { reserved: 3, available: 7 } });
  });

  it("an order gives back at most what it holds", async () => {
    const productId = await newProduct(20);
    const orderId = newId("O");
    await hold(productId, 4, { orderId });
    await hold(productId, 3);
    const released = expectStatus(await releaseOrder(productId, { orderId, quantity: 99 }), 200);
    expect(released).toMatchObject({ releasedQuantity: 4, inventory: { reserved: 3, available: 17 } });
  });
});

describe("reading", () => {
  it("M-13: available adds up over the locations", async () => {
    const [a, b] = [await newLocation(), await newLocation()];
    const productId = await newProduct({ [a]: 4, [b]: 4 });
    await hold(productId, 2, { locationId: a });
    expect(await stock(productId)).toMatchObject({ onHand: 8, reserved: 2, available: 6 });
    const atA = await call<Stock>(`GET /v1/inventory/${productId}?locationId=${a}`);
    expect(expectStatus(atA, 200)).toMatchObject({ available: 2, levels: [{ locationId: a, available: 2 }] });
  });

  it("M-15: a check answers and writes nothing", async () => {
    const productId = await newProduct(4);
    const check = (quantity: number) =>
      unchanged(productId, () => call(`POST /v1/inventory/${productId}/check`, { body: { quantity } }));
    expect(expectStatus(await check(4), 200)).toMatchObject({ ok: true, available: 4 });
    expect(expectStatus(await check(5), 200)).toMatchObject({ ok: false, available: 4 });
  });

  it.each(["low-stock", "events", "updates", "bulk", "live", "assets", "import", "export", "search"])(
    "D-02: no product may be named like the route word %s",
    async (word) => {
      const created = await call("POST /v1/products", { body: { productId: word, name: "Anything" } });
      expectProblem(created, 400);
      expect(created.text).toContain(word);
      const stocked = await call("POST /v1/inventory", { body: { productId: word, initialQuantity: 1 } });
      expectProblem(stocked, 400);
      expect(stocked.text).toContain(word);
    },
  );
});
