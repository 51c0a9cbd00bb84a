/**
 * A client for work that must be done in the end: what fails on the way is asked again, with the same key, so that it
 * happens once. A refusal is an answer and is not asked again.
 */
import { setTimeout as sleep } from "node:timers/promises";

const REQUEST_TIMEOUT_MS = 40_000;
const MAX_TRIES = 12;
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 10_000;
const PASSING = new Set([429, 502, 503, 504]);

/**
 * @typedef {{ status: number, body: any }} Answer
 * @typedef {{ calls: number, retries: number, replayed: number }} Counts
 *   `calls`: answered ones; `replayed`: those whose key had its effect in an earlier run or try
 * @typedef {{
 *   counts: Counts,
 *   get(path: string): Promise<any>,
 *   post(path: string, body: object, key?: string): Promise<any>,
 *   ask(path: string, init?: RequestInit): Promise<Answer>,
 * }} Caller
 * `get` and `post` answer the body and throw at a refusal, which they name; `ask` answers a refusal like the rest.
 */

/** @param {{ url: string, key: string, signal?: AbortSignal }} options @returns {Caller} */
export function createCaller({ url, key, signal }) {
  const counts = { calls: 0, retries: 0, replayed: 0 };

  const ask = async (path, init = {}) => {
    for (let tries = 1; ; tries += 1) {
      signal?.throwIfAborted();
      const answer = await tryOnce(new URL(path, url), {
        ...init,
        headers: { "X-API-Key": key, ...init.headers },
      });
      if (!answer.passing || tries === MAX_TRIES) {
        if (answer.failure) throw answer.failure;
        counts.calls += 1;
        counts.replayed += answer.replayed ? 1 : 0;
        return answer;
      }
      counts.retries += 1;
      await sleep(Math.max(answer.retryAfterMs ?? 0, backoffMs(tries)), undefined, { signal });
    }
  };
  const tryOnce = async (target, init) => {
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      const response = await fetch(target, {
        ...init,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      const { status, headers } = response;
      return {
        status,
        body: parsed(text),
        passing: PASSING.has(status),
        replayed: headers.get("Idempotency-Replayed") === "true",
        retryAfterMs: Number(headers.get("Retry-After") ?? 0) * 1000 || 0,
      };
    } catch (failure) {
      return { passing: !signal?.aborted, failure };
    }
  };
  const insist = async (path, init) => {
    const { status, body } = await ask(path, init);
    if (status < 300) return body;
    throw new Error(`${init?.method ?? "GET"} ${path} answered ${status}: ${JSON.stringify(body)}`);
  };
  return {
    counts,
    ask,
    get: (path) => insist(path),
    post: (path, body, idempotencyKey) =>
      insist(path, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(idempotencyKey !== undefined && { "Idempotency-Key": idempotencyKey }),
        },
        body: JSON.stringify(body),
      }),
  };
}

/** Doubling, with chance in it, so that those who failed together do not come back together. */
function backoffMs(tries) {
  const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (tries - 1));
  return most / 2 + (Math.random() * most) / 2;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
