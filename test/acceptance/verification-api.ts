/** The verifier as the engineer on call knows it, and products that have lived through everything it looks at. */
import { env } from "cloudflare:workers";
import {
  act,
  ADMIN,
  allowBackorder,
  call,
  count,
  expectStatus,
  history,
  hold,
  newId,
  newLocation,
  newProduct,
  reserve,
  type Reservation,
} from "./api";

export interface Difference {
  what: string;
  locationId?: string;
  reservationId?: string;
  fromVersion?: number;
  toVersion?: number;
  object?: unknown;
  events?: unknown;
  book?: unknown;
}
export interface Verification {
  productId: string;
  version: number;
  bookVersion: number | null;
  events: number;
  complete: boolean;
  differences: Difference[];
  differenceCount: number;
}
export interface VerificationPage {
  items: Verification[];
  checked: number;
  differences: number;
  nextCursor: string | null;
}
export interface Reprojection {
  productId: string;
  version: number;
  eventsSent: number;
  reservations: number;
  differences: Difference[];
}

export async function verify(productId: string): Promise<Verification> {
  const answer = await call<Verification>(`POST /v1/admin/products/${productId}/verify`, { key: ADMIN });
  return expectStatus(answer, 200);
}

export async function reproject(productId: string): Promise<Reprojection> {
  const answer = await call<Reprojection>(`POST /v1/admin/products/${productId}/reproject`, { key: ADMIN });
  return expectStatus(answer, 200);
}

export function book(query: string, ...values: unknown[]) {
  return env.BOOK.prepare(query)
    .bind(...values)
    .run();
}

export interface Lived {
  productId: string;
  held: Reservation;
  confirmed: Reservation;
  released: Reservation;
}

/** A product that has been through everything that leaves a trace, in the book. Its stock crossed no line. */
export async function lived(): Promise<Lived> {
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
