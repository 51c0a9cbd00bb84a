/**
 * npm run build:client: src/client as what a package holds, in dist/client: one module and its declarations. Prints the size of
 * the module as a page would load it, and fails when that is over its budget. `npm pack` runs it first.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { PROJECT_DIRECTORY } from "./wrangler.ts";

const MAX_GZIPPED_KIB = 8;
const TARGET = join(PROJECT_DIRECTORY, "dist", "client");
const MODULE = join(TARGET, "client.js");

rmSync(TARGET, { recursive: true, force: true });
await build({
  absWorkingDir: PROJECT_DIRECTORY,
  entryPoints: ["src/client/client.ts"],
  outfile: MODULE,
  bundle: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  logLevel: "warning",
});
declare();

const { code } = await transform(readFileSync(MODULE, "utf8"), { minify: true, format: "esm" });
const gzippedKib = gzipSync(code).length / 1024;
console.log(`the client has ${gzippedKib.toFixed(2)} KiB, minified and gzipped, of ${MAX_GZIPPED_KIB}`);
if (gzippedKib > MAX_GZIPPED_KIB) process.exitCode = 1;

/** With the names that the files have there. */
function declare(): void {
  const tsc = join(PROJECT_DIRECTORY, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", TARGET];
  const { status } = spawnSync(process.execPath, [tsc, "-p", "src/client", ...options], {
    cwd: PROJECT_DIRECTORY,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`tsc ended with ${status}`);
  for (const name of readdirSync(TARGET).filter((file) => file.endsWith(".d.ts"))) {
    const file = join(TARGET, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
  }
}
