/** Listeners as a shop's page or an ERP has them: a WebSocket, or a stream of Server-Sent Events. */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { STAFF, sleep, type BookEvent } from "./api";

const ORIGIN = "https://holdfast.test";

export interface Told {
  type: "level" | "quote" | "event" | "error" | "pong";
  productId: string;
  version: number;
  onHand: number;
  reserved: number;
  available: number;
  availability: string;
  at: string;
  offset: number;
  event: BookEvent;
  code: string;
  detail: string;
  oldestOffset: number;
}

export interface Client {
  /** Everything so far, in order. */
  told: Told[];
  say(message: unknown): void;
  close(code?: number): void;
  closed: Promise<{ code: number; reason: string }>;
  protocol: string | null;
}

export interface ListenOptions {
  key?: string | null;
  protocols?: string;
  headers?: Record<string, string>;
}

export function upgrade(path: string, options: ListenOptions = {}): Promise<Response> {
  const { key = STAFF, protocols } = options;
  const headers = new Headers({ Upgrade: "websocket", ...options.headers });
  if (key !== null) headers.set("X-API-Key", key);
  if (protocols !== undefined) headers.set("Sec-WebSocket-Protocol", protocols);
  return exports.default.fetch(new Request(new URL(path, ORIGIN), { headers }));
}

export async function listen(path: string, options: ListenOptions = {}): Promise<Client> {
  const response = await upgrade(path, options);
  const socket = response.webSocket;
  if (!socket) expect.fail(`no socket but ${response.status}: ${await response.text()}`);
  const told: Told[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.addEventListener("message", ({ data }) => {
    told.push(data === "pong" ? ({ type: "pong" } as Told) : (JSON.parse(String(data)) as Told));
  });
  socket.addEventListener("close", ({ code, reason }) => closed.resolve({ code, reason }));
  socket.accept();
  return {
    told,
    say: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    close: (code = 1000) => socket.close(code, "done"),
    closed: closed.promise,
    protocol: response.headers.get("Sec-WebSocket-Protocol"),
  };
}

export interface StreamedMessage {
  id: string | undefined;
  event: string | undefined;
  data: Told | undefined;
}

export interface Stream {
  response: Response;
  messages: StreamedMessage[];
  text(): string;
  stop(): Promise<void>;
}

export async function stream(path: string, headers: Record<string, string> = {}): Promise<Stream> {
  const request = new Request(new URL(path, ORIGIN), { headers: { "X-API-Key": STAFF, ...headers } });
  const response = await exports.default.fetch(request);
  if (response.status !== 200) expect.fail(`no stream but ${response.status}: ${await response.text()}`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const messages: StreamedMessage[] = [];
  let text = "";
  let rest = "";
  const read = async () => {
    for (;;) {
      const chunk = await reader?.read();
      if (!chunk || chunk.done) return;
      text += chunk.value;
      const blocks = (rest + chunk.value).split("\n\n");
      rest = blocks.pop() ?? "";
      messages.push(...blocks.map(parseBlock));
    }
  };
  void read().catch(() => undefined);
  return { response, messages, text: () => text, stop: async () => void (await reader?.cancel()) };
}

function parseBlock(block: string): StreamedMessage {
  const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s) as [string, string]));
  const data = fields.get("data");
  return {
    id: fields.get("id"),
    event: fields.get("event"),
    data: data === undefined ? undefined : (JSON.parse(data) as Told),
  };
}

/** Waits until what was told satisfies the check. Counts its tries: a test may have stopped the clock. */
export async function until(check: () => void, seconds = 5): Promise<void> {
  for (let tries = seconds * 100; ; tries -= 1) {
    try {
      return check();
    } catch (error) {
      if (tries <= 0) throw error;
    }
    await sleep(10);
  }
}

export function versionsOf(told: readonly Told[], productId: string): number[] {
  return told.filter((t) => t.type === "level" && t.productId === productId).map(({ version }) => version);
}

export function expectRising(numbers: readonly number[]): void {
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
}

export function offsetsOf(told: readonly Told[]): number[] {
  return told.filter(({ type }) => type === "event").map(({ offset }) => offset);
}
