/** The endpoint of a webhook, which remembers what arrived and when. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { median } from "../../bench/statistics.ts";
import { logEvent, type LogEvent } from "../../scripts/answers.ts";
import { errorText } from "../../scripts/command.ts";

const IP = "127.0.0.1";

const message = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: logEvent.extend({ at: z.string() }),
});

/** A status; no answer at all; or the connection is broken off. */
export type Reply = number | "none" | "break off";
type Replier = (receiver: Receiver) => Reply | Promise<Reply>;

export class Receiver implements AsyncDisposable {
  readonly url: string;
  secret = "";
  attempts = 0;
  /** For whoever replies to count. */
  stalled = 0;
  readonly findings: string[] = [];
  /** In order of first arrival. */
  readonly eventByOffset = new Map<number, LogEvent>();
  readonly accepted = new Set<number>();
  /** Events from before this moment had to wait for a start. */
  servedSinceMs = Date.now();
  readonly #delaysMs: number[] = [];
  readonly #server: Server;

  static async start(reply: Replier): Promise<Receiver> {
    const server = createServer();
    await once(server.listen(0, IP), "listening");
    return new Receiver(server, reply);
  }

  constructor(server: Server, reply: Replier) {
    const address = server.address();
    this.url = `http://${IP}:${typeof address === "object" ? address?.port : ""}/in`;
    this.#server = server;
    server.on("request", async (request: IncomingMessage, response) => {
      // Cut off in the middle of a message, by a kill: it did not arrive.
      const body = await text(request).catch(() => undefined);
      if (body === undefined) return;
      this.attempts += 1;
      const { offset } = this.#arrived(request.headers, body);
      const status = await reply(this);
      if (status === "break off") response.destroy();
      if (typeof status === "string" || response.destroyed) return;
      if (status < 300) this.accepted.add(offset);
      response.writeHead(status, status === 307 ? { Location: this.url } : {}).end("ignored");
    });
  }

  delays(): { medianMs: number; slowestMs: number } {
    return { medianMs: median(this.#delaysMs), slowestMs: Math.max(...this.#delaysMs) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #arrived(headers: IncomingHttpHeaders, body: string): LogEvent {
    const { type, timestamp, data } = message.parse(JSON.parse(body));
    const { offset, at } = data;
    const id = headers["webhook-id"];
    try {
      const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
      new Webhook(this.secret).verify(body, Object.fromEntries(texts));
    } catch (error) {
      this.findings.push(`offset ${offset} is not signed: ${errorText(error)}`);
    }
    if (id !== `evt_${offset}` || type !== data.type || timestamp !== at)
      this.findings.push(`offset ${offset} came as ${id}, ${type}, ${timestamp}`);
    if (this.eventByOffset.has(offset)) return data;
    this.eventByOffset.set(offset, data);
    if (Date.parse(at) >= this.servedSinceMs) this.#delaysMs.push(Date.now() - Date.parse(at));
    return data;
  }
}

/** `events`: all that it was to get, as the log has them. They arrive in its order, each the first time. */
export function arrivalFindings(name: string, receiver: Receiver, events: LogEvent[]): string[] {
  const { findings, eventByOffset, accepted } = receiver;
  const found = findings.map((finding) => `${name}: ${finding}`);
  const offsets = events.map(({ offset }) => offset);
  if (!isDeepStrictEqual([...eventByOffset.keys()], offsets))
    found.push(
      `${name}: ${eventByOffset.size} events first arrived in another order than the log's ${events.length}`,
    );
  for (const event of events) {
    if (!accepted.has(event.offset)) found.push(`${name}: offset ${event.offset} was never taken`);
    if (!isDeepStrictEqual(eventByOffset.get(event.offset), event))
      found.push(`${name}: offset ${event.offset} differs from the log's`);
  }
  return found;
}
