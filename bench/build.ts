/** Bundles, made by wrangler as it would make them for a deployment. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { CONFIG_PATH, PROJECT_ROOT, WRANGLER_BIN, loadWrangler } from "./toolchain.mjs";

const run = promisify(execFile);

const MODULE_TYPES = new Map([
  [".js", "ESModule"],
  [".mjs", "ESModule"],
  [".wasm", "CompiledWasm"],
  [".sql", "Text"],
  [".txt", "Text"],
  [".html", "Text"],
  [".bin", "Data"],
]);

/**
 * @typedef {object} Bundle
 * @property {string} directory
 * @property {string} main file name of the entry
 * @property {{ type: string, path: string }[]} modules the entry first
 * @property {number} bytes
 * @property {number} gzipBytes
 */

/**
 * The real Worker, from the project's own configuration; without the static files, which are no part of a
 * bundle.
 * @param {string} outDir @returns {Promise<Bundle>}
 */
export async function buildHoldfast(outDir) {
  const noAssets = `${outDir}-assets`;
  mkdirSync(noAssets, { recursive: true });
  await deployDry(["--config", CONFIG_PATH, "--assets", noAssets], outDir);
  return readBundle(outDir, "worker.js");
}

/**
 * A Worker of the bench, with the project's compatibility settings and nothing else of its configuration.
 * @param {string} entry file name in this folder @param {string} outDir @returns {Promise<Bundle>}
 */
export async function buildEntry(entry, outDir) {
  const { unstable_readConfig: readConfig } = await loadWrangler();
  const config = readConfig({ config: CONFIG_PATH }, { hideWarnings: true });
  mkdirSync(outDir, { recursive: true });
  const configPath = join(outDir, "..", `${entry}.wrangler.json`);
  writeFileSync(
    configPath,
    JSON.stringify({
      name: "bench",
      main: join(PROJECT_ROOT, "bench", entry),
      compatibility_date: config.compatibility_date,
      compatibility_flags: config.compatibility_flags,
    }),
  );
  await deployDry(["--config", configPath], outDir);
  return readBundle(outDir, entry.replace(/\.ts$/, ".js"));
}

/** @param {string[]} flags @param {string} outDir */
async function deployDry(flags, outDir) {
  const command = [WRANGLER_BIN, "deploy", "--dry-run", "--outdir", outDir, ...flags];
  try {
    await run(process.execPath, command, { cwd: PROJECT_ROOT });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new Error(`wrangler could not bundle:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** @param {string} directory @param {string} main @returns {Bundle} */
function readBundle(directory, main) {
  const names = readdirSync(directory).filter((name) => MODULE_TYPES.has(extname(name)));
  const ordered = [main, ...names.filter((name) => name !== main)];
  const contents = ordered.map((name) => readFileSync(join(directory, name)));
  return {
    directory,
    main,
    modules: ordered.map((name) => ({
      type: MODULE_TYPES.get(extname(name)) ?? "Text",
      path: join(directory, name),
    })),
    bytes: contents.reduce((sum, content) => sum + content.length, 0),
    gzipBytes: gzipSync(Buffer.concat(contents)).length,
  };
}
