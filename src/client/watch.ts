/**
 * Levels of products: states, not a log. One newest level is kept per product, however slowly they are read; versions only
 * rise. A connection has at most 200 products.
 */
import { Connection, type LiveMessage, type LiveOptions, type LiveState } from "./live.ts";
import { worstOf, type LiveStates } from "./live-states.ts";
import type { Level, LiveQuote } from "./wire.ts";

export interface WatchOptions {
  signal?: AbortSignal | undefined;
  /** Versions that are known: what is newer comes. */
  since?: Record<string, number> | undefined;
  /** New market prices of these products. */
  onQuote?: ((quote: LiveQuote) => void) | undefined;
}

/** To be read once, with `for await`; leaving the loop ends it. */
export interface Watch extends AsyncIterable<Level> {
  add(ids: Iterable<string>): void;
  remove(ids: Iterable<string>): void;
  readonly state: LiveState;
}

const MAX_PRODUCTS = 200;
const NAMES_PER_MESSAGE = 100;
/** Changes of what is wanted are gathered that long. */
const GATHER_MS = 50;
/** A product that could not be subscribed to is tried again after that. */
const LOST_RETRY_MS = 10_000;
/** With longer ones `since` is left out, and every level comes. */
const MAX_URL_CHARS = 8000;

/** A connection, what it is to have, and what it has. */
interface Line {
  wanted: Set<string>;
  subscribed: Set<string>;
  connection: Connection;
  state: LiveState;
}

export class LevelWatch implements Watch {
  readonly #live: LiveOptions;
  readonly #states: LiveStates;
  readonly #options: WatchOptions;
  /** By product; -1: none yet. */
  readonly #versions = new Map<string, number>();
  readonly #fresh = new Map<string, Level>();
  readonly #lines = new Set<Line>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lostTimer: ReturnType<typeof setTimeout> | undefined;
  #started = false;
  #failure: { error: unknown } | undefined;
  #wake = () => {};

  constructor(live: LiveOptions & { states: LiveStates }, ids: Iterable<string>, options: WatchOptions) {
    this.#live = live;
    this.#states = live.states;
    this.#options = options;
    this.add(ids);
  }

  get state(): LiveState {
    return this.#started
      ? worstOf(
          [...this.#lines].map(({ state }) => state),
          "live",
        )
      : "closed";
  }

  add(ids: Iterable<string>): void {
    for (const id of ids)
      if (!this.#versions.has(id)) this.#versions.set(id, this.#options.since?.[id] ?? -1);
    this.#plan();
  }

  remove(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#versions.delete(id);
      this.#fresh.delete(id);
    }
    this.#plan();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Level, void, undefined> {
    const { signal } = this.#options;
    const onAbort = () => this.#fail(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort);
    this.#started = true;
    this.#arrange();
    try {
      for (;;) {
        for (const [id, level] of this.#fresh) {
          this.#fresh.delete(id);
          yield level;
        }
        if (this.#failure) throw this.#failure.error;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#started = false;
      clearTimeout(this.#timer);
      clearTimeout(this.#lostTimer);
      this.#timer = this.#lostTimer = undefined;
      signal?.removeEventListener("abort", onAbort);
      for (const line of this.#lines) this.#close(line);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#fresh.clear();
    this.#wake();
  }

  #plan(): void {
    if (this.#started) this.#timer ??= setTimeout(() => this.#arrange(), GATHER_MS);
  }

  /** Every wanted product has its line. */
  #arrange(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const without = new Set(this.#versions.keys());
    for (const { wanted } of this.#lines) for (const id of wanted) if (!without.delete(id)) wanted.delete(id);
    for (const line of this.#lines) fill(line.wanted, without);
    for (const line of this.#lines) {
      if (line.wanted.size === 0) this.#close(line);
      else subscribe(line);
    }
    while (without.size > 0) this.#open(fill(new Set(), without));
  }

  #open(wanted: Set<string>): void {
    const feed = {
      path: () => {
        line.subscribed = new Set(wanted);
        return this.#path([...wanted]);
      },
      take: (message: LiveMessage) => this.#take(line, message),
      fail: (error: unknown) => this.#fail(error),
      onState: (state: LiveState) => {
        line.state = state;
        this.#states.set(line, state);
        // What was wanted since it began.
        subscribe(line);
      },
    };
    const line: Line = {
      wanted,
      subscribed: new Set(),
      state: "connecting",
      connection: new Connection(this.#live, feed),
    };
    this.#lines.add(line);
  }

  #close(line: Line): void {
    this.#lines.delete(line);
    line.connection.close();
  }

  #path(ids: readonly string[]): string {
    const path = `/v1/inventory/live?products=${ids.join(",")}`;
    const seen = ids.flatMap((id) => {
      const version = this.#versions.get(id) ?? -1;
      return version < 0 ? [] : [`${id}:${version}`];
    });
    const since = seen.length > 0 ? `&since=${seen.join(",")}` : "";
    return path.length + since.length > MAX_URL_CHARS ? path : path + since;
  }

  #take(line: Line, message: LiveMessage): void {
    if (message.type === "quote" && this.#versions.has(message.productId)) this.#options.onQuote?.(message);
    if (message.type === "level") {
      const { productId, version } = message;
      if (version <= (this.#versions.get(productId) ?? Infinity)) return;
      this.#versions.set(productId, version);
      this.#fresh.set(productId, message);
      this.#wake();
    }
    if (message.type !== "error") return;
    if (message.productId === undefined) return line.connection.drop();
    line.subscribed.delete(message.productId);
    this.#lostTimer ??= setTimeout(() => {
      this.#lostTimer = undefined;
      this.#arrange();
    }, LOST_RETRY_MS);
  }
}

/** Moves as many as there is room for. */
function fill(wanted: Set<string>, from: Set<string>): Set<string> {
  for (const id of from) {
    if (wanted.size >= MAX_PRODUCTS) break;
    wanted.add(id);
    from.delete(id);
  }
  return wanted;
}

/** What is being made has what is wanted when it is made. */
function subscribe(line: Line): void {
  const { wanted, subscribed, connection } = line;
  if (line.state !== "live") return;
  const surplus = [...subscribed].filter((id) => !wanted.has(id));
  const missing = [...wanted].filter((id) => !subscribed.has(id));
  const isSaid = (type: string, ids: string[]) => {
    for (let from = 0; from < ids.length; from += NAMES_PER_MESSAGE)
      if (!connection.say({ type, products: ids.slice(from, from + NAMES_PER_MESSAGE) })) return false;
    return true;
  };
  if (!isSaid("unsubscribe", surplus) || !isSaid("subscribe", missing)) return connection.restart();
  line.subscribed = new Set(wanted);
}
