/** Bundles, made by wrangler as it would make them for a deployment. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { PROJECT_DIRECTORY, runWrangler } from "../scripts/wrangler.ts";
import { CONFIG_PATH } from "./toolchain.ts";

const MODULE_TYPES = {
  ".js": "ESModule",
  ".mjs": "ESModule",
  ".wasm": "CompiledWasm",
  ".sql": "Text",
  ".txt": "Text",
  ".html": "Text",
  ".bin": "Data",
} as const;

export interface Module {
  type: (typeof MODULE_TYPES)[keyof typeof MODULE_TYPES];
  path: string;
}

export interface Bundle {
  directory: string;
  /** The entry first. */
  modules: Module[];
  bytes: number;
  gzipBytes: number;
}

/**
 * The real Worker, from the project's own configuration; without the static files, which are no part of a
 * bundle.
 */
export async function buildHoldfast(outDir: string, configPath = CONFIG_PATH): Promise<Bundle> {
  const noAssets = `${outDir}-assets`;
  mkdirSync(noAssets, { recursive: true });
  return build(["--config", configPath, "--assets", noAssets], outDir, "worker.js");
}

/** A Worker of the bench, with the project's compatibility settings and nothing else of its configuration. */
export async function buildEntry(name: string, outDir: string): Promise<Bundle> {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config = readConfig({ config: CONFIG_PATH }, { hideWarnings: true });
  mkdirSync(outDir, { recursive: true });
  const configPath = join(outDir, "..", `${name}.wrangler.json`);
  writeFileSync(
    configPath,
    JSON.stringify({
      name: "bench",
      main: join(PROJECT_DIRECTORY, "bench", "workers", `${name}.ts`),
      compatibility_date: config.compatibility_date,
      compatibility_flags: config.compatibility_flags,
    }),
  );
  return build(["--config", configPath], outDir, `${name}.js`);
}

async function build(flags: string[], directory: string, main: string): Promise<Bundle> {
  await runWrangler(["deploy", "--dry-run", "--outdir", directory, ...flags]);
  const names = readdirSync(directory).toSorted((a, b) => Number(b === main) - Number(a === main));
  const modules = names.flatMap((name) => {
    const type = Object.entries(MODULE_TYPES).find(([extension]) => extension === extname(name))?.[1];
    return type ? [{ type, path: join(directory, name) }] : [];
  });
  const content = Buffer.concat(modules.map(({ path }) => readFileSync(path)));
  return { directory, modules, bytes: content.length, gzipBytes: gzipSync(content).length };
}
