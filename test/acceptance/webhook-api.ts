/** A caller of the webhook routes, beside `api.ts`. */
import { expect } from "vitest";
import { ADMIN, call, eventually, expectStatus, history, newProduct, receive, type CallOptions } from "./api";

export interface Webhook {
  webhookId: string;
  url: string;
  types: string[] | null;
  productIds: string[] | null;
  description: string | null;
  status: string;
  disabledReason: string | null;
  nextOffset: number;
  behind: number | null;
  missedEvents: { from: number; to: number } | null;
  consecutiveFailures: number;
  nextAttemptAt: string | null;
  lastDeliveredAt: string | null;
  createdAt: string;
  updatedAt: string;
  secret?: string;
}

export interface Delivery {
  deliveryId: string;
  offset: number;
  eventId: string;
  eventType: string;
  attempt: number;
  outcome: string;
  httpStatus: number | null;
  error: string | null;
  durationMs: number;
  at: string;
}

export const admin = <T>(request: string, body?: unknown, options: CallOptions = {}) =>
  call<T>(request, { key: ADMIN, ...(body !== undefined && { body }), ...options });

export async function create(body: object): Promise<Webhook & { secret: string }> {
  const made = expectStatus(await admin<Webhook>("POST /v1/webhooks", body), 201);
  return { ...made, secret: made.secret ?? expect.fail("no secret in the answer") };
}

export async function get(webhookId: string): Promise<Webhook> {
  return expectStatus(await admin<Webhook>(`GET /v1/webhooks/${webhookId}`), 200);
}

export const patch = (webhookId: string, body: object) =>
  admin<Webhook>(`PATCH /v1/webhooks/${webhookId}`, body);

export function caughtUp(webhookId: string, seconds = 10): Promise<Webhook> {
  return eventually(
    () => get(webhookId),
    ({ behind }) => expect(behind).toBe(0),
    seconds,
  );
}

/** A product and, once the book has them, its events: one when it is made, one per receipt. */
export async function productWithEvents(receipts: number) {
  const productId = await newProduct(5);
  for (let nth = 0; nth < receipts; nth += 1) await receive(productId, 1);
  return { productId, log: await history(productId) };
}
