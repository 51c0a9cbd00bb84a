/** Verify and reproject: whatever is changed in the book behind everybody's back is found, named and repaired. */
import { env } from "cloudflare:workers";
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
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  receive,
  reserve,
  STAFF,
  stock,
  type Reservation,
} from "./api";

interface Difference {
  what: string;
  locationId?: string;
  reservationId?: string;
  fromVersion?: number;
  toVersion?: number;
  object?: unknown;
  events?: unknown;
  book?: unknown;
}
interface Verification {
  productId: string;
  version: number;
  bookVersion: number | null;
  events: number;
  complete: boolean;
  differences: Difference[];
  differenceCount: number;
}
interface VerificationPage {
  items: Verification[];
  checked: number;
  differences: number;
  nextCursor: string | null;
}
interface Reprojection {
  productId: string;
  version: number;
  eventsSent: number;
  reservations: number;
  differences: Difference[];
}

async function verify(productId: string): Promise<Verification> {
  const answer = await call<Verification>(`POST /v1/admin/products/${productId}/verify`, { key: ADMIN });
  return expectStatus(answer, 200);
}

async function reproject(productId: string): Promise<Reprojection> {
  const answer = await call<Reprojection>(`POST /v1/admin/products/${productId}/reproject`, { key: ADMIN });
  return expectStatus(answer, 200);
}

function book(query: string, ...values: unknown[]) {
  return env.BOOK.prepare(query)
    .bind(...values)
    .run();
}

interface Lived {
  productId: string;
  held: Reservation;
  confirmed: Reservation;
  released: Reservation;
}

/** A product that has been through everything that leaves a trace, in the book. Its stock crossed no line. */
async function lived(): Promise<Lived> {
  const [north, gone] = [await newLocation(), await newLocation()];
  const productId = await newProduct(
    { main: 50, [north]: 20 },
    { name: "Lived", attributes: { year: 2017 } },
  );
  const held = await hold(productId, 3, { orderId: newId("O"), customerId: "C", metadata: { gift: true } });
  const confirmed = await hold(productId, 4, { locationId: north });
  expectStatus(await act(confirmed, "confirm", { quantity: 3 }), 200);
  expectStatus(await act(confirmed, "return", { quantity: 1, restock: true, reason: "too big" }), 200);
  expectStatus(await act(confirmed, "return", { quantity: 1, restock: false, reason: "broken" }), 200);
  const released = await hold(productId, 2);
  expectStatus(await act(released, "release", { quantity: 1 }), 200);
  expectStatus(await act(released, "release"), 200);
  const resized = await hold(productId, 2, { ttlSeconds: null });
  const path = `PATCH /v1/reservations/${resized.reservationId}`;
  expectStatus(await call(path, { body: { quantity: 5 } }), 200);
  expectStatus(await reserve(productId, { quantity: 1, supersedes: resized.reservationId }), 201);
  expectStatus(await act(held, "extend", { ttlSeconds: 4000 }), 200);
  await allowBackorder(productId, 7, north);
  const body = { fromLocationId: "main", toLocationId: gone, quantity: 5 };
  expectStatus(await call(`POST /v1/inventory/${productId}/transfer`, { body }), 200);
  expectStatus(await count(productId, { newQuantity: 0, locationId: gone }), 200);
  expectStatus(await call(`DELETE /v1/inventory/${productId}/levels/${gone}`), 204);
  await history(productId);
  return { productId, held, confirmed, released };
}

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await book("DROP TRIGGER IF EXISTS chaos");
});

/** What is changed in the book, and what verify has to say of it; `{v}` is the product's version. */
const CORRUPTIONS: {
  name: string;
  corrupt: (one: Lived, version: number) => Promise<unknown>;
  found: (one: Lived, version: number) => Partial<Difference>[];
  /** What follows from it is found too. */
  others?: true;
  /** Differences that the object cannot repair. */
  left?: (one: Lived, version: number) => Partial<Difference>[];
}[] = [
  {
    name: "a changed on_hand",
    corrupt: ({ productId }) =>
      book("UPDATE products SET on_hand = on_hand + 7 WHERE product_id = ?", productId),
    found: () => [{ what: "onHand", object: 63, events: 63, book: 70 }],
  },
  {
    name: "changed levels",
    corrupt: ({ productId }) =>
      book(
        `UPDATE products SET levels = json_set(levels, '$[0].onHand', 1, '$[0].reserved', 1) WHERE product_id = ?`,
        productId,
      ),
    found: () => [
      { what: "onHand", book: 1, locationId: expect.any(String) as string },
      { what: "reserved", book: 1, locationId: expect.any(String) as string },
    ],
  },
  {
    name: "a level too many",
    corrupt: ({ productId }) =>
      book(
        `UPDATE products SET levels = json_insert(levels, '$[#]',
           json('{"locationId":"moon","onHand":1,"reserved":0,"safetyStock":0,"backorderLimit":0}'))
         WHERE product_id = ?`,
        productId,
      ),
    found: () => [{ what: "level", locationId: "moon", object: null, events: null }],
  },
  {
    name: "a changed name, attribute and price",
    corrupt: ({ productId }) =>
      book(
        `UPDATE products SET name = 'Other', attributes = '{"year":2018}', price_amount = '1.00',
         price_currency = 'USD' WHERE product_id = ?`,
        productId,
      ),
    found: () => [
      { what: "name", object: "Lived", events: "Lived", book: "Other" },
      { what: "attributes", object: { year: 2017 }, book: { year: 2018 } },
      { what: "price", object: null, book: { amount: "1.00", currency: "USD" } },
    ],
  },
  {
    name: "a product marked as deleted",
    corrupt: ({ productId }) => book("UPDATE products SET deleted = 1 WHERE product_id = ?", productId),
    found: () => [{ what: "deleted", object: false, events: false, book: true }],
  },
  {
    name: "a stale version",
    corrupt: ({ productId }) => book("UPDATE products SET version = 3 WHERE product_id = ?", productId),
    found: (_, version) => [{ what: "version", object: version, events: version, book: 3 }],
  },
  {
    name: "a version that is yet to come",
    corrupt: ({ productId }) => book("UPDATE products SET version = 9999 WHERE product_id = ?", productId),
    found: (_, version) => [{ what: "version", object: version, events: version, book: 9999 }],
  },
  {
    name: "a missing product row",
    corrupt: ({ productId }) => book("DELETE FROM products WHERE product_id = ?", productId),
    found: () => [{ what: "product", object: "there", book: null }],
  },
  {
    name: "a deleted event row",
    others: true,
    corrupt: ({ productId }) => book("DELETE FROM events WHERE product_id = ? AND version = 3", productId),
    found: () => [{ what: "event", fromVersion: 3, toVersion: 3 }],
  },
  {
    name: "a deleted first event",
    others: true,
    corrupt: ({ productId }) => book("DELETE FROM events WHERE product_id = ? AND version = 1", productId),
    found: () => [{ what: "event", fromVersion: 1, toVersion: 1 }],
  },
  {
    name: "deleted last events",
    others: true,
    corrupt: ({ productId }, version) =>
      book("DELETE FROM events WHERE product_id = ? AND version >= ?", productId, version - 1),
    found: (_, version) => [
      { what: "version", object: version, events: version - 2, book: version },
      { what: "event", fromVersion: version - 1, toVersion: version },
    ],
  },
  {
    name: "a rewritten event",
    others: true,
    corrupt: ({ productId }) =>
      book(
        `UPDATE events SET body = json_set(body, '$.data.after', 51, '$.data.delta', 51)
         WHERE product_id = ? AND version = 2`,
        productId,
      ),
    found: () => [{ what: "onHand", locationId: "main", object: 45, events: 46, book: 45 }],
    left: () => [
      { what: "onHand", object: 63, events: 64, book: 63 },
      { what: "available", object: 59, events: 60, book: 59 },
      { what: "onShelf", object: 59, events: 60, book: 59 },
      { what: "onHand", locationId: "main", object: 45, events: 46, book: 45 },
    ],
  },
  {
    name: "a deleted reservation row of a living hold",
    corrupt: ({ held }) => book("DELETE FROM reservations WHERE reservation_id = ?", held.reservationId),
    found: ({ held }) => [{ what: "reservation", reservationId: held.reservationId, book: null }],
  },
  {
    name: "a deleted reservation row of one that was sold",
    corrupt: ({ confirmed }) =>
      book("DELETE FROM reservations WHERE reservation_id = ?", confirmed.reservationId),
    found: ({ confirmed }) => [{ what: "reservation", reservationId: confirmed.reservationId, book: null }],
  },
  {
    name: "a wrong state",
    corrupt: ({ released }) =>
      book(
        "UPDATE reservations SET state = 'held', held = 2 WHERE reservation_id = ?",
        released.reservationId,
      ),
    found: ({ released }) => [
      { what: "state", reservationId: released.reservationId, events: "released", book: "held" },
      { what: "held", reservationId: released.reservationId, object: 0, events: 0, book: 2 },
    ],
  },
  {
    name: "another order, expiry and location",
    corrupt: ({ held }) =>
      book(
        `UPDATE reservations SET order_id = 'X', location_id = 'moon', expires_at = NULL
         WHERE reservation_id = ?`,
        held.reservationId,
      ),
    found: ({ held: { reservationId, orderId } }) => [
      { what: "locationId", reservationId, object: "main", events: "main", book: "moon" },
      { what: "orderId", reservationId, object: orderId, events: orderId, book: "X" },
      { what: "expiresAt", reservationId, book: null },
    ],
  },
  {
    name: "a reservation's version that is stale",
    corrupt: ({ held }) =>
      book("UPDATE reservations SET version = 1 WHERE reservation_id = ?", held.reservationId),
    found: ({ held }) => [{ what: "version", reservationId: held.reservationId, book: 1 }],
  },
  {
    name: "an extra reservation",
    corrupt: ({ productId, held }) =>
      book(
        `INSERT INTO reservations SELECT ?2, product_id, location_id, NULL, NULL, 'held', 9, 9, 0, 0, 0, NULL,
         created_at, NULL, version FROM reservations WHERE reservation_id = ?1`,
        held.reservationId,
        `${productId}~01ARZ3NDEKTSV4RRFFQ69G5FAV`,
      ),
    found: ({ productId }) => [
      { what: "reservation", reservationId: `${productId}~01ARZ3NDEKTSV4RRFFQ69G5FAV`, events: null },
    ],
  },
];

describe("verify", () => {
  it("finds nothing where nothing is wrong", async () => {
    const { productId } = await lived();
    const { version } = await stock(productId);
    const found = await verify(productId);
    expect(found).toEqual({
      productId,
      version,
      bookVersion: version,
      events: version,
      complete: true,
      differences: [],
      differenceCount: 0,
    });
  });

  it.each(CORRUPTIONS)(
    "finds $name; reproject repairs what can be",
    async ({ corrupt, found, others, left }) => {
      const one = await lived();
      const { productId } = one;
      const { version } = await stock(productId);
      await corrupt(one, version);
      const { differences, differenceCount } = await verify(productId);
      for (const difference of found(one, version))
        expect(differences).toContainEqual(expect.objectContaining(difference));
      if (!others) expect(differences).toHaveLength(found(one, version).length);
      expect(differenceCount).toBe(differences.length);

      const repaired = await reproject(productId);
      expect(repaired).toMatchObject({ productId, version });
      expect(repaired.eventsSent).toBe(version);
      const wanted = (left?.(one, version) ?? []).map((difference) => expect.objectContaining(difference));
      expect(repaired.differences).toEqual(wanted);
      expect((await verify(productId)).differences).toEqual(wanted);
      expect(await stock(productId), "the object is as it was").toMatchObject({ version });
    },
  );

  it("finds nothing after expiry, deletion and a second life of the id", async () => {
    const productId = await newProduct(9, { minimumStockLevel: 5 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    await hold(productId, 6, { ttlSeconds: 1 });
    vi.setSystemTime(Date.now() + 2000);
    expect((await verify(productId)).differences).toEqual([]);
    await hold(productId, 2);
    await hold(productId, 3, { ttlSeconds: 1 });
    vi.setSystemTime(Date.now() + 2000);
    const path = `DELETE /v1/products/${productId}?force=true&reason=gone`;
    expectStatus(await call(path, { key: ADMIN }), 204);
    expect(await verify(productId)).toMatchObject({ complete: true, differences: [] });
    expect(await reproject(productId)).toMatchObject({ differences: [] });
    const body = { productId, initialQuantity: 4 };
    expectStatus(await call("POST /v1/inventory", { body }), 201);
    await hold(productId, 1);
    expect(await verify(productId)).toMatchObject({ complete: true, differences: [] });
  });

  it("finds nothing false while the product is being bought", async () => {
    const productId = await newProduct(5000, { minimumStockLevel: 4990 });
    const load = { on: true };
    const shops = Array.from({ length: 12 }, async () => {
      for (let i = 0; load.on; i += 1) {
        const held = await hold(productId, 1);
        if (i % 3 === 0) expectStatus(await act(held, "confirm"), 200);
        if (i % 3 === 1) expectStatus(await act(held, "release"), 200);
      }
    });
    let events = 0;
    for (let round = 0; round < 12; round += 1) {
      const found = await verify(productId);
      expect(found.differences, JSON.stringify(found)).toEqual([]);
      expect(found.events).toBeGreaterThanOrEqual(events);
      ({ events } = found);
      if (round % 4 === 3) expect((await reproject(productId)).differences).toEqual([]);
    }
    load.on = false;
    await Promise.all(shops);
    expect(events).toBeGreaterThan(50);
    expect(await verify(productId)).toMatchObject({ complete: true, differences: [] });
  }, 60_000);

  it("R4: says what the book lacks while it refuses writes, and nothing once it takes them", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const productId = await newProduct(10);
    await history(productId);
    const { version } = await stock(productId);
    await book(`CREATE TRIGGER chaos BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'away'); END`);
    await receive(productId, 5);
    const behind = await verify(productId);
    expect(behind).toMatchObject({ version: version + 1, bookVersion: version });
    expect(behind.differences).toContainEqual({
      what: "event",
      fromVersion: version + 1,
      toVersion: version + 1,
    });
    expectProblem(
      await call(`POST /v1/admin/products/${productId}/reproject`, { key: ADMIN }),
      503,
      "book_unavailable",
    );
    await book("DROP TRIGGER chaos");
    expect((await verify(productId)).differences).toEqual([]);
  }, 30_000);

  it("a product nobody knows is 404 and stays unknown", async () => {
    for (const verb of ["verify", "reproject"]) {
      const answer = await call(`POST /v1/admin/products/nobody/${verb}`, { key: ADMIN });
      expectProblem(answer, 404, "product_not_found");
      expectProblem(await call(`POST /v1/admin/products/no%20body/${verb}`, { key: ADMIN }), 400);
      expectProblem(await call(`POST /v1/admin/products/nobody/${verb}`, { key: STAFF }), 403);
    }
  });

  it("all products, a page at a time, those without a row too", async () => {
    const ids = [await newProduct(1), await newProduct(2), await newProduct(3)];
    for (const productId of ids) await history(productId);
    const [wrong = "", rowless = ""] = ids;
    await book("UPDATE products SET on_hand = 5 WHERE product_id = ?", wrong);
    await book("DELETE FROM products WHERE product_id = ?", rowless);
    const found: Verification[] = [];
    let differences = 0;
    for (let cursor: string | null = ""; cursor !== null;) {
      const body: object = { limit: 2, ...(cursor && { cursor }) };
      const page: VerificationPage = expectStatus(
        await call<VerificationPage>("POST /v1/admin/verify", { key: ADMIN, body }),
        200,
      );
      expect(page.checked).toBe(page.items.length);
      found.push(...page.items);
      differences += page.differences;
      cursor = page.nextCursor;
    }
    const verified = found.map(({ productId }) => productId);
    expect(verified).toEqual([...new Set(verified)].toSorted());
    expect(verified).toEqual(expect.arrayContaining(ids));
    expect(found.find(({ productId }) => productId === wrong)?.differences).toEqual([
      { what: "onHand", object: 1, events: 1, book: 5 },
    ]);
    expect(found.find(({ productId }) => productId === rowless)?.differences[0]?.what).toBe("product");
    expect(differences).toBe(found.reduce((sum, { differenceCount }) => sum + differenceCount, 0));
    const answer = await call("POST /v1/admin/verify", { key: ADMIN });
    expect(expectStatus(answer, 200)).toMatchObject({ nextCursor: null });
    for (const body of [{ limit: 0 }, { limit: 101 }, { cursor: "x" }, { more: 1 }])
      expectProblem(await call("POST /v1/admin/verify", { key: ADMIN, body }), 400, "validation_failed");
    for (const productId of [wrong, rowless]) expect((await reproject(productId)).differences).toEqual([]);
  });
});

describe("reproject", () => {
  it("burns no offset, repeats no event, and leaves what is right alone", async () => {
    const { productId } = await lived();
    const all = () => env.BOOK.prepare("SELECT * FROM events ORDER BY offset").all();
    const rows = () => env.BOOK.prepare("SELECT * FROM reservations ORDER BY reservation_id").all();
    const events = (await all()).results;
    // Of two events in one step the object remembers the later version.
    expect(await reproject(productId)).toMatchObject({ reservations: 1, differences: [] });
    const reservations = (await rows()).results;
    expect(await reproject(productId)).toMatchObject({ reservations: 0, differences: [] });
    expect((await all()).results).toEqual(events);
    expect((await rows()).results).toEqual(reservations);
    await receive(productId, 1);
    await history(productId);
    expect((await all()).results.at(-1)).toMatchObject({ offset: Number(events.at(-1)?.["offset"]) + 1 });
  });

  it("writes KV's entry anew", async () => {
    const productId = await newProduct(1, { name: "In the catalog" });
    await history(productId);
    await env.CATALOG.delete(`product:${productId}`);
    await reproject(productId);
    await eventually(
      () => env.CATALOG.get(`product:${productId}`),
      (entry) => expect(entry).toContain("In the catalog"),
    );
  });
});
