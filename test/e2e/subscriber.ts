/** Live subscribers that come back where they stood, and note whatever they should not have been sent. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { z } from "zod";
import { stock, type LogEvent, type Stock } from "../../scripts/answers.ts";
import { errorText } from "../../scripts/command.ts";
import type { LocalServer } from "../../scripts/local-server.ts";

/** A client says now and then that it is there: one that never does is sent a few megabytes and no more. */
const MESSAGES_PER_PING = 1000;
/** One that was cut comes back after up to this long. */
const AWAY_MAX_MS = 1000;

const level = stock.extend({ type: z.literal("level") });
const logMessage = z.object({
  type: z.literal("event"),
  offset: z.number(),
  event: z.object({ id: z.string() }),
});

/** One connection that comes back where it stood. */
abstract class Subscriber {
  readonly findings: string[] = [];
  messages = 0;
  readonly #server: LocalServer;
  #socket: WebSocket | undefined;

  constructor(server: LocalServer) {
    this.#server = server;
  }

  protected abstract get path(): string;
  protected abstract receive(message: unknown): void;

  async open(): Promise<void> {
    const socket = new WebSocket(this.#server.url + this.path, {
      headers: { "X-API-Key": this.#server.keys.admin },
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on("error", (error) => this.findings.push(`${this.path}: ${errorText(error)}`));
    // What still arrives of a connection that was cut is not read.
    socket.on("message", (data) => {
      if (socket !== this.#socket || String(data) === "pong") return;
      this.messages += 1;
      if (this.messages % MESSAGES_PER_PING === 0) socket.send("ping");
      this.receive(JSON.parse(String(data)));
    });
    socket.on("close", (code) => {
      if (socket === this.#socket) this.findings.push(`${this.path}: closed with ${code}`);
    });
    await once(socket, "open");
  }

  /** Without a close, as happens to a phone in a tunnel. */
  async breakOff(): Promise<void> {
    this.end();
    await sleep(Math.random() * AWAY_MAX_MS);
    await this.open();
  }

  end(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }
}

export class LevelSubscriber extends Subscriber {
  readonly productId: string;
  last: Stock | undefined;

  constructor(server: LocalServer, productId: string) {
    super(server);
    this.productId = productId;
  }

  get version(): number {
    return this.last?.version ?? 0;
  }

  protected override get path(): string {
    return `/v1/inventory/${this.productId}/live${this.last ? `?since=${this.version}` : ""}`;
  }

  protected override receive(message: unknown): void {
    const { data } = level.safeParse(message);
    if (!data || data.version <= this.version)
      this.findings.push(`${this.path}: ${JSON.stringify(message)} after ${this.version}`);
    this.last = data && stock.parse(data);
  }

  compare(expected: Stock | undefined): string[] {
    const [last, wanted] = [this.last, expected].map((one) => JSON.stringify(one));
    return last === wanted ? [] : [`${this.productId} ends on ${last}, not ${wanted}`];
  }
}

export class LogSubscriber extends Subscriber {
  next: number;
  readonly #ids: string[] = [];

  constructor(server: LocalServer, start: number) {
    super(server);
    this.next = start;
  }

  protected override get path(): string {
    return `/v1/inventory/events/live?offset=${this.next}`;
  }

  protected override receive(message: unknown): void {
    const { data } = logMessage.safeParse(message);
    if (data?.offset !== this.next)
      this.findings.push(`${this.path}: ${JSON.stringify(message)}, not ${this.next}`);
    if (!data) return;
    this.next = data.offset + 1;
    this.#ids.push(data.event.id);
  }

  compare(events: Pick<LogEvent, "id">[]): string[] {
    const ids = this.#ids;
    const same = ids.length === events.length && ids.every((id, index) => id === events[index]?.id);
    return same ? [] : [`a subscriber has ${ids.length} events, the book ${events.length}, or others`];
  }
}
