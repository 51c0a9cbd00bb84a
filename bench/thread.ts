/** A worker thread that is asked one thing at a time. Both sides parse what they are sent. */
import { once } from "node:events";
import { parentPort, Worker } from "node:worker_threads";
import { z } from "zod";
import { errorText } from "../scripts/command.ts";

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

const reply = z.union([z.object({ answer: z.unknown() }), z.object({ error: z.string() })]);

export class Thread implements AsyncDisposable {
  readonly #worker: Worker;

  constructor(file: URL) {
    this.#worker = new Worker(file);
  }

  /** Rejects with what the thread threw, and when it says nothing in time. */
  async ask<T>(schema: z.ZodType<T>, message: object, timeoutMs: number): Promise<T> {
    const signal = AbortSignal.timeout(Math.min(timeoutMs, LONGEST_TIMEOUT_MS));
    const replied = once(this.#worker, "message", { signal });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(message);
    const replies: unknown[] = await replied;
    const read = reply.parse(replies[0]);
    if ("error" in read) throw new Error(read.error);
    return schema.parse(read.answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The thread's side. */
export function serveThread(answer: (message: unknown) => Promise<unknown>): void {
  const port = parentPort;
  if (!port) throw new Error("this file runs as a worker thread");
  port.on("message", async (message: unknown) => {
    try {
      port.postMessage({ answer: await answer(message) });
    } catch (error) {
      port.postMessage({ error: errorText(error) });
    }
  });
}
