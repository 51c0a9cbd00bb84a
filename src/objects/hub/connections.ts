/** The sockets and streams of a shard, each with its listener. Sockets stay while the object sleeps; streams end with it. */
import { HUB_HEARTBEAT_MS } from "../../limits";
import { Pump, type More } from "../flow/pump";
import { SocketListener, StreamListener, type Listener } from "./listener";

export class Connections {
  readonly #bySocket = new Map<WebSocket, SocketListener>();
  readonly #streams = new Set<StreamListener>();
  readonly #heart = new Pump({ gatherMs: HUB_HEARTBEAT_MS, pass: () => this.#beat() });

  constructor(
    private readonly ctx: DurableObjectState,
    private readonly onGone: (listener: Listener) => void,
  ) {}

  /** The response: 101, or the stream. */
  admit(transport: "socket" | "stream"): { listener: Listener; response: Response } {
    if (transport === "stream") return this.#admitStream();
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return { listener: this.add(server), response: new Response(null, { status: 101, webSocket: client }) };
  }

  /** A socket that is open: a new one, or one that stayed while the object slept. */
  add(socket: WebSocket): SocketListener {
    const lastPingAt = () => this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    const listener = new SocketListener(socket, lastPingAt, () => this.forget(socket));
    this.#bySocket.set(socket, listener);
    return listener;
  }

  of(socket: WebSocket): SocketListener | undefined {
    return this.#bySocket.get(socket);
  }

  forget(socket: WebSocket): void {
    const listener = this.#bySocket.get(socket);
    this.#bySocket.delete(socket);
    if (listener) this.onGone(listener);
  }

  #admitStream() {
    const listener: StreamListener = new StreamListener(() => {
      this.#streams.delete(listener);
      this.onGone(listener);
    });
    this.#streams.add(listener);
    this.#heart.wake();
    const headers = {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store, no-transform",
    };
    return { listener, response: new Response(listener.body, { headers }) };
  }

  /** Shows readers that the line is open, and shows here whose is not. */
  #beat(): More {
    for (const stream of this.#streams) stream.beat();
    return this.#streams.size > 0 ? HUB_HEARTBEAT_MS : undefined;
  }
}
