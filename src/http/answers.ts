/** Answers: how a contract describes those that many routes have alike, and how they are made. */
import type { Page } from "../d1/page";
import { completeAnswer, SHARED } from "./request/answer-headers";
import type { Answer, Call } from "./route";
import * as z from "./zod";

export const REPLAYED = ["Idempotency-Replayed"] as const;
export const MADE = ["Location", ...REPLAYED] as const;
export const CHANGED = ["ETag", ...REPLAYED] as const;
export const CREATED = ["Location", ...CHANGED] as const;

/** Problems of whatever brings goods to a place, sets units aside, or resolves what was set aside. */
export const ARRIVES = ["location_not_found", "location_closed"] as const;
export const HOLDS = [
  "product_not_active",
  "insufficient_stock",
  "customer_limit_reached",
  "customer_required",
  "holds_limit_reached",
] as const;
export const ENDED = ["reservation_already_confirmed", "reservation_already_released"] as const;
export const RESOLVED = ["reservation_expired", ...ENDED] as const;

/** What a contract says of its answer when all goes well. */
export function ok(description: string, schema: z.ZodType, headers: Answer["headers"] = []) {
  return { 200: { description, schema, headers } };
}

export function created(description: string, schema: z.ZodType, headers: Answer["headers"] = CREATED) {
  return { 201: { description, schema, headers } };
}

/** Of something that has versions. */
export function current(description: string, schema: z.ZodType) {
  const headers: Answer["headers"] = ["ETag"];
  return {
    ...ok(description, schema, headers),
    304: { description: "The caller has this version", headers },
  };
}

/** A page of a list; those from the book say how fresh they are. */
export function pageOf(
  item: z.ZodType,
  headers: Answer["headers"] = ["Link", "X-Book-Offset"],
  more: z.ZodRawShape = {},
): Answer {
  const schema = z.object({ items: z.array(item), nextCursor: z.string().nullable(), ...more });
  return { description: "A page", schema, headers };
}

export interface AnswerOptions {
  status?: number;
  headers?: Record<string, string>;
  /** It is the answer that an earlier request with this key got. */
  replayed?: boolean;
}

export function jsonAnswer(call: Call, value: unknown, options?: AnswerOptions): Response {
  return jsonTextAnswer(call, JSON.stringify(value), options);
}

export function jsonTextAnswer(call: Call, json: string, options?: AnswerOptions): Response {
  return bodyAnswer(call, json, { ...options, type: "application/json" });
}

export function bodyAnswer(
  { c, isShared }: Call,
  body: BodyInit | null,
  { status = 200, type, replayed, headers: own }: AnswerOptions & { type?: string },
): Response {
  const headers = replayed ? { ...own, "Idempotency-Replayed": "true" } : own;
  return completeAnswer(c, body, { status, type, caching: isShared ? SHARED : undefined, headers });
}

/** Its items, the way to the next page, and how fresh it is. */
export function pageAnswer(call: Call, page: Page<unknown>, more: object = {}): Response {
  const { items, nextCursor } = page;
  return jsonAnswer(call, { items, nextCursor, ...more }, { headers: pageHeaders(call, page) });
}

export function pageHeaders(call: Call, { nextCursor, bookOffset }: Page<unknown>): Record<string, string> {
  const headers: Record<string, string> = {};
  if (bookOffset !== undefined) headers["X-Book-Offset"] = String(bookOffset);
  if (nextCursor !== null) headers["Link"] = `<${nextLink(call.request.url, nextCursor)}>; rel="next"`;
  return headers;
}

function nextLink(url: string, nextCursor: string): string {
  const next = new URL(url);
  next.searchParams.set("cursor", nextCursor);
  return next.pathname + next.search;
}

/** Lines as the body of an answer: made as they are read, and no longer made once the reader has gone. */
export function streamOf(lines: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await lines.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await lines.return();
    },
  });
}
