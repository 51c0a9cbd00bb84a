/**
 * Two generators of TypeScript clients read the document; a program over each must pass the strict compiler without a cast, and
 * run. They want an older TypeScript beside them than this project has, and are installed for this test alone.
 */
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const PACKAGES = [
  "typescript@5.9.3",
  "openapi-typescript@7.13.0",
  "openapi-fetch@0.17.0",
  "@hey-api/openapi-ts@0.99.0",
  "@types/node@24.19.2",
];
const PROGRAMS = ["openapi-fetch", "hey-api"];
const COMPILER = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "dom", "dom.iterable"],
    module: "esnext",
    moduleResolution: "bundler",
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    // Of the generators' own files.
    skipLibCheck: true,
    noEmit: true,
  },
  include: ["openapi-fetch.ts"],
};

const execute = promisify(execFile);

interface Service {
  document: string;
  url: string;
  /** An admin's. */
  key: string;
  signal: AbortSignal;
}

export async function checkClients({ document, url, key, signal }: Service): Promise<string[]> {
  using place = mkdtempDisposableSync(join(tmpdir(), "holdfast-clients-"));
  const cwd = place.path;
  const own = (name: string) => join(cwd, name);
  const tool = (...command: string[]) => run(join("node_modules", ...command.slice(0, 1)), command.slice(1));
  const run = async (script: string, args: string[]) =>
    execute(process.execPath, [join(cwd, script), ...args], { cwd, signal });
  writeFileSync(own("package.json"), '{"type":"module","private":true}');
  copyFileSync(document, own("openapi.json"));
  const quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error"];
  await execute("npm", ["install", ...quiet, ...PACKAGES], { cwd, signal });
  await tool(
    "openapi-typescript/bin/cli.js",
    "openapi.json",
    "-o",
    "document.ts",
    "--default-non-nullable=false",
  );
  await tool("@hey-api/openapi-ts/bin/run.js", "-i", "openapi.json", "-o", "client", "--no-log-file");
  for (const name of PROGRAMS)
    copyFileSync(join(import.meta.dirname, "programs", `${name}.ts`), own(`${name}.ts`));
  // hey-api's own files are not written for exactOptionalPropertyTypes.
  const loose = { ...COMPILER.compilerOptions, exactOptionalPropertyTypes: false };
  writeFileSync(own("tsconfig.json"), JSON.stringify(COMPILER));
  writeFileSync(
    own("tsconfig.hey-api.json"),
    JSON.stringify({ compilerOptions: loose, include: ["hey-api.ts"] }),
  );
  const findings: string[] = [];
  const note = (name: string) => (error: unknown) => {
    const told = error instanceof Error && "stdout" in error ? `${error.stdout}` : "";
    findings.push(`${name}: ${told}${String(error)}`);
  };
  await Promise.all([
    tool("typescript/bin/tsc", "-p", "tsconfig.json").catch(note("openapi-fetch, types")),
    tool("typescript/bin/tsc", "-p", "tsconfig.hey-api.json").catch(note("hey-api, types")),
  ]);
  for (const name of PROGRAMS) {
    const outfile = own(`${name}.mjs`);
    try {
      await build({
        entryPoints: [own(`${name}.ts`)],
        outfile,
        bundle: true,
        platform: "node",
        format: "esm",
      });
      await run(`${name}.mjs`, [url, key, String(Date.now())]);
    } catch (error) {
      note(name)(error);
    }
  }
  return findings;
}
