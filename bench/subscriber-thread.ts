/** The thread of the subscribers: opens sockets, and keeps of each the last version that it received. */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { order } from "./subscribers.ts";
import { serveThread } from "./thread.ts";

const OPENED_AT_ONCE = 100;
const POLL_MS = 50;
const VERSION = /"version":(\d+)/;

const lastVersions: number[] = [];
let messages = 0;
let fault: string | undefined;

serveThread(async (message) => {
  const asked = order.parse(message);
  if ("version" in asked) await settled(asked.version);
  else {
    const indexes = Array.from({ length: asked.count }, (_, index) => index);
    await pLimit(OPENED_AT_ONCE).map(indexes, (index) => open(asked.url, asked.apiKey, index));
  }
  return { messages, subscribers: lastVersions.length };
});

/** Resolves with the first message. */
function open(url: string, apiKey: string, index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ["holdfast.v1", `holdfast.key.${apiKey}`]);
    socket.addEventListener("error", () => reject(new Error(`socket ${index} failed`)));
    socket.addEventListener("close", ({ code, reason }) => {
      fault ??= `socket ${index} was closed: ${code} ${reason}`;
    });
    socket.addEventListener("message", ({ data }) => {
      const version = Number(VERSION.exec(String(data))?.[1] ?? Number.NaN);
      if (!(version > (lastVersions[index] ?? 0)))
        fault ??= `socket ${index} received ${data} after ${lastVersions[index]}`;
      lastVersions[index] = version;
      messages += 1;
      resolve();
    });
  });
}

async function settled(version: number): Promise<void> {
  while (lastVersions.some((last) => last < version)) {
    if (fault !== undefined) throw new Error(fault);
    await sleep(POLL_MS);
  }
  if (fault !== undefined) throw new Error(fault);
}
