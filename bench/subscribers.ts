/** Many live subscribers, in a thread of their own. */
import { z } from "zod";
import { API_KEY } from "./keys.ts";
import type { WorkerServer } from "./server.ts";
import { Thread } from "./thread.ts";

const TIMEOUT_MS = 60_000;

/** What is asked of the thread: to open sockets, or to wait until all of them have this version. */
export const order = z.union([
  z.object({ url: z.string(), apiKey: z.string(), count: z.number() }),
  z.object({ version: z.number() }),
]);

const received = z.object({ messages: z.number(), subscribers: z.number() });

export class Subscribers implements AsyncDisposable {
  readonly #thread = new Thread(new URL("./subscriber-thread.ts", import.meta.url));

  /** Resolves when every socket is open and has its snapshot. */
  async open(server: WorkerServer, path: string, count: number): Promise<void> {
    const url = new URL(path, server.url);
    url.protocol = "ws:";
    await this.#ask({ url: url.href, apiKey: API_KEY, count });
  }

  /** Resolves when every socket has received this version; rejects when a version fell. */
  until(version: number): Promise<z.infer<typeof received>> {
    return this.#ask({ version });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread[Symbol.asyncDispose]();
  }

  #ask(message: z.infer<typeof order>): Promise<z.infer<typeof received>> {
    return this.#thread.ask(received, message, TIMEOUT_MS);
  }
}
