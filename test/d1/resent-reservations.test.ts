/** A product that has given up waiting for the book sends again what the book may have by now: no reservation goes back for it. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { projectBatch, type BookEntry } from "../../src/d1/projection";

const AT = "2026-01-02T03:04:05.678Z";

/** Version 1: three units held; 2: one given back; 3: the rest too. */
const STATES = [
  { type: "reservation.held", state: "held", held: 3, released: 0 },
  { type: "reservation.released", state: "held", held: 2, released: 1 },
  { type: "reservation.released", state: "released", held: 0, released: 3 },
];

function entry(productId: string, fromVersion: number, toVersion: number): BookEntry {
  const events = STATES.slice(fromVersion, toVersion).map(({ type, ...numbers }, index) => {
    const version = fromVersion + index + 1;
    const ids = { reservationId: `${productId}~1`, locationId: "main", orderId: null, customerId: null };
    const rest = { quantity: 3, confirmed: 0, returned: 0, expiresAt: null, createdAt: AT, metadata: null };
    const data = { ...ids, ...rest, ...numbers, owner: null };
    return JSON.stringify({
      id: `${productId}:${version}`,
      type,
      productId,
      version,
      at: AT,
      actor: "t",
      data,
    });
  });
  return { productId, events: events.join(","), fromVersion, toVersion, stock: null, catalog: null };
}

it.each([
  ["its first event", 0, 1],
  ["what is in the middle", 1, 2],
  ["all but the last", 0, 2],
  ["all of it", 0, 3],
])("a reservation stays released when %s comes again", async (what, from, to) => {
  const productId = `resent-${what.replaceAll(" ", "-")}`;
  await projectBatch(env.BOOK, [entry(productId, 0, 2)]);
  await projectBatch(env.BOOK, [entry(productId, 2, 3)]);
  await projectBatch(env.BOOK, [entry(productId, from, to)]);
  const { results } = await env.BOOK.prepare(
    "SELECT state, held, released, version FROM reservations WHERE product_id = ?",
  )
    .bind(productId)
    .all();
  expect(results).toEqual([{ state: "released", held: 0, released: 3, version: 3 }]);
});
