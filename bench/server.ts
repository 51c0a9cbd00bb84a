/**
 * A Worker alive in a workerd process of its own, with a socket that leads straight to it: Miniflare's entry
 * proxy would take most of the time that is to be measured.
 */
import { childWorkerds } from "./process-clock.mjs";
import {
  CONFIG_PATH,
  Log,
  LogLevel,
  Miniflare,
  convertV4MiniflareOptions,
  loadWrangler,
} from "./toolchain.mjs";

export const HOST = "127.0.0.1";
export const API_KEY = "demo";
export const ADMIN_KEY = "admin-demo";

/**
 * @typedef {object} Site
 * @property {string} name
 * @property {number} pid of its workerd
 * @property {number} port
 * @property {URL} url
 * @property {import("miniflare").Miniflare} miniflare
 * @property {() => Promise<void>} stop
 */

/**
 * @param {string} name @param {import("./build.mjs").Bundle} bundle
 * @param {{ worker: Record<string, unknown>, inspector?: boolean, quiet?: boolean }} options `worker`: bindings
 *   and settings for Miniflare; `quiet`: its errors are part of the measure
 * @returns {Promise<Site>}
 */
export async function startSite(name, bundle, options) {
  const before = new Set(childWorkerds());
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      // Lines that a Worker logs are read and dropped.
      handleStructuredLogs: ({ level, message }) =>
        level === "error" && !options.quiet && process.stderr.write(`[${name}] ${message}\n`),
      ...(options.inspector ? { inspectorPort: 0 } : {}),
      workers: [
        {
          ...options.worker,
          name,
          modules: bundle.modules,
          modulesRoot: bundle.directory,
          unsafeDirectSockets: [{ host: HOST, port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL(name);
  const pid = childWorkerds().find((child) => !before.has(child));
  if (pid === undefined) throw new Error(`no workerd was started for ${name}`);
  return { name, pid, port: Number(url.port), url, miniflare, stop: () => miniflare.dispose() };
}

/** @returns {Promise<Record<string, unknown>>} */
export async function floorOptions() {
  const { compatibilityDate, compatibilityFlags } = await projectOptions();
  const object = (className) => ({ className, useSQLite: true });
  return {
    compatibilityDate,
    compatibilityFlags,
    kvNamespaces: ["CATALOG"],
    durableObjects: {
      EMPTY: object("EmptyObject"),
      ROW: object("RowObject"),
      TRANSACTION: object("TransactionObject"),
    },
  };
}

/**
 * Everything wrangler.toml binds, but the static files; with the keys of a demo.
 * @param {Record<string, string>} [variables] @returns {Promise<Record<string, unknown>>}
 */
export async function holdfastOptions(variables = {}) {
  const { assets: _assets, cronTriggers: _crons, ...options } = await projectOptions();
  const keys = { API_KEYS: API_KEY, ADMIN_API_KEYS: ADMIN_KEY, ENVIRONMENT: "development" };
  return { ...options, bindings: { ...options.bindings, ...keys, ...variables } };
}

export async function projectOptions() {
  const { unstable_getMiniflareWorkerOptions: getOptions } = await loadWrangler();
  return getOptions(CONFIG_PATH).workerOptions;
}
