/**
 * A shard of listeners: `levels:<n>` has those who listen to products' levels, `events:<n>` those who follow the log and the
 * long polls. It holds sockets (which stay while it sleeps) and streams, and decides and stores nothing: what it knows it has
 * from products and the log, and asks again after a sleep.
 */
import { DurableObject } from "cloudflare:workers";
import { readWholeLog } from "../../archive/whole-log";
import { existingProductIds } from "../../d1/products";
import type { LevelUpdate } from "../../domain/level-update";
import type { QuoteUpdate } from "../../domain/quote";
import { LISTENING_HEADER } from "../../domain/listening";
import type { Listening, ListeningRefusal, PollAnswer, PollQuery } from "../../domain/listening";
import * as limits from "../../limits";
import { productObject } from "../../products";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { Alarm } from "../flow/alarm";
import type { WatcherAnswer } from "../flow/notifier";
import { followLog } from "../log/follow";
import { PONG, readClientMessage, type ClientMessage } from "./client-message";
import { Connections } from "./connections";
import { LevelFeed } from "./level-feed";
import { CLOSE_FLOOD, closeSocket, type Attachment, type SocketListener } from "./listener";
import { LogFeed } from "./log-feed";
import { listenerGauge } from "./listener-gauge";
import { errorMessage, Message } from "./message";
import { QuoteFeed } from "./quote-feed";

const TOO_MANY_MESSAGES = errorMessage("rate_limited", "Too many messages; some were not heard.");
const TOO_MANY_NAMES = errorMessage(
  "rate_limited",
  `More than ${limits.HUB_MAX_NAMES_PER_SECOND} products in a second; these were not heard.`,
);

type ListeningTo<Family> = Extract<Listening, { to: Family }>;

export class HubObject extends DurableObject<Env> {
  readonly #shard = this.ctx.id.name ?? "";
  readonly #levels = new LevelFeed({
    watch: (productId) => {
      const watching: Promise<LevelUpdate | null> = productObject(this.env, productId).watch(this.#shard);
      return withTimeout(watching, limits.HUB_CALL_TIMEOUT_MS, "product");
    },
    existing: (productIds) => existingProductIds(this.env.BOOK, productIds),
    onFailure: (productId, error) => logError("a product cannot be watched", error, { productId }),
  });
  readonly #quotes = new QuoteFeed({
    follow: async () => this.env.QUOTES.getByName("quotes").follow(this.#shard),
    listenersTo: (productId) => this.#levels.listenersTo(productId),
    onFailure: (error) => logError("prices not followed", error, { shard: this.#shard }),
  });
  readonly #log = new LogFeed({
    follow: async () => void (await followLog(this.env, `hub:${this.#shard}`)),
    read: (query) => readWholeLog(this.env, query),
    onFailure: (what, error) => logError(what, error, { shard: this.#shard }),
  });
  readonly #gauge = listenerGauge(this.env, this.#shard, () => ({
    levels: this.#levels.size,
    events: this.#log.followers,
    polls: this.#log.polls,
  }));
  readonly #connections = new Connections(this.ctx, (listener) => {
    this.#levels.leave(listener);
    this.#log.leave(listener);
    this.#gauge.wake();
  });
  readonly #alarm = new Alarm(this.ctx.storage, () => this.#dueAt());

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const socket of ctx.getWebSockets()) this.#rejoin(socket);
    void ctx.blockConcurrencyWhile(() => this.#alarm.recover());
  }

  /** A listener: 101 or a stream; else a `ListeningRefusal` as JSON. */
  override fetch(request: Request): Promise<Response> {
    const listening: Listening = JSON.parse(request.headers.get(LISTENING_HEADER) ?? "");
    return listening.to === "levels" ? this.#listenToLevels(listening) : this.#followLog(listening);
  }

  /** A page of events when there is one, else an empty one when `waitMs` are over. */
  async poll(query: PollQuery): Promise<PollAnswer> {
    if (this.#log.polls >= limits.HUB_MAX_POLLS) return { state: "full" };
    this.#gauge.wake();
    this.#alarm.arm();
    return this.#log.poll(query);
  }

  /** A product says that its level has changed. */
  levelChanged(level: LevelUpdate): WatcherAnswer {
    return { listening: this.#levels.levelChanged(level) };
  }

  /** Products have new market prices. */
  quotesChanged(updates: readonly QuoteUpdate[]): WatcherAnswer {
    return { listening: this.#quotes.changed(updates, this.#levels.size > 0) };
  }

  /** A ledger says that the log has grown. */
  bookGrew(): WatcherAnswer {
    return { listening: this.#log.grew() };
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const listener = this.#connections.of(socket);
    if (!listener) return;
    listener.heard();
    const verdict = listener.limiter.next();
    if (verdict === "warn") listener.send(TOO_MANY_MESSAGES);
    if (verdict === "cut") listener.close(CLOSE_FLOOD, "too many messages");
    if (verdict === "heed") await this.#heed(listener, readClientMessage(data));
  }

  /** Answers the close: the runtime does not, and the client would wait for it. */
  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    closeSocket(socket, code, reason);
    this.#connections.forget(socket);
  }

  override webSocketError(socket: WebSocket): void {
    closeSocket(socket, 1011, "error");
    this.#connections.forget(socket);
  }

  /** Looks after what may have been lost. */
  override alarm(): Promise<void> {
    const work = async () => {
      // At once, so that it may sleep again; it never rejects.
      void this.#gauge.run();
      if (this.#levels.size > 0) this.#quotes.begin(true);
      await Promise.all([this.#log.check(), this.#levels.check()]);
    };
    return this.#alarm.run(work, { shard: this.#shard });
  }

  /** While somebody listens. */
  #dueAt(): (number | null)[] {
    const now = Date.now();
    return [
      this.#log.any ? now + limits.HUB_BOOK_CHECK_MS : null,
      this.#levels.size > 0 ? now + limits.HUB_LEVEL_CHECK_MS : null,
    ];
  }

  async #listenToLevels(listening: ListeningTo<"levels">): Promise<Response> {
    const { transport, products, since, clamped, mustExist } = listening;
    if (this.#levels.size >= limits.HUB_MAX_LISTENERS) return refusal({ code: "full" });
    const [first] = products;
    if (mustExist && first !== undefined) {
      const look = await this.#levels.look(first);
      if (look === null) return refusal({ code: "product_not_found", productId: first });
      if (look === undefined) return refusal({ code: "overloaded" });
    }
    const { listener, response } = this.#connections.admit(transport);
    this.#levels.join(listener, clamped);
    this.#gauge.wake();
    this.#quotes.begin();
    // Never rejects: what cannot be asked is sent as an error.
    void this.#levels.subscribe(listener, [...new Set(products)], new Map(since));
    this.#alarm.arm();
    return response;
  }

  async #followLog({ transport, offset }: ListeningTo<"events">): Promise<Response> {
    if (this.#log.followers >= limits.HUB_MAX_FOLLOWERS) return refusal({ code: "full" });
    if (transport === "stream" && offset !== null) {
      const oldestOffset = await this.#log.expired(offset);
      if (oldestOffset !== null) return refusal({ code: "offset_expired", oldestOffset });
    }
    const { listener, response } = this.#connections.admit(transport);
    this.#log.join(listener, offset);
    this.#gauge.wake();
    this.#alarm.arm();
    return response;
  }

  /** After a sleep: the socket has kept what it listens to and where it stood. */
  #rejoin(socket: WebSocket): void {
    const kept: Attachment | null = socket.deserializeAttachment();
    if (socket.readyState !== WebSocket.OPEN || !kept) return;
    const listener = this.#connections.add(socket);
    if (kept.to === "levels") this.#levels.rejoin(listener, kept);
    else this.#log.join(listener, kept.next);
  }

  async #heed(listener: SocketListener, said: ClientMessage | Message): Promise<void> {
    if (said instanceof Message) return listener.send(said);
    switch (said.type) {
      case "ping":
        return listener.send(PONG);
      case "unsubscribe":
        return this.#levels.unsubscribe(listener, said.products);
      case "subscribe": {
        const names = [...new Set(said.products)];
        // More than a listener may have are refused as that.
        if (names.length <= limits.MAX_PRODUCTS_PER_LISTENER && !listener.limiter.admits(names.length))
          return listener.send(TOO_MANY_NAMES);
        return this.#levels.subscribe(listener, names);
      }
    }
  }
}

/** Not an error of HTTP: the Worker says what it means. */
function refusal(why: ListeningRefusal): Response {
  return Response.json(why, { status: 409 });
}
