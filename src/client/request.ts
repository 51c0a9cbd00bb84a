/**
 * One call: sent, and sent again under the same key while it may help. A change is made once, however often it was sent: all
 * tries of a call have one idempotency key, and the service answers the second as the first.
 */
import { ConnectionError, ProblemError, readProblem } from "./problem.ts";
import { pause, within } from "./time.ts";

export interface CallOptions {
  /** Ends the call at once; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** One of your own makes a change safe over a restart of yours; otherwise each call has a new one. */
  idempotencyKey?: string | undefined;
  maxRetries?: number | undefined;
  /** Of each attempt. */
  timeoutMs?: number | undefined;
  /** Nothing is changed if it is not at this version any more (412 `version_conflict`). */
  ifMatch?: number | undefined;
}

export interface SenderOptions {
  /** Where the service is: `https://stock.example.com`. */
  baseUrl: string;
  /** Or who knows it; asked before every attempt. */
  key?: string | (() => string | Promise<string>) | undefined;
  /** Instead of the platform's. */
  fetch?: typeof fetch | undefined;
  /** 3 unless said. */
  maxRetries?: number | undefined;
  /** Of each attempt; 30,000 unless said. */
  timeoutMs?: number | undefined;
  /** Before each wait. */
  onRetry?: ((info: { attempt: number; delayMs: number; cause: unknown }) => void) | undefined;
}

/** What an answer said beside its body. */
export interface Meta {
  status: number;
  requestId: string;
  etag?: string;
  /** It is the answer that an earlier try got. */
  replayed: boolean;
  /** Of answers from the book: the last offset that they can have seen. */
  bookOffset?: number;
}

export interface Payload {
  /** Undefined ones are left out. */
  query?: object | undefined;
  /** JSON, or a file. */
  body?: unknown;
  headers?: Record<string, string>;
  /** A status that is an answer although it is none of success. */
  passing?: number;
}

export interface Sender {
  /** `at`: a method and a path, `GET /v1/locations`. */
  json<T>(at: string, payload?: Payload, options?: CallOptions): Promise<T>;
  text(at: string, payload?: Payload, options?: CallOptions): Promise<string>;
  /** The answer as soon as it begins. */
  open(at: string, payload?: Payload, options?: CallOptions): Promise<Response>;
  url(path: string): string;
  key(): Promise<string | undefined>;
}

const RETRIED = new Set([429, 500, 502, 503, 504]);
const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 8000;
const MAX_RETRY_AFTER_MS = 60_000;

const metaByAnswer = new WeakMap<object, Meta>();

/** Of an answer: not of one that is no object, nor of an item of a list. Throws for anything else. */
export function metaOf(answer: object): Meta {
  const meta = metaByAnswer.get(answer);
  if (!meta) throw new TypeError("not an answer of the service");
  return meta;
}

export function keepMeta(answer: object, meta: Meta): void {
  metaByAnswer.set(answer, meta);
}

/** `GET /v1/products/{id}` with the id in its place. Throws for what would be another path. */
export function at(strings: TemplateStringsArray, ...ids: string[]): string {
  const encoded = ids.map((id) => {
    if (/^\.{0,2}$/.test(id)) throw new TypeError(`"${id}" is no id`);
    return encodeURIComponent(id);
  });
  return String.raw({ raw: strings }, ...encoded);
}

export function createSender(options: SenderOptions): Sender {
  const base = options.baseUrl.replace(/\/+$/, "");
  // Unbound: a platform's fetch may not be called as a method of something else.
  const own = options.fetch;
  const fetchOf = (url: string, init: RequestInit) => (own ? own(url, init) : fetch(url, init));
  const key = async () => (typeof options.key === "function" ? await options.key() : options.key);

  async function send<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const { method, url, body, headers, passing, o } = call;
    const { signal, maxRetries = options.maxRetries ?? 3, timeoutMs = options.timeoutMs ?? 30_000 } = o;
    const idempotencyKey = headers["Idempotency-Key"];
    for (let attempt = 1; ; attempt += 1) {
      const apiKey = await key();
      if (apiKey !== undefined) headers["X-API-Key"] = apiKey;
      let cause: unknown;
      try {
        return await within(timeoutMs, signal, async (ends) => {
          const response = await fetchOf(url, {
            method,
            headers,
            signal: ends,
            ...(body !== undefined && { body }),
          });
          if (response.ok || response.status === passing) return read(response);
          throw await refusalOf(response);
        });
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        cause = error;
      }
      const delayMs = delayOf(cause, attempt);
      if (attempt > maxRetries || delayMs === undefined) {
        if (cause instanceof ProblemError) throw cause;
        const message = `${method} ${url} was not answered: ${cause instanceof Error ? cause.message : cause}`;
        throw new ConnectionError(message, { attempts: attempt, idempotencyKey, cause });
      }
      options.onRetry?.({ attempt, delayMs, cause });
      await pause(delayMs, signal);
    }
  }

  const callOf = (request: string, payload: Payload = {}, o: CallOptions = {}): Call => {
    const [method = "", path = ""] = request.split(" ");
    const { query, body, passing } = payload;
    const headers: Record<string, string> = { Accept: "application/json", ...payload.headers };
    const isJson = body !== undefined && !(body instanceof Blob);
    if (isJson) headers["Content-Type"] = "application/json";
    if (method !== "GET") headers["Idempotency-Key"] = o.idempotencyKey ?? newKey();
    if (o.ifMatch !== undefined) headers["If-Match"] = `"${o.ifMatch}"`;
    const url = base + path + (query ? queryText(query) : "");
    return { method, url, body: isJson ? JSON.stringify(body) : body, headers, passing, o };
  };

  return {
    json: <T>(request: string, payload?: Payload, o?: CallOptions) =>
      send(callOf(request, payload, o), readJson<T>),
    text: (request, payload, o) => send(callOf(request, payload, o), (response) => response.text()),
    open: (request, payload, o) => send(callOf(request, payload, o), async (response) => response),
    url: (path) => base + path,
    key,
  };
}

interface Call {
  method: string;
  url: string;
  body: string | Blob | undefined;
  headers: Record<string, string>;
  passing: number | undefined;
  o: CallOptions;
}

/** 128 random bits. Pages without TLS have no `randomUUID`. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function queryText(query: object): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (name === "attributes")
      for (const [of, is] of Object.entries(value ?? {})) params.set(`attr.${of}`, String(is));
    else if (value !== undefined) params.set(name, String(value));
  }
  const text = params.toString();
  return text && `?${text}`;
}

async function readJson<T>(response: Response): Promise<T> {
  // What was cut off does not parse, and is asked for again.
  const answer = response.status === 204 ? undefined : JSON.parse(await response.text());
  if (typeof answer === "object" && answer !== null) keepMeta(answer, metaIn(response));
  return answer;
}

export function metaIn({ status, headers }: Response): Meta {
  const etag = headers.get("ETag");
  const bookOffset = headers.get("X-Book-Offset");
  return {
    status,
    requestId: headers.get("X-Request-Id") ?? "",
    ...(etag !== null && { etag }),
    replayed: headers.get("Idempotency-Replayed") === "true",
    ...(bookOffset !== null && { bookOffset: Number(bookOffset) }),
  };
}

/** An answer of somebody on the way. */
class StrangeAnswer extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  constructor(status: number, retryAfterMs: number | undefined) {
    super(`an answer ${status} that is not the service's`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Another try may fare better. */
export function isPassing(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ProblemError && RETRIED.has(error.status));
}

async function refusalOf(response: Response): Promise<ProblemError | StrangeAnswer> {
  const retryAfterMs = waitOf(response.headers.get("Retry-After"));
  const problem = readProblem(await response.text());
  return problem ? new ProblemError(problem, retryAfterMs) : new StrangeAnswer(response.status, retryAfterMs);
}

/** Seconds or a date. */
function waitOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** How long to wait before the next attempt; undefined: it would not help. */
function delayOf(cause: unknown, attempt: number): number | undefined {
  const jitter = Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (attempt - 1));
  if (!(cause instanceof ProblemError || cause instanceof StrangeAnswer)) return jitter;
  const { status, retryAfterMs = jitter } = cause;
  return RETRIED.has(status) && retryAfterMs <= MAX_RETRY_AFTER_MS ? retryAfterMs : undefined;
}
