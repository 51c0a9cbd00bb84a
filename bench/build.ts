/** Bundles, made by wrangler as it would make them for a deployment. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { PROJECT_DIRECTORY, runWrangler } from "../scripts/wrangler.ts";
import { configPathOf } from "./toolchain.ts";

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
  /** The checkout whose configuration and migrations go with it. */
  project: string;
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
export async function buildHoldfast(outDir: string, project = PROJECT_DIRECTORY): Promise<Bundle> {
  const noAssets = `${outDir}-assets`;
  mkdirSync(noAssets, { recursive: true });
  const flags = ["--config", configPathOf(project), "--assets", noAssets];
  return { ...(await build(flags, outDir, "worker.js")), project };
}

/** A Worker of the bench, with the project's compatibility settings and nothing else of its configuration. */
export async function buildEntry(name: string, outDir: string): Promise<Bundle> {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config = readConfig({ config: configPathOf(PROJECT_DIRECTORY) }, { hideWarnings: true });
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
  return { ...(await build(["--config", configPath], outDir, `${name}.js`)), project: PROJECT_DIRECTORY };
}

async function build(flags: string[], directory: string, main: string): Promise<Omit<Bundle, "project">> {
  await runWrangler(["deploy", "--dry-run", "--outdir", directory, ...flags]);
  const names = readdirSync(directory).toSorted((a, b) => Number(b === main) - Number(a === main));
  const modules = names.flatMap((name) => {
    const type = Object.entries(MODULE_TYPES).find(([extension]) => extension === extname(name))?.[1];
    return type ? [{ type, path: join(directory, name) }] : [];
  });
  const content = Buffer.concat(modules.map(({ path }) => readFileSync(path)));
  return { directory, modules, bytes: content.length, gzipBytes: gzipSync(content).length };
}
