/** Answers that are made here rather than by a product's object: plain ones, and pages of lists. */
import type { Page } from "../d1/page";
import type { Call } from "./route";

export interface AnswerOptions {
  status?: number;
  headers?: Record<string, string>;
}

export function jsonAnswer(call: Call, value: unknown, options: AnswerOptions = {}): Response {
  const { status = 200, headers } = options;
  return bodyAnswer(call, JSON.stringify(value), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

/** null: no body. */
export function bodyAnswer(
  call: Call,
  body: BodyInit | null,
  { status = 200, headers }: AnswerOptions,
): Response {
  return new Response(body, { status, headers: { "X-Request-Id": call.requestId, ...headers } });
}

/** Its items, the way to the next page, and how fresh it is. */
export function pageAnswer(call: Call, page: Page<unknown>): Response {
  const { items, nextCursor, bookOffset } = page;
  const headers: Record<string, string> = {};
  if (bookOffset !== undefined) headers["X-Book-Offset"] = String(bookOffset);
  if (nextCursor !== null) headers["Link"] = `<${nextLink(call.request.url, nextCursor)}>; rel="next"`;
  return jsonAnswer(call, { items, nextCursor }, { headers });
}

function nextLink(url: string, nextCursor: string): string {
  const next = new URL(url);
  next.searchParams.set("cursor", nextCursor);
  return next.pathname + next.search;
}
