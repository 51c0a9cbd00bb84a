/** Holds and orders: units set aside, then sold or given back. */
import { paged, type Paged } from "./paging.ts";
import { at, type CallOptions, type Sender } from "./request.ts";
import type { Order, OrderRelease, Reservation, ReservationListed, ReservationsResolved } from "./wire.ts";
import type * as request from "./wire-requests.ts";

export interface Reservations {
  get(id: string, o?: CallOptions): Promise<Reservation>;
  list(q?: request.ReservationQuery, o?: CallOptions): Paged<ReservationListed>;
  /** Takes the units off the shelf: they are paid for. */
  confirm(id: string, b?: request.ConfirmBody, o?: CallOptions): Promise<Reservation>;
  release(id: string, b?: request.ReleaseBody, o?: CallOptions): Promise<Reservation>;
  /** Releases the whole hold; again: the same answer. */
  cancel(id: string, o?: CallOptions): Promise<Reservation>;
  resize(id: string, quantity: number, o?: CallOptions): Promise<Reservation>;
  /** From now; never shortens. */
  extend(id: string, ttlSeconds: number, o?: CallOptions): Promise<Reservation>;
  /** Takes confirmed units back, onto the shelf or not. */
  return(id: string, b: request.ReturnBody, o?: CallOptions): Promise<Reservation>;
  /** Up to 50, each by itself: a refusal is in its row. */
  confirmMany(ids: string[], o?: CallOptions): Promise<ReservationsResolved>;
  releaseMany(ids: string[], b?: { reason?: string }, o?: CallOptions): Promise<ReservationsResolved>;
  /** Gives back units that an order holds of a product, the oldest hold first. */
  releaseUnits(productId: string, b: request.OrderReleaseBody, o?: CallOptions): Promise<OrderRelease>;
}

export interface Orders {
  /** Holds all lines, or none; a refusal names every shortage. */
  place(b: request.OrderBody, o?: CallOptions): Promise<Order>;
  get(id: string, o?: CallOptions): Promise<Order>;
  /** Whole, or not at all. */
  confirm(id: string, o?: CallOptions): Promise<Order>;
  release(id: string, o?: CallOptions & { reason?: string | undefined }): Promise<Order>;
}

export function reserveOf(sender: Sender) {
  return (productId: string, body: request.ReserveBody, o?: CallOptions): Promise<Reservation> =>
    sender.json(at`POST /v1/inventory/${productId}/reserve`, { body }, o);
}

export function reservationsOf(sender: Sender): Reservations {
  return {
    get: (id, o) => sender.json(at`GET /v1/reservations/${id}`, {}, o),
    list: (q, o) => paged(q, (query) => sender.json("GET /v1/reservations", { query }, o)),
    confirm: (id, body = {}, o) => sender.json(at`POST /v1/reservations/${id}/confirm`, { body }, o),
    release: (id, body = {}, o) => sender.json(at`POST /v1/reservations/${id}/release`, { body }, o),
    cancel: (id, o) => sender.json(at`DELETE /v1/reservations/${id}`, {}, o),
    resize: (id, quantity, o) => sender.json(at`PATCH /v1/reservations/${id}`, { body: { quantity } }, o),
    extend: (id, ttlSeconds, o) =>
      sender.json(at`POST /v1/reservations/${id}/extend`, { body: { ttlSeconds } }, o),
    return: (id, body, o) => sender.json(at`POST /v1/reservations/${id}/return`, { body }, o),
    confirmMany: (reservationIds, o) =>
      sender.json("POST /v1/reservations/confirm", { body: { reservationIds } }, o),
    releaseMany: (reservationIds, b, o) =>
      sender.json("POST /v1/reservations/release", { body: { reservationIds, ...b } }, o),
    releaseUnits: (productId, body, o) =>
      sender.json(at`POST /v1/inventory/${productId}/release`, { body }, o),
  };
}

export function ordersOf(sender: Sender): Orders {
  return {
    place: (body, o) => sender.json("POST /v1/reservations", { body }, o),
    get: (id, o) => sender.json(at`GET /v1/orders/${id}`, {}, o),
    confirm: (orderId, o) => sender.json("POST /v1/reservations/confirm", { body: { orderId } }, o),
    release: (orderId, { reason, ...o } = {}) =>
      sender.json("POST /v1/reservations/release", { body: { orderId, reason } }, o),
  };
}
