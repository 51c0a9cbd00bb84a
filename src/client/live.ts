/**
 * A connection that comes back: a WebSocket where there is one, else Server-Sent Events read from `fetch`. It is made again for
 * ever, with jitter, until the service refuses it or it is closed. What is to be heard again then is the feed's to say.
 */
import { linesOf } from "./lines.ts";
import { ConnectionError, ProblemError } from "./problem.ts";
import { isPassing, type Sender } from "./request.ts";
import { pause } from "./time.ts";
import type { Level, LiveQuote } from "./wire.ts";
import type { BookEvent } from "./wire-events.ts";
import type { LiveTicket } from "./wire-operation.ts";

/** `stale`: lost, and being made again; `offline`: that failed, too. */
export type LiveState = "connecting" | "live" | "stale" | "offline" | "closed";

export interface LiveError {
  type: "error";
  code: string;
  detail: string;
  productId?: string;
  oldestOffset?: number;
}

export type LiveMessage = Level | LiveQuote | LiveError | { type: "event"; offset: number; event: BookEvent };

/** What a connection is for. */
export interface Feed {
  /** Where to connect now: it says what is known already. */
  path(): string;
  take(message: LiveMessage): void;
  /** The service has refused. The connection is closed. */
  fail(error: unknown): void;
  onState(state: LiveState): void;
}

export interface LiveOptions {
  sender: Sender;
  /** Whether to begin with a socket; and, if it cannot be made, whether a stream will do. */
  socket: boolean;
  stream: boolean;
}

const BACKOFF_MIN_MS = 300;
const BACKOFF_MAX_MS = 15_000;
const CONNECT_TIMEOUT_MS = 15_000;
const PING_MS = 20_000;
const SILENCE_MS = 45_000;
const PONG_MS = 5000;
const AGAIN = "again";
/** What may stand in the name of a protocol. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

export class Connection {
  readonly #options: LiveOptions;
  readonly #feed: Feed;
  #closed = false;
  #session = new AbortController();
  #socket: WebSocket | undefined;
  #heardAt = 0;

  constructor(options: LiveOptions, feed: Feed) {
    this.#options = options;
    this.#feed = feed;
    // Whoever makes it has it when the feed is called.
    queueMicrotask(() => void this.#run());
  }

  /** False: it is not a socket that is open. */
  say(message: object): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Makes another at once, with what the feed says then. */
  restart(): void {
    this.#session.abort(AGAIN);
  }

  /** As if it had been lost. */
  drop(): void {
    this.#session.abort();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#session.abort();
    this.#feed.onState("closed");
  }

  async #run(): Promise<void> {
    if (!this.#closed) this.#feed.onState("connecting");
    for (let failures = 0; !this.#closed;) {
      const { signal } = (this.#session = new AbortController());
      const startedAt = (this.#heardAt = Date.now());
      let retryAfterMs = 0;
      try {
        await this.#listen(signal);
        if (signal.reason === AGAIN) continue;
        if (this.#closed) return;
        this.#feed.onState("stale");
      } catch (error) {
        if (signal.reason === AGAIN) continue;
        if (this.#closed) return;
        if (!signal.aborted && !isPassing(error)) return this.#fail(error);
        this.#feed.onState("offline");
        if (error instanceof ProblemError) retryAfterMs = error.retryAfterMs ?? 0;
      }
      failures = this.#heardAt > startedAt ? 0 : failures + 1;
      const backoffMs = BACKOFF_MIN_MS + Math.random() * BACKOFF_MIN_MS * 2 ** failures;
      const waitMs = Math.min(Math.max(backoffMs, retryAfterMs), BACKOFF_MAX_MS);
      this.#session = new AbortController();
      // Ended early by `restart` and `close`.
      await pause(waitMs, this.#session.signal).catch(() => undefined);
    }
  }

  #fail(error: unknown): void {
    this.close();
    this.#feed.fail(error);
  }

  /** Until the connection ends. Rejects when there was none. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { socket, stream } = this.#options;
    const path = this.#feed.path();
    if (socket && (await this.#listenBySocket(path, signal))) return;
    if (signal.aborted) return;
    // A socket does not say why it was refused; the same request for a stream does.
    const { sender } = this.#options;
    const headers = { Accept: "text/event-stream" };
    const once = { signal, maxRetries: 0, timeoutMs: CONNECT_TIMEOUT_MS };
    const response = await sender.open(`GET ${path}`, { headers }, once);
    if (!stream) {
      await response.body?.cancel();
      throw new ConnectionError("no WebSocket", { attempts: 1, cause: undefined });
    }
    this.#feed.onState("live");
    try {
      for await (const line of linesOf(response, { signal, idleMs: SILENCE_MS })) {
        if (signal.aborted) return;
        // Every message of the service is one line of data.
        if (line.startsWith("data:")) this.#hear(line.slice(5));
        else this.#heardAt = Date.now();
      }
    } catch {
      // However it ended, it is made again.
    }
  }

  /** Whether it was open; ends when it does. */
  async #listenBySocket(path: string, signal: AbortSignal): Promise<boolean> {
    const { sender } = this.#options;
    const key = await sender.key();
    const protocols = ["holdfast.v1"];
    let url = sender.url(path).replace(/^http/, "ws");
    if (key !== undefined && TOKEN.test(key)) protocols.push(`holdfast.key.${key}`);
    else if (key !== undefined) {
      const { ticket } = await sender.json<LiveTicket>("POST /v1/live/tickets", {}, { signal });
      url += `${url.includes("?") ? "&" : "?"}ticket=${encodeURIComponent(ticket)}`;
    }
    if (signal.aborted) return false;
    const socket = new WebSocket(url, protocols);
    return new Promise((resolve) => {
      let isOpen = false;
      let pingedAt = 0;
      let timer = setTimeout(() => end(), CONNECT_TIMEOUT_MS);
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        if (this.#socket === socket) this.#socket = undefined;
        // One that is just being made would complain.
        if (socket.readyState === 0) socket.addEventListener("open", () => socket.close());
        else socket.close();
        resolve(isOpen);
      };
      /** A socket that says nothing is cut off, however much it is sent. */
      const beat = () => {
        const silentMs = Date.now() - this.#heardAt;
        // A page in the background comes here late: what has not been asked has not failed to answer.
        if (silentMs >= SILENCE_MS && pingedAt > this.#heardAt) return end();
        pingedAt = Date.now();
        socket.send("ping");
        timer = setTimeout(beat, Math.min(PING_MS, Math.max(SILENCE_MS - silentMs, PONG_MS)));
      };
      socket.addEventListener("open", () => {
        if (signal.aborted) return;
        isOpen = true;
        this.#socket = socket;
        clearTimeout(timer);
        timer = setTimeout(beat, PING_MS);
        this.#feed.onState("live");
      });
      socket.addEventListener("message", ({ data }) => {
        if (!signal.aborted && typeof data === "string") this.#hear(data);
      });
      socket.addEventListener("close", end);
      socket.addEventListener("error", end);
      signal.addEventListener("abort", end);
    });
  }

  #hear(text: string): void {
    this.#heardAt = Date.now();
    if (text === "pong") return;
    const message: LiveMessage = JSON.parse(text);
    this.#feed.take(message);
  }
}
