/** The thread of the listeners: opens sockets, and keeps of each the last version it was told. */
import { parentPort } from "node:worker_threads";

if (!parentPort) throw new Error("crowd-thread.mjs runs as a worker thread");
const port = parentPort;

/** Sockets opened at a time. */
const OPENING = 100;
const LOOK_EVERY_MS = 50;

const VERSION = /"version":(\d+)/;
/** @type {number[]} */
const lastVersions = [];
let messages = 0;
/** @type {string | undefined} */
let fault;

port.on("message", async ({ listen, until }) => {
  try {
    port.postMessage({ answer: listen ? await openAll(listen) : await settled(until) });
  } catch (error) {
    port.postMessage({ error: error instanceof Error ? error.stack : String(error) });
  }
});

/** @param {{ url: string, key: string, listeners: number }} wanted */
async function openAll({ url, key, listeners }) {
  for (let first = 0; first < listeners; first += OPENING) {
    const some = Array.from({ length: Math.min(OPENING, listeners - first) }, (_, i) =>
      open(url, key, first + i),
    );
    await Promise.all(some);
  }
  return { listeners };
}

/** Resolves with the first message. @param {string} url @param {string} key @param {number} index */
function open(url, key, index) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ["holdfast.v1", `holdfast.key.${key}`]);
    socket.addEventListener("error", () => reject(new Error(`socket ${index} failed`)));
    socket.addEventListener("close", ({ code, reason }) => {
      fault ??= `socket ${index} was closed: ${code} ${reason}`;
    });
    socket.addEventListener("message", ({ data }) => {
      const version = Number(VERSION.exec(String(data))?.[1] ?? Number.NaN);
      if (!(version > (lastVersions[index] ?? 0)))
        fault ??= `socket ${index} was told ${data} after ${lastVersions[index]}`;
      lastVersions[index] = version;
      messages += 1;
      resolve(undefined);
    });
  });
}

/** @param {number} version */
async function settled(version) {
  for (;;) {
    if (fault !== undefined) throw new Error(fault);
    if (lastVersions.every((last) => last >= version)) return { messages, listeners: lastVersions.length };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
