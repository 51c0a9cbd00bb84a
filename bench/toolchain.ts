/**
 * The Miniflare and the workerd that wrangler brings: the bench runs what the project is developed with.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { QUIET_ENV } from "../scripts/wrangler.ts";

Object.assign(process.env, { WRANGLER_LOG: "error" }, QUIET_ENV, process.env);

export function configPathOf(project: string): string {
  return join(project, "wrangler.toml");
}

const fromWrangler = createRequire(import.meta.resolve("wrangler/package.json"));
const fromMiniflare = createRequire(fromWrangler.resolve("miniflare"));

const workerd: { default: string; version: string } = fromMiniflare("workerd");
export const { default: WORKERD_BIN, version: WORKERD_VERSION } = workerd;

const miniflare: typeof import("miniflare") = fromWrangler("miniflare");
export const { Miniflare, Log, LogLevel, convertV4MiniflareOptions } = miniflare;
