/** CASES, "Events, live, low stock": edges that fire once, and the book of events as its readers see it. */
import { describe, expect, it } from "vitest";
import {
  act,
  allowBackorder,
  call,
  count,
  eventually,
  events,
  expectProblem,
  expectStatus,
  history,
  hold,
  newId,
  newProduct,
  receive,
  reserve,
  SHOP,
  sleep,
  stock,
  type BookEvent,
  type EventPage,
} from "./api";

const EDGES = new Set(["stock.low", "stock.recovered", "stock.depleted", "stock.available"]);

/** The edges a product crossed after `version`, in order. */
async function edgesAfter(productId: string, version: number): Promise<string[]> {
  const found = await history(productId);
  return found.filter((event) => event.version > version && EDGES.has(event.type)).map((event) => event.type);
}

async function page(query: string): Promise<EventPage> {
  return expectStatus(await call<EventPage>(`GET /v1/inventory/events?${query}`), 200);
}

/** The offset the next event will get, once the book is quiet. */
async function bookEnd(): Promise<number> {
  let last = (await events()).at(-1)?.offset ?? 0;
  for (;;) {
    await sleep(400);
    const now = (await events({}, last + 1)).at(-1)?.offset ?? last;
    if (now === last) return last + 1;
    last = now;
  }
}

function expectDense(found: BookEvent[]): void {
  expect(found.map((event) => event.offset)).toEqual(found.map((_, i) => (found[0]?.offset ?? 0) + i));
}

function expectEveryVersionOnce(found: BookEvent[]): void {
  const versionsByProduct = Map.groupBy(found, (event) => event.productId);
  for (const [productId, own] of versionsByProduct) {
    expect(
      own.map((event) => event.version),
      productId,
    ).toEqual(own.map((_, i) => i + 1));
  }
}

describe("edges", () => {
  it("S-25 / 26: the last unit taken depletes once, its release makes available once", async () => {
    const productId = await newProduct(1);
    await allowBackorder(productId, 3);
    const { version } = await stock(productId);
    const last = await hold(productId, 1);
    const promised = await hold(productId, 2);
    expectProblem(await reserve(productId, { quantity: 2 }), 409);
    expectStatus(await act(promised, "release"), 200);
    expectStatus(await act(last, "release"), 200);
    await receive(productId, 1);
    expect(await edgesAfter(productId, version)).toEqual(["stock.depleted", "stock.available"]);
  });

  it("D-13: low and recovered fire on the crossing only", async () => {
    const productId = await newProduct(12, { minimumStockLevel: 10 });
    const { version } = await stock(productId);
    const orderId = newId("O");
    await hold(productId, 3, { orderId });
    expect(await stock(productId)).toMatchObject({ available: 9, lowStock: true });
    await hold(productId, 1, { orderId });
    const body = { orderId, quantity: 4 };
    expectStatus(await call(`POST /v1/inventory/${productId}/release`, { body }), 200);
    expect(await stock(productId)).toMatchObject({ available: 12, lowStock: false });
    expect(await edgesAfter(productId, version)).toEqual(["stock.low", "stock.recovered"]);
  });

  it("a product that stands exactly at its minimum is not low", async () => {
    const productId = await newProduct(12, { minimumStockLevel: 10 });
    const { version } = await stock(productId);
    await hold(productId, 2);
    expect(await stock(productId)).toMatchObject({ available: 10, lowStock: false });
    expect(await edgesAfter(productId, version)).toEqual([]);
  });
});

describe("the book of events", () => {
  it("D-14: from an offset to the end of the book", async () => {
    const productId = await newProduct(100);
    await history(productId);
    const offset = await bookEnd();
    for (let i = 0; i < 3; i += 1) await receive(productId, 1);
    const found = await eventually(
      () => page(`offset=${offset}`),
      (seen) => expect(seen.count).toBe(3),
    );
    expect(found.events.map((event) => event.offset)).toEqual([offset, offset + 1, offset + 2]);
    expect(found).toMatchObject({ nextOffset: offset + 3, hasMore: false, count: 3 });
    const two = await page(`offset=${offset}&limit=2`);
    expect(two).toMatchObject({ nextOffset: offset + 2, hasMore: true, count: 2 });
    const end = await page(`offset=${offset + 3}`);
    expect(end).toEqual({ events: [], nextOffset: offset + 3, hasMore: false, count: 0 });
  });

  it("an event says what, where, when, who, and the level after it", async () => {
    const productId = await newProduct(10);
    const held = await hold(productId, 4, { orderId: newId("O") });
    const { version } = await stock(productId);
    const event = (await history(productId)).find((candidate) => candidate.type === "reservation.held");
    expect(event).toMatchObject({
      offset: expect.any(Number),
      id: `${productId}:${version}`,
      type: "reservation.held",
      productId,
      version,
      at: held.createdAt,
      actor: expect.stringMatching(/^key:.+/),
      data: { reservationId: held.reservationId, orderId: held.orderId, quantity: 4 },
      level: { locationId: "main", onHand: 10, reserved: 4 },
    });
    expect(JSON.stringify(event)).not.toContain('"key:demo"');
  });

  it("an adjustment says its type, by how much, before, after and why", async () => {
    const productId = await newProduct(10);
    await receive(productId, 5);
    const adjusted = (await history(productId)).findLast((event) => event.type === "stock.adjusted");
    expect(adjusted?.data).toMatchObject({
      type: "receipt",
      delta: 5,
      before: 10,
      after: 15,
      reason: "delivered",
    });
  });

  it("every step of a life has its event", async () => {
    const productId = await newProduct(50);
    const { version } = await stock(productId);
    const path = (id: string) => `PATCH /v1/reservations/${id}`;
    const held = await hold(productId, 2);
    expectStatus(await call(path(held.reservationId), { body: { quantity: 3 } }), 200);
    expectStatus(await act(held, "extend", { ttlSeconds: 5000 }), 200);
    expectStatus(await act(held, "confirm"), 200);
    expectStatus(await act(held, "return", { quantity: 1, restock: true, reason: "too big" }), 200);
    expectStatus(await act(await hold(productId, 1), "release"), 200);
    expectStatus(await count(productId, { newQuantity: 50 }), 200);
    expectStatus(await call(`PATCH /v1/products/${productId}`, { body: { name: "Other" } }), 200);
    const types = (await history(productId))
      .filter((event) => event.version > version)
      .map((event) => event.type);
    expect(types).toEqual([
      "reservation.held",
      "reservation.resized",
      "reservation.extended",
      "reservation.confirmed",
      "reservation.returned",
      "reservation.held",
      "reservation.released",
      "stock.counted",
      "product.updated",
    ]);
  });

  it("a filter by product or type leaves the others out and still leads to the end", async () => {
    const productId = await newProduct(10);
    await hold(productId, 1);
    await history(productId);
    const own = await page(`offset=1&limit=1000&productId=${productId}`);
    expect(new Set(own.events.map((event) => event.productId))).toEqual(new Set([productId]));
    const holds = await page(`offset=1&limit=1000&productId=${productId}&type=reservation.held`);
    expect(holds.events).toHaveLength(1);
    expect(holds.hasMore).toBe(false);
    expect(holds.nextOffset).toBeGreaterThan(holds.events[0]?.offset ?? 0);
  });

  it("D-16: under load every product's versions have no gap or repeat, offsets are dense", async () => {
    const products = await Promise.all(Array.from({ length: 5 }, () => newProduct(1000)));
    const start = await bookEnd();
    const traffic = { ended: false };
    const followed: BookEvent[] = [];
    const follow = async () => {
      let next = start;
      for (;;) {
        // What has ended before it was asked is in the answer.
        const { ended } = traffic;
        const seen = await page(`offset=${next}&limit=37`);
        followed.push(...seen.events);
        expect(seen.nextOffset).toBe(next + seen.count);
        next = seen.nextOffset;
        if (seen.count > 0) continue;
        if (ended) return;
        await sleep(20);
      }
    };
    const write = async (client: number) => {
      for (let i = 0; i < 15; i += 1) {
        const productId = products[(client + i) % products.length] ?? "";
        const held = await hold(productId, 1 + (i % 3));
        if (i % 3 === 0) expectStatus(await act(held, "confirm"), 200);
        if (i % 3 === 1) expectStatus(await act(held, "release"), 200);
        if (i % 5 === 0) await receive(productId, 2);
      }
    };
    const follower = follow();
    await Promise.all(Array.from({ length: 24 }, (_, client) => write(client)));
    for (const productId of products) await history(productId, 15);
    traffic.ended = true;
    await follower;

    const all = await events();
    expectDense(all);
    expect(all[0]?.offset).toBe(1);
    expectEveryVersionOnce(all);
    expect(followed).toEqual(all.filter((event) => event.offset >= start));
    for (const productId of products) {
      const { version } = await stock(productId);
      expect(all.filter((event) => event.productId === productId)).toHaveLength(version);
    }
  }, 60_000);

  it.each(["offset=-1", "offset=x", "limit=0", "limit=1001", "type=stock.exploded", "productId=%20"])(
    "%s is refused",
    async (query) => {
      expectProblem(await call(`GET /v1/inventory/events?${query}`), 400, "validation_failed");
    },
  );

  it("is not for storefronts", async () => {
    expectProblem(await call("GET /v1/inventory/events", { key: SHOP }), 403, "forbidden");
  });
});
