/**
 * A proxy that breaks what passes: before a request reaches the service, after it has but before its answer, in the middle of
 * the answer, or by saying 503; and connections that last, after a while.
 */
import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { z } from "zod";

export const FAULTS = [
  "cut before",
  "cut after",
  "cut in the body",
  "cut in the head",
  "503 before",
  "503 after",
  "502 of somebody else",
  "stall before",
  "stall after",
] as const;
export type Fault = (typeof FAULTS)[number];

interface Breaks {
  /** Of a request; undefined: it passes. */
  fault: (request: IncomingMessage) => Fault | undefined;
  /** After how long a stream or a socket is cut; undefined: it is not. */
  lastsMs: () => number | undefined;
}

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  readonly countByFault: Map<string, number>;
}

const OVERLOADED = JSON.stringify({
  type: "urn:holdfast:problem:overloaded",
  title: "Too busy at the moment",
  status: 503,
  detail: "Try again in a moment.",
  instance: "/",
  code: "overloaded",
  requestId: "proxy",
});

export async function startFaultyProxy(target: string, breaks: Breaks): Promise<FaultyProxy> {
  const countByFault = new Map<string, number>();
  const count = (what: string) => countByFault.set(what, (countByFault.get(what) ?? 0) + 1);
  const { hostname, port } = new URL(target);
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    const fault = breaks.fault(request);
    if (fault) count(fault);
    if (fault?.endsWith("before")) return failBefore(fault, request, response);
    const onward = ask({
      hostname,
      port,
      path: request.url,
      method: request.method,
      headers: request.headers,
    });
    // Who waits for an answer learns that there will be none.
    onward.on("error", () => request.socket.destroy());
    response.once("close", () => onward.destroy());
    onward.on("response", (answer) => {
      if (fault) return failAfter(fault, answer, response);
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
      const lastsMs = breaks.lastsMs();
      const isStream = answer.headers["content-type"]?.startsWith("text/event-stream");
      if (isStream && lastsMs !== undefined)
        setTimeout(() => {
          count("stream cut");
          request.socket.destroy();
        }, lastsMs);
    });
    request.pipe(onward);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => {});
  });
  server.on("upgrade", (request, socket) => {
    const lastsMs = breaks.lastsMs();
    tunnel(request, socket, connect(Number(port), hostname));
    if (lastsMs === undefined) return;
    setTimeout(() => {
      count("socket cut");
      socket.destroy();
    }, lastsMs);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    countByFault,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

function failBefore(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  if (fault === "cut before") request.socket.destroy();
  if (fault === "503 before") refuse(response);
  // The rest: nothing ever comes.
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, { "Content-Type": "application/problem+json", "Retry-After": "0" }).end(OVERLOADED);
}

/** The service has done what it was asked. */
function failAfter(fault: Fault, answer: IncomingMessage, response: ServerResponse): void {
  const { socket } = response;
  if (fault === "cut after") socket?.destroy();
  if (fault === "503 after") refuse(response);
  if (fault === "502 of somebody else") response.writeHead(502).end("<html>bad gateway</html>");
  if (fault === "cut in the head") socket?.end("HTTP/1.1 200 OK\r\nContent-Ty");
  if (fault === "cut in the body") {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.once("data", (chunk: Buffer) =>
      response.write(chunk.subarray(0, chunk.length / 2), () => socket?.destroy()),
    );
    answer.once("end", () => socket?.destroy());
    return;
  }
  answer.resume();
}

function tunnel(request: IncomingMessage, socket: Duplex, onward: Socket): void {
  const { rawHeaders, method, url } = request;
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
  onward.write(`${method} ${url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  onward.pipe(socket).pipe(onward);
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const)
    one.on("error", () => {}).once("close", () => other.destroy());
}
