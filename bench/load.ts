/** Load from a thread of its own, so that what drives and what measures do not wait for each other. */
import { z } from "zod";
import { requests, type Requests } from "./requests.ts";
import type { WorkerServer } from "./server.ts";
import { Thread } from "./thread.ts";

export const CONNECTIONS = 50;
const GRACE_MS = 60_000;

/** What is asked of the thread. */
export type Plan = z.infer<typeof plan>;
export const plan = z.object({
  address: z.object({ host: z.string(), port: z.number() }),
  connections: z.number(),
  milliseconds: z.number(),
  /** Number of the first request. */
  firstIndex: z.number(),
  requests,
});

export type Extent = Pick<Plan, "milliseconds" | "firstIndex"> & Partial<Pick<Plan, "connections">>;

export type Outcome = z.infer<typeof outcome>;
const outcome = z.object({
  /** With the expected status. */
  answered: z.number(),
  /** Until the last answer was in. */
  seconds: z.number(),
  /** Number of the first request that was not sent. */
  nextIndex: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
});

export class LoadGenerator implements AsyncDisposable {
  readonly #thread = new Thread(new URL("./load-thread.ts", import.meta.url));

  /** Rejects when a connection breaks or any answer was not the expected one. */
  drive({ url }: Pick<WorkerServer, "url">, asked: Requests, extent: Extent): Promise<Outcome> {
    const address = { host: url.hostname, port: Number(url.port) };
    const message: Plan = { address, connections: CONNECTIONS, requests: asked, ...extent };
    return this.#thread.ask(outcome, message, extent.milliseconds + GRACE_MS);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread[Symbol.asyncDispose]();
  }
}
