/** A headless Chromium and its pages, over its debugging socket. It ends with the scope that it is declared in. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempDisposableSync } from "node:fs";
import { delimiter, join } from "node:path";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { z } from "zod";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/** It asks nobody outside for anything. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-sync",
  "--disable-background-networking",
  "--disable-component-update",
  "--remote-debugging-port=0",
];
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/** `CHROMIUM`, or one on the path; undefined: there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM, PATH = "" } = process.env;
  const places = PATH.split(delimiter).flatMap((directory) => NAMES.map((name) => join(directory, name)));
  return [...(CHROMIUM ? [CHROMIUM] : []), ...places].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Page {
  /** The value of an expression, once it is there. Throws what the page threw. */
  evaluate(expression: string): Promise<unknown>;
}

export interface Chromium extends AsyncDisposable {
  open(url: string): Promise<Page>;
}

const reply = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  error: z.object({ message: z.string() }).optional(),
  result: z.unknown().optional(),
});
const evaluated = z.object({
  result: z.object({ value: z.unknown() }),
  exceptionDetails: z.unknown().optional(),
});

export async function startChromium(path: string): Promise<Chromium> {
  const profile = mkdtempDisposableSync(join(tmpdir(), "holdfast-chromium-"));
  const browser = spawn(path, [...FLAGS, `--user-data-dir=${profile.path}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(browser, "exit");
  // Whatever becomes of the test.
  process.once("exit", () => browser.kill("SIGKILL"));
  const stop = async () => {
    browser.kill("SIGKILL");
    await ended;
    profile.remove();
  };
  try {
    const socket = new WebSocket(await debuggingUrl(browser.stderr), { perMessageDeflate: false });
    await once(socket, "open");
    const send = sender(socket);
    return {
      open: (url) => openPage(send, url),
      [Symbol.asyncDispose]: async () => {
        socket.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function debuggingUrl(output: NodeJS.ReadableStream): Promise<string> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  for await (const line of createInterface({ input: output, signal })) {
    const [, url] = /^DevTools listening on (ws:\S+)/.exec(line) ?? [];
    if (url !== undefined) {
      output.resume();
      return url;
    }
  }
  throw new Error("Chromium did not start");
}

type Send = (method: string, params: object, sessionId?: string) => Promise<unknown>;

function sender(socket: WebSocket): Send {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  socket.on("message", (data: Buffer) => {
    const { id, error, result } = reply.parse(JSON.parse(data.toString()));
    const asked = id === undefined ? undefined : waiting.get(id);
    if (error) asked?.reject(new Error(error.message));
    else asked?.resolve(result);
  });
  let last = 0;
  return (method, params, sessionId) => {
    last += 1;
    const asked = Promise.withResolvers<unknown>();
    waiting.set(last, asked);
    socket.send(JSON.stringify({ id: last, method, params, ...(sessionId && { sessionId }) }));
    return asked.promise;
  };
}

async function openPage(send: Send, url: string): Promise<Page> {
  const { targetId } = z.object({ targetId: z.string() }).parse(await send("Target.createTarget", { url }));
  const attached = await send("Target.attachToTarget", { targetId, flatten: true });
  const { sessionId } = z.object({ sessionId: z.string() }).parse(attached);
  const evaluate = async (expression: string) => {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const answer = evaluated.parse(await send("Runtime.evaluate", asked, sessionId));
    if (answer.exceptionDetails) throw new Error(`${url}: ${JSON.stringify(answer.exceptionDetails)}`);
    return answer.result.value;
  };
  const isThere = 'document.readyState === "complete" && location.href !== "about:blank"';
  // What is asked of a page that is just being left is not answered.
  while ((await evaluate(isThere).catch(() => false)) !== true) await sleep(POLL_MS);
  return { evaluate };
}
