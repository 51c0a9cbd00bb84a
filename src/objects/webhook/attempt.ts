/** One attempt to hand a message to an endpoint. Every wait is bounded, no redirect is followed, no answer is read. */
import { outboundUrlFault, type OutboundRules } from "../../domain/outbound-url";
import type { Webhook } from "../../domain/webhook";
import { MAX_DELIVERY_ERROR_CHARS, WEBHOOK_BACKOFF } from "../../limits";
import { withTimeout } from "../../timeout";
import { signatures } from "./secrets";

export interface Message {
  /** The same at every attempt. */
  messageId: string;
  /** JSON. */
  body: string;
}

export interface Attempt {
  delivered: boolean;
  /** null: there was no answer. */
  httpStatus: number | null;
  /** null when it was delivered. */
  error: string | null;
  durationMs: number;
  /** The endpoint says that it will never be back. */
  gone: boolean;
  /** How long the endpoint asks to be left alone. */
  retryAfterMs: number;
}

export interface AttemptDeps extends OutboundRules {
  fetch(url: string, init: RequestInit): Promise<Response>;
  timeoutMs: number;
}

const RETRY_AFTER_STATUSES = new Set([429, 503]);

/** Never rejects. */
export async function attempt(
  deps: AttemptDeps,
  { url, secrets }: Pick<Webhook, "url" | "secrets">,
  { messageId, body }: Message,
): Promise<Attempt> {
  const at = Date.now();
  const failed = { delivered: false, httpStatus: null, gone: false, retryAfterMs: 0 };
  // What is allowed may have changed since the URL was taken.
  const fault = outboundUrlFault(url, deps);
  if (fault !== undefined) return { ...failed, error: `not sent: the URL ${fault}`, durationMs: 0 };
  const stop = new AbortController();
  try {
    const headers = {
      "content-type": "application/json",
      "user-agent": "holdfast",
      "webhook-id": messageId,
      "webhook-timestamp": String(Math.floor(at / 1000)),
      "webhook-signature": signatures(secrets, { messageId, body, at }),
    };
    const request = { method: "POST", headers, body, redirect: "manual", signal: stop.signal } as const;
    const response = await withTimeout(deps.fetch(url, request), deps.timeoutMs, "the endpoint");
    return { ...judge(response, Date.now()), durationMs: Date.now() - at };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...failed, error: reason.slice(0, MAX_DELIVERY_ERROR_CHARS), durationMs: Date.now() - at };
  } finally {
    // Ends a request that goes on, and an answer that nobody reads.
    stop.abort();
  }
}

function judge(response: Response, now: number): Omit<Attempt, "durationMs"> {
  const { status, headers, ok } = response;
  const hint = status >= 300 && status < 400 ? ": redirects are not followed" : "";
  void response.body?.cancel().catch(() => undefined);
  return {
    delivered: ok,
    httpStatus: status,
    error: ok ? null : `answered ${status}${hint}`,
    gone: status === 410,
    retryAfterMs: RETRY_AFTER_STATUSES.has(status) ? retryAfterMs(headers.get("Retry-After"), now) : 0,
  };
}

/** When to come back: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), bounded; 0 without one that can be read. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), WEBHOOK_BACKOFF.maxMs);
}
