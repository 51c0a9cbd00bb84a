/** The two Workers side by side, and the products that the load asks for. */
import { ApiClient } from "../scripts/api-client.ts";
import type { Pace } from "./arguments.ts";
import { Book } from "./book.ts";
import type { Bundle } from "./build.ts";
import { ADMIN_KEY } from "./keys.ts";
import type { LoadGenerator } from "./load.ts";
import {
  baselineOptions,
  holdfastOptions,
  startServer,
  type ServerOptions,
  type WorkerServer,
} from "./server.ts";

const PLENTY = 1_000_000_000;
const QUIET_MS = 400;

export interface Holdfast extends AsyncDisposable {
  server: WorkerServer;
  book: Book;
  /** An admin's. */
  api: ApiClient;
}

export interface Stage {
  baseline: WorkerServer;
  holdfast: Holdfast;
  load: LoadGenerator;
  pace: Pace;
  /** A word of this run, for keys and orders. */
  run: string;
}

/** What the requests of a workload are made for. */
export type Target = Pick<Stage, "holdfast" | "load" | "run">;

/** Holdfast or a bench entry around its objects, with an empty book unless `state` has one. */
export async function startHoldfast(
  name: string,
  bundle: Bundle,
  options: ServerOptions = {},
): Promise<Holdfast> {
  const server = await startServer(name, bundle, {
    ...options,
    worker: await holdfastOptions(bundle.project),
  });
  const book = new Book(await server.miniflare.getD1Database("BOOK", name));
  if (options.state === undefined) await book.migrate(bundle.project);
  const api = new ApiClient({ url: server.url, apiKey: ADMIN_KEY });
  return { server, book, api, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Creates products, with more stock than any run can take unless said, and waits until the book has them. */
export async function stockProducts(
  { api, book }: Holdfast,
  ids: string[],
  initialQuantity = PLENTY,
): Promise<void> {
  for (const productId of ids) {
    const body = { productId, initialQuantity, name: `Bench ${productId}` };
    await api.call("POST /v1/inventory", { body });
  }
  await book.waitUntilQuiet(QUIET_MS);
}

interface Parts {
  baseline: Bundle;
  holdfast: Bundle;
  load: LoadGenerator;
  pace: Pace;
}

/** Fresh Workers for one measure, gone afterwards whatever happens. */
export async function withStage<T>(
  { load, pace, ...bundles }: Parts,
  measure: (stage: Stage) => Promise<T>,
): Promise<T> {
  const run = Math.random().toString(36).slice(2, 8);
  const worker = await baselineOptions();
  await using baseline = await startServer("baseline", bundles.baseline, { worker });
  await using holdfast = await startHoldfast("holdfast", bundles.holdfast);
  return await measure({ baseline, holdfast, load, pace, run });
}
