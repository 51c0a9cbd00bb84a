/** Orders as a shop would place them, for the tests of orders. */
import { call, expectStatus, newId, newProduct, stock, type CallOptions, type Reservation } from "./api";

export interface Order {
  orderId: string;
  state: string;
  expiresAt: string | null;
  reservations: Reservation[];
}

export type Line = { productId: string; quantity: number; locationId?: string };

export function placeOrder(orderId: string, lines: Line[], more: object = {}, options: CallOptions = {}) {
  return call<Order>("POST /v1/reservations", { body: { orderId, lines, ...more }, ...options });
}

export async function held(lines: Line[], more: object = {}): Promise<Order> {
  return expectStatus(await placeOrder(newId("ORD"), lines, more), 201);
}

export function confirm(orderId: string, options: CallOptions = {}) {
  return call<Order>("POST /v1/reservations/confirm", { body: { orderId }, ...options });
}

export function release(orderId: string, options: CallOptions = {}) {
  return call<Order>("POST /v1/reservations/release", { body: { orderId }, ...options });
}

export async function readOrder(orderId: string): Promise<Order> {
  return expectStatus(await call<Order>(`GET /v1/orders/${orderId}`), 200);
}

export const reservedOf = async (productId: string) => (await stock(productId)).reserved;
export const lines = (productIds: string[], quantity = 1): Line[] =>
  productIds.map((productId) => ({ productId, quantity }));
export const products = (count: number, onHand: number) =>
  Promise.all(Array.from({ length: count }, () => newProduct(onHand)));
