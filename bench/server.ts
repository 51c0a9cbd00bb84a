/**
 * A Worker alive in a workerd process of its own, with a socket that leads straight to it: Miniflare's entry
 * proxy would take most of the time that is to be measured.
 */
import { join } from "node:path";
import { PROJECT_DIRECTORY } from "../scripts/wrangler.ts";
import type { Bundle } from "./build.ts";
import { ADMIN_KEY, API_KEY } from "./keys.ts";
import { childWorkerds, cpuTimeNs } from "./process-clock.ts";
import { configPathOf, Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "./toolchain.ts";

const HOST = "127.0.0.1";

type WorkerOptions = Awaited<ReturnType<typeof projectOptions>>;

export interface WorkerServer extends AsyncDisposable {
  name: string;
  /** Of its workerd. */
  pid: number;
  /** Spent by its workerd since that began. */
  cpuTimeNs(): number;
  url: URL;
  miniflare: InstanceType<typeof Miniflare>;
}

export interface ServerOptions {
  inspector?: boolean;
  /** Its errors are part of the measure. */
  quiet?: boolean;
  /** Begins with what `wrangler dev --persist-to` left there, and goes on in it. */
  state?: string;
}

/** `worker`: bindings and settings for Miniflare. */
export async function startServer(
  name: string,
  { directory, modules }: Bundle,
  { worker, inspector, quiet, state }: ServerOptions & { worker: WorkerOptions },
): Promise<WorkerServer> {
  const before = new Set(childWorkerds());
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      // Lines that a Worker logs are read and dropped.
      handleStructuredLogs: ({ level, message }) => {
        if (level === "error" && !quiet) process.stderr.write(`[${name}] ${message}\n`);
      },
      ...(inspector ? { inspectorPort: 0 } : {}),
      workers: [
        {
          ...worker,
          name,
          modules,
          modulesRoot: directory,
          unsafeDirectSockets: [{ host: HOST, port: 0 }],
        },
      ],
    }),
    ...(state !== undefined && { resourcePersistencePath: join(state, "v3") }),
  });
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL(name);
  const pid = childWorkerds().find((child) => !before.has(child));
  if (pid === undefined) throw new Error(`no workerd was started for ${name}`);
  return {
    name,
    pid,
    cpuTimeNs: () => cpuTimeNs(pid),
    url,
    miniflare,
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}

export async function baselineOptions(): Promise<WorkerOptions> {
  const { compatibilityDate, compatibilityFlags } = await projectOptions();
  const object = (className: string) => ({ className, useSQLite: true });
  return {
    compatibilityDate,
    compatibilityFlags,
    kvNamespaces: ["CATALOG"],
    d1Databases: ["BOOK"],
    durableObjects: {
      EMPTY: object("EmptyObject"),
      ROW: object("RowObject"),
      GATHER: object("GatherObject"),
      TRANSACTION: object("TransactionObject"),
    },
  };
}

/** Everything wrangler.toml binds, but the static files; with the keys of a demo. */
export async function holdfastOptions(project: string): Promise<WorkerOptions> {
  const { assets: _assets, cronTriggers: _crons, ...options } = await projectOptions(project);
  const keys = { API_KEYS: API_KEY, ADMIN_API_KEYS: ADMIN_KEY, ENVIRONMENT: "development" };
  // As under `npm start`: here a line a request costs a pipe and its reader, which is not what is measured.
  const quiet = { LOG_LEVEL: "warn" };
  // Counted as in production, and never reached.
  const limits = { RATE_LIMIT_ENABLED: "true", RATE_LIMIT_REQUESTS_PER_MINUTE: "1000000" };
  return { ...options, bindings: Object.assign({}, options["bindings"], keys, quiet, limits) };
}

export async function projectOptions(project = PROJECT_DIRECTORY) {
  const { unstable_getMiniflareWorkerOptions: getOptions } = await import("wrangler");
  return getOptions(configPathOf(project)).workerOptions;
}
