/**
 * wrangler, and the Miniflare and workerd that it brings: the bench runs what the project is developed with.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

Object.assign(process.env, {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG: process.env.WRANGLER_LOG ?? "error",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  X_LOCAL_OBSERVABILITY: "false",
});

export const PROJECT_ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const CONFIG_PATH = join(PROJECT_ROOT, "wrangler.toml");

const require = createRequire(import.meta.url);
const wranglerManifest = require.resolve("wrangler/package.json");
const fromWrangler = createRequire(wranglerManifest);
const fromMiniflare = createRequire(fromWrangler.resolve("miniflare"));

export const WRANGLER_BIN = join(dirname(wranglerManifest), "bin", "wrangler.js");
/** @type {string} */
export const WORKERD_BIN = fromMiniflare("workerd").default;
/** @type {string} */
export const WORKERD_VERSION = fromMiniflare("workerd").version;

/** @returns {Promise<typeof import("wrangler")>} */
export async function loadWrangler() {
  const loaded = await import(pathToFileURL(require.resolve("wrangler")).href);
  return loaded.default ?? loaded;
}

export const { Miniflare, Log, LogLevel, convertV4MiniflareOptions } = fromWrangler("miniflare");
