/** Answers that are made here: of values, of JSON that an object has written already, and pages of lists. */
import type { Page } from "../../d1/page";
import type { Call } from "../route";

export interface AnswerOptions {
  status?: number;
  headers?: Record<string, string>;
  /** It is the answer that an earlier request with this key got. */
  replayed?: boolean;
}

export function jsonAnswer(call: Call, value: unknown, options?: AnswerOptions): Response {
  return jsonTextAnswer(call, JSON.stringify(value), options);
}

export function jsonTextAnswer(call: Call, json: string, options: AnswerOptions = {}): Response {
  const { requestId } = call;
  const type = "application/json";
  return answer(json, { "X-Request-Id": requestId, "Content-Type": type, ...options.headers }, options);
}

export function bodyAnswer(call: Call, body: BodyInit | null, options: AnswerOptions): Response {
  return answer(body, { "X-Request-Id": call.requestId, ...options.headers }, options);
}

function answer(
  body: BodyInit | null,
  headers: Record<string, string>,
  { status = 200, replayed }: AnswerOptions,
): Response {
  if (replayed) headers["Idempotency-Replayed"] = "true";
  return new Response(body, { status, headers });
}

/** Its items, the way to the next page, and how fresh it is; `facts` are of the page as a whole. */
export function pageAnswer(call: Call, page: Page<unknown>, facts: object = {}): Response {
  const { items, nextCursor, bookOffset } = page;
  const headers: Record<string, string> = {};
  if (bookOffset !== undefined) headers["X-Book-Offset"] = String(bookOffset);
  if (nextCursor !== null) headers["Link"] = `<${nextLink(call.request.url, nextCursor)}>; rel="next"`;
  return jsonAnswer(call, { ...facts, items, nextCursor }, { headers });
}

function nextLink(url: string, nextCursor: string): string {
  const next = new URL(url);
  next.searchParams.set("cursor", nextCursor);
  return next.pathname + next.search;
}
