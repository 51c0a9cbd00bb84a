/**
 * A client of a running Holdfast. What fails on the way (no answer, 429, 502 to 504) is asked again up to
 * `tries` times with the same key, so that it happens once. A refusal is an answer and is not asked again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const REQUEST_TIMEOUT_MS = 40_000;
const BACKOFF_MIN_MS = 200;
const BACKOFF_MAX_MS = 10_000;
const PASSING_STATUSES = new Set([429, 502, 503, 504]);

export interface Answer {
  status: number;
  /** What its JSON says; the text where it is none. */
  body: unknown;
  /** The key had its effect in an earlier request. */
  replayed: boolean;
}

export interface Payload {
  body?: unknown;
  /** Its idempotency key. */
  key?: string;
}

export interface ApiOptions {
  url: string | URL;
  apiKey: string;
  signal?: AbortSignal | undefined;
  tries?: number;
}

export class ApiClient {
  /** `calls`: answered ones; `replayed`: of these, those whose key had its effect before. */
  readonly counts = { calls: 0, retries: 0, replayed: 0 };
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Any status is an answer. `request` is a method and a path, `GET /v1/inventory`. */
  async ask(request: string, payload?: Payload): Promise<Answer> {
    const { signal, tries = 1 } = this.#options;
    for (let nth = 1; ; nth += 1) {
      signal?.throwIfAborted();
      const tried = await this.#try(request, payload).catch((failure: unknown) => ({ failure }));
      const isAnswer = "status" in tried;
      const passes = isAnswer ? PASSING_STATUSES.has(tried.status) : !signal?.aborted;
      if (!passes || nth >= tries) {
        if (!isAnswer) throw tried.failure;
        this.counts.calls += 1;
        this.counts.replayed += tried.replayed ? 1 : 0;
        return tried;
      }
      this.counts.retries += 1;
      const retryAfterMs = isAnswer ? tried.retryAfterMs : 0;
      await sleep(Math.max(retryAfterMs, backoffMs(nth)), undefined, { signal });
    }
  }

  /** The body. Throws at a refusal, which it names. */
  async call(request: string, payload?: Payload): Promise<unknown> {
    const { status, body } = await this.ask(request, payload);
    if (status < 300) return body;
    throw new Error(`${request} answered ${status}: ${JSON.stringify(body).slice(0, 500)}`);
  }

  /** The body as `schema` has it. Throws at a refusal, and at a body of another form. */
  async read<T>(schema: z.ZodType<T>, request: string, payload?: Payload): Promise<T> {
    return schema.parse(await this.call(request, payload));
  }

  /** All items of a list. */
  async *pages<T>(item: z.ZodType<T>, path: string): AsyncGenerator<T> {
    const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
    let cursor: string | null = "";
    while (cursor !== null) {
      const from: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
      const { items, nextCursor } = await this.read(
        page,
        `GET ${path}${path.includes("?") ? "&" : "?"}limit=100${from}`,
      );
      yield* items;
      cursor = nextCursor;
    }
  }

  async #try(request: string, { body, key }: Payload = {}): Promise<Answer & { retryAfterMs: number }> {
    const { url, apiKey, signal } = this.#options;
    const [method = "", path = ""] = request.split(" ");
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        "X-API-Key": apiKey,
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(key !== undefined && { "Idempotency-Key": key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return {
      status: response.status,
      body: parsed(await response.text()),
      replayed: response.headers.get("Idempotency-Replayed") === "true",
      retryAfterMs: Number(response.headers.get("Retry-After") ?? 0) * 1000 || 0,
    };
  }
}

/** Doubling, with chance in it, so that those who failed together do not come back together. */
function backoffMs(tries: number): number {
  const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (tries - 1));
  return most / 2 + (Math.random() * most) / 2;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
