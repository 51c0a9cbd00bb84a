/**
 * The world outside, on this machine: a server on 127.0.0.1 that answers as CoinGecko and Rebrickable do. Nothing of it comes from
 * them while it runs. For tests each of the two can be given a fault.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { coinGeckoReply, walkingMarkets, type Markets } from "./coins.ts";
import { json, type Reply } from "./reply.ts";
import { readDemoSets, rebrickableReply, type Sets } from "./sets.ts";

const IP = "127.0.0.1";
const LARGE_BYTES = 10 * 1024 * 1024;

export type SourceName = "coingecko" | "rebrickable";

export type Fault =
  | { kind: "garbage" | "html" | "large" | "stalled body" | "closed socket" | "redirect" }
  | { kind: "rate limit"; retryAfter: string };

export interface OutsideRequest {
  source: SourceName;
  path: string;
  atMs: number;
  headers: Record<string, string | string[] | undefined>;
}

interface OutsideOptions {
  port?: number;
  markets?: Markets;
  sets?: Sets;
}

export class Outside implements AsyncDisposable {
  readonly requests: OutsideRequest[] = [];
  readonly faults: Partial<Record<SourceName, Fault>> = {};
  readonly #server: Server;
  readonly #markets: Markets;
  readonly #sets: Sets;

  static async start({ port = 0, markets, sets }: OutsideOptions = {}): Promise<Outside> {
    const server = createServer();
    await once(server.listen(port, IP), "listening");
    return new Outside(server, markets ?? walkingMarkets(), sets ?? readDemoSets());
  }

  private constructor(server: Server, markets: Markets, sets: Sets) {
    this.#server = server;
    this.#markets = markets;
    this.#sets = sets;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  get url(): string {
    const address = this.#server.address();
    return `http://${IP}:${typeof address === "object" ? address?.port : ""}`;
  }

  /** What the Worker is started with, so that it asks here. */
  get vars(): Record<string, string> {
    return {
      COINGECKO_URL: `${this.url}/coingecko/api/v3`,
      REBRICKABLE_URL: `${this.url}/rebrickable/api/v3`,
      REBRICKABLE_API_KEY: "local",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const source = url.pathname.startsWith("/coingecko/") ? "coingecko" : "rebrickable";
    const { headers } = request;
    this.requests.push({ source, path: url.pathname + url.search, atMs: Date.now(), headers });
    const fault = this.faults[source];
    if (fault) return misbehave(fault, response);
    const reply =
      source === "coingecko"
        ? coinGeckoReply(url, this.#markets)
        : rebrickableReply(url, headers.authorization, this.#sets);
    send(reply, response);
  }
}

function send({ status, headers, body }: Reply, response: ServerResponse): void {
  response.writeHead(status, headers).end(body);
}

async function misbehave(fault: Fault, response: ServerResponse): Promise<void> {
  const type = { "Content-Type": "application/json" };
  switch (fault.kind) {
    case "rate limit": {
      const error = { status: { error_code: 429, error_message: "You've exceeded the Rate Limit." } };
      return send(json(429, error, { "Retry-After": fault.retryAfter }), response);
    }
    case "garbage":
      return void response.writeHead(200, type).end('[{"id":"bitcoin","current_price":12');
    case "html":
      return void response
        .writeHead(200, { "Content-Type": "text/html" })
        .end("<!doctype html><title>Just a moment...</title>");
    case "redirect":
      return void response.writeHead(302, { Location: "https://elsewhere.invalid/" }).end();
    case "large":
      return sendLarge(response.writeHead(200, type));
    case "stalled body":
      return void response.writeHead(200, type).write('[{"id":"bitcoin",');
    case "closed socket":
      response.writeHead(200, type).write('[{"id":"bitcoin",');
      await sleep(20);
      return void response.destroy();
  }
}

/** Valid to its end, of which nobody should get to know. */
async function sendLarge(response: ServerResponse): Promise<void> {
  const piece = `"${"x".repeat(64 * 1024)}",`;
  const pieces = function* () {
    yield "[";
    for (let bytes = 0; bytes < LARGE_BYTES; bytes += piece.length) yield piece;
    yield "null]";
  };
  await pipeline(Readable.from(pieces()), response);
}
