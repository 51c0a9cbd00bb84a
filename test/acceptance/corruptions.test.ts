/** Whatever is changed in the book behind everybody's back is found, named and repaired. */
import { describe, expect, it } from "vitest";
import { stock } from "./api";
import { book, type Difference, type Lived, lived, reproject, verify } from "./verification-api";

/** What is changed in the book, and what verify has to say of it. */
const CORRUPTIONS: {
  name: string;
  corrupt: (one: Lived, version: number) => Promise<unknown>;
  found: (one: Lived, version: number) => Partial<Difference>[];
  /** What follows from it is found too. */
  others?: true;
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
    name: "a row that cannot be read",
    corrupt: ({ productId }) => book("UPDATE products SET levels = '[{' WHERE product_id = ?", productId),
    found: () => [{ what: "product", object: "there", book: "unreadable" }],
  },
  {
    name: "levels that are none",
    corrupt: ({ productId }) => book("UPDATE products SET levels = '7' WHERE product_id = ?", productId),
    found: () => [{ what: "product", object: "there", book: "unreadable" }],
  },
  {
    name: "events that cannot be read",
    corrupt: ({ productId }) =>
      book("UPDATE events SET body = '{' WHERE product_id = ? AND version IN (3, 5)", productId),
    found: () => [
      { what: "event", fromVersion: 3, toVersion: 3 },
      { what: "event", fromVersion: 5, toVersion: 5 },
    ],
    others: true,
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
        `INSERT INTO reservations (reservation_id, product_id, location_id, order_id, customer_id, state, quantity, held,
         confirmed, released, returned, expires_at, created_at, metadata, version, owner)
         SELECT ?2, product_id, location_id, NULL, NULL, 'held', 9, 9, 0, 0, 0, NULL,
         created_at, NULL, version, owner FROM reservations WHERE reservation_id = ?1`,
        held.reservationId,
        `${productId}~01ARZ3NDEKTSV4RRFFQ69G5FAV`,
      ),
    found: ({ productId }) => [
      { what: "reservation", reservationId: `${productId}~01ARZ3NDEKTSV4RRFFQ69G5FAV`, events: null },
    ],
  },
];

describe("what is changed in the book", () => {
  it.concurrent.each(CORRUPTIONS)("finds $name; reproject repairs it", async ({ corrupt, found, others }) => {
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
    expect(repaired.differences).toEqual([]);
    expect((await verify(productId)).differences).toEqual([]);
    expect(await stock(productId), "the object is as it was").toMatchObject({ version });
  });
});
