/**
 * A shard of listeners: `levels:<n>` has those who listen to products' levels, `events:<n>` those who follow the book and
 * the long polls. It holds sockets (which stay while it sleeps) and streams, and decides and stores nothing: what it knows
 * it has from products and the book, and asks again after a sleep.
 */
import { DurableObject } from "cloudflare:workers";
import { readTail } from "../../d1/event-tail";
import { existingProductIds } from "../../d1/products";
import type { LevelNews } from "../../domain/level-news";
import {
  LISTENING_HEADER,
  type FollowingTheBook,
  type Listening,
  type ListeningRefusal,
  type ListeningToLevels,
  type PollAnswer,
  type PollQuery,
} from "../../domain/listening";
import {
  HUB_BOOK_CHECK_MS,
  HUB_CALL_TIMEOUT_MS,
  HUB_HEARTBEAT_MS,
  HUB_LEVEL_CHECK_MS,
  HUB_MAX_FOLLOWERS,
  HUB_MAX_LISTENERS,
  HUB_MAX_NAMES_PER_SECOND,
  HUB_MAX_POLLS,
  MAX_PRODUCTS_PER_LISTENER,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { withTimeout } from "../../timeout";
import { BookDesk } from "./book-desk";
import { FloodGate, PONG, readClientMessage } from "./client-message";
import { LevelDesk } from "./level-desk";
import {
  CLOSE_FLOOD,
  closeSocket,
  SocketListener,
  StreamListener,
  type Attachment,
  type Listener,
} from "./listener";
import { errorMessage, Message } from "./message";
import type { WatcherAnswer } from "./watchers";

interface SocketSeat {
  listener: SocketListener;
  flood: FloodGate;
}

interface Admitted {
  listener: Listener;
  response: Response;
}

const TOO_MANY_NAMES = `More than ${HUB_MAX_NAMES_PER_SECOND} products in a second; these were not heard.`;

export class HubObject extends DurableObject<Env> {
  readonly #shard: string;
  readonly #levels: LevelDesk;
  readonly #book: BookDesk;
  readonly #seatBySocket = new Map<WebSocket, SocketSeat>();
  readonly #streams = new Set<StreamListener>();
  #heart: ReturnType<typeof setInterval> | undefined;
  #armed = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#shard = ctx.id.name ?? "";
    this.#levels = new LevelDesk({
      watch: (productId) =>
        withTimeout(env.PRODUCT.getByName(productId).watch(this.#shard), HUB_CALL_TIMEOUT_MS, "product"),
      existing: (productIds) => existingProductIds(env.BOOK, productIds),
      onFailure: (productId, error) => logError("a product cannot be watched", error, { productId }),
    });
    this.#book = new BookDesk({
      follow: async () => {
        const asked = env.LEDGER.getByName("ledger:0").follow(`hub:${this.#shard}`);
        await withTimeout(Promise.resolve(asked), HUB_CALL_TIMEOUT_MS, "ledger");
      },
      read: (from, limit) => readTail(env.BOOK, from, limit),
      onFailure: (what, error) => logError(what, error, { shard: this.#shard }),
    });
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const socket of ctx.getWebSockets()) this.#returnSocket(socket);
    this.#arm();
  }

  /** A listener: 101 or a stream; else a `ListeningRefusal` as JSON. */
  override fetch(request: Request): Promise<Response> {
    const listening = JSON.parse(request.headers.get(LISTENING_HEADER) ?? "") as Listening;
    return listening.to === "levels" ? this.#listenToLevels(listening) : this.#followBook(listening);
  }

  /** A page of events when there is one, else an empty one when `waitMs` are over. */
  async poll(query: PollQuery): Promise<PollAnswer> {
    if (this.#book.polls >= HUB_MAX_POLLS) return { state: "full" };
    this.#arm();
    return this.#book.poll(query);
  }

  /** A product says that its level has changed. */
  levelChanged(news: LevelNews): WatcherAnswer {
    return { listening: this.#levels.levelChanged(news) };
  }

  /** The ledger says that the book has grown. */
  bookGrew(): WatcherAnswer {
    return { listening: this.#book.bookGrew() };
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const seat = this.#seatBySocket.get(socket);
    if (!seat) return;
    const { listener, flood } = seat;
    listener.heard();
    const verdict = flood.next();
    if (verdict === "warn")
      listener.send(errorMessage("rate_limited", "Too many messages; some were not heard."));
    if (verdict === "cut") listener.close(CLOSE_FLOOD, "too many messages");
    if (verdict === "heed") await this.#heed(seat, readClientMessage(data));
  }

  /** Answers the close: the runtime does not, and the client would wait for it. */
  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    closeSocket(socket, code, reason);
    this.#forgetSocket(socket);
  }

  override webSocketError(socket: WebSocket): void {
    closeSocket(socket, 1011, "error");
    this.#forgetSocket(socket);
  }

  /** Looks after what may have been lost. Never throws: an alarm that fails six times is dropped by the platform. */
  override async alarm(): Promise<void> {
    this.#armed = false;
    try {
      this.#book.check();
      await this.#levels.check();
    } catch (error) {
      logError("alarm", error, { shard: this.#shard });
    }
    this.#arm();
  }

  async #listenToLevels(
    listening: { transport: "socket" | "stream" } & ListeningToLevels,
  ): Promise<Response> {
    const { transport, products, since, clamped, mustExist } = listening;
    if (this.#levels.size >= HUB_MAX_LISTENERS) return refusal({ code: "full" });
    const [first] = products;
    if (mustExist && first !== undefined) {
      const look = await this.#levels.look(first);
      if (look === null) return refusal({ code: "product_not_found", productId: first });
      if (look === undefined) return refusal({ code: "overloaded" });
    }
    const { listener, response } = this.#admit(transport);
    this.#levels.join(listener, clamped);
    const sinceByProduct = new Map(since);
    void this.#levels.subscribe(
      listener,
      products.map((productId) => [productId, sinceByProduct.get(productId) ?? 0] as const),
    );
    this.#arm();
    return response;
  }

  async #followBook({
    transport,
    offset,
  }: { transport: "socket" | "stream" } & FollowingTheBook): Promise<Response> {
    if (this.#book.followers >= HUB_MAX_FOLLOWERS) return refusal({ code: "full" });
    if (transport === "stream" && offset !== null) {
      const oldestOffset = await this.#book.expired(offset);
      if (oldestOffset !== null) return refusal({ code: "offset_expired", oldestOffset });
    }
    const { listener, response } = this.#admit(transport);
    this.#book.join(listener, offset);
    this.#arm();
    return response;
  }

  #admit(transport: "socket" | "stream"): Admitted {
    if (transport === "stream") return this.#admitStream();
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const listener = this.#seat(server);
    return { listener, response: new Response(null, { status: 101, webSocket: client }) };
  }

  #admitStream(): Admitted {
    const listener: StreamListener = new StreamListener(() => this.#leave(listener));
    this.#streams.add(listener);
    this.#heart ??= setInterval(() => this.#beat(), HUB_HEARTBEAT_MS);
    const headers = {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store, no-transform",
    };
    return { listener, response: new Response(listener.body, { headers }) };
  }

  /** Shows readers that the line is open, and shows here whose is not. */
  #beat(): void {
    for (const stream of this.#streams) stream.beat();
    if (this.#streams.size > 0) return;
    clearInterval(this.#heart);
    this.#heart = undefined;
  }

  #seat(socket: WebSocket): SocketListener {
    const listener = new SocketListener(socket, {
      lastPingAt: () => this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0,
      onCut: () => this.#forgetSocket(socket),
    });
    this.#seatBySocket.set(socket, { listener, flood: new FloodGate() });
    return listener;
  }

  /** After a sleep: the socket has kept what it listens to and where it stood. */
  #returnSocket(socket: WebSocket): void {
    const kept = socket.deserializeAttachment() as Attachment | null;
    if (socket.readyState !== WebSocket.OPEN || !kept) return;
    const listener = this.#seat(socket);
    if (kept.to === "levels") this.#levels.rejoin(listener, kept);
    else this.#book.join(listener, kept.next);
  }

  #forgetSocket(socket: WebSocket): void {
    const seat = this.#seatBySocket.get(socket);
    this.#seatBySocket.delete(socket);
    if (seat) this.#leave(seat.listener);
  }

  #leave(listener: Listener): void {
    this.#levels.leave(listener);
    this.#book.leave(listener);
    if (listener instanceof StreamListener) this.#streams.delete(listener);
  }

  async #heed({ listener, flood }: SocketSeat, said: ReturnType<typeof readClientMessage>): Promise<void> {
    if (said instanceof Message) return listener.send(said);
    switch (said.type) {
      case "ping":
        return listener.send(PONG);
      case "unsubscribe":
        return this.#levels.unsubscribe(listener, said.products);
      case "subscribe": {
        const names = new Set(said.products);
        // More than a listener may have are refused as that.
        if (names.size <= MAX_PRODUCTS_PER_LISTENER && !flood.admits(names.size))
          return listener.send(errorMessage("rate_limited", TOO_MANY_NAMES));
        return this.#levels.subscribe(
          listener,
          [...names].map((productId) => [productId, 0] as const),
        );
      }
    }
  }

  /** Keeps an alarm while somebody listens. */
  #arm(): void {
    const aliveMs = this.#book.any ? HUB_BOOK_CHECK_MS : this.#levels.size > 0 ? HUB_LEVEL_CHECK_MS : null;
    if (aliveMs === null || this.#armed) return;
    this.#armed = true;
    void this.#setAlarm(aliveMs).catch((error: unknown) => {
      this.#armed = false;
      logError("alarm not set", error, { shard: this.#shard });
    });
  }

  /** One that is set already, before a sleep, is not put off. */
  async #setAlarm(afterMs: number): Promise<void> {
    const at = await this.ctx.storage.getAlarm();
    if (at === null) await this.ctx.storage.setAlarm(Date.now() + afterMs);
  }
}

/** Not an error of HTTP: the Worker says what it means. */
function refusal(why: ListeningRefusal): Response {
  return Response.json(why, { status: 409 });
}
