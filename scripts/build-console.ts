/**
 * npm run build:console: src/console as files for the browser, in public/console. Every name but the shell's has a hash of what
 * is in it. Prints the gzipped sizes, and fails when they are over their budgets. Wrangler runs it before `dev` and `deploy`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename, dirname, join, relative } from "node:path";
import { build, type Metafile } from "esbuild";
import { sizesOf } from "./console/sizes.ts";
import { spriteOf } from "./console/sprite.ts";

const PROJECT = dirname(import.meta.dirname);
const SOURCE = join(PROJECT, "src", "console");
const TARGET = join(PROJECT, "public", "console");
/** Under which the browser finds them. */
const ASSETS = "/console/assets";
const SHIPPED = [
  "preact",
  "@preact/signals",
  "@preact/signals-core",
  "preact-iso",
  "d3-array",
  "lucide-static",
];

const startedAt = performance.now();
const sprite = { name: "", text: spriteOf(join(PROJECT, "node_modules", "lucide-static", "icons")) };
sprite.name = hashed("sprite", "svg", sprite.text);
const licenses = SHIPPED.map((name) => `${name}\n\n${licenseOf(name)}`).join("\n\n");

const { outputFiles, metafile } = await build({
  absWorkingDir: PROJECT,
  entryPoints: { main: join(SOURCE, "main.tsx"), console: join(SOURCE, "styles", "console.css") },
  outdir: join(TARGET, "assets"),
  publicPath: ASSETS,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2023",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { SPRITE_URL: JSON.stringify(`${ASSETS}/${sprite.name}`) },
  minify: true,
  metafile: true,
  write: false,
  logLevel: "warning",
});

const files = new Map<string, Uint8Array>(
  outputFiles.map(({ path, contents }) => [relative(TARGET, path), contents]),
);
files.set(`assets/${sprite.name}`, Buffer.from(sprite.text));
files.set(`assets/${hashed("licenses", "txt", licenses)}`, Buffer.from(licenses));
files.set("index.html", Buffer.from(shellOf(metafile.outputs)));
write(files);

const { lines, faults } = await sizesOf({ project: PROJECT, files, outputs: metafile.outputs });
console.log([...lines, `built in ${Math.round(performance.now() - startedAt)} ms`].join("\n"));
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exitCode = 1;
}

function hashed(name: string, extension: string, text: string): string {
  return `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.${extension}`;
}

function licenseOf(name: string): string {
  return readFileSync(join(PROJECT, "node_modules", name, "LICENSE"), "utf8").trim();
}

/**
 * index.html with the names of what it loads. What main.tsx imports is named too, so that it does not wait until main.tsx has
 * been read.
 */
function shellOf(outputs: Metafile["outputs"]): string {
  const [main, { imports }] = builtOf(outputs, "main.tsx");
  const [styles] = builtOf(outputs, "console.css");
  const preloaded = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => urlOf(path));
  const nameOf: Record<string, string> = {
    main: urlOf(main),
    styles: urlOf(styles),
    preload: preloaded.map((url) => `<link rel="modulepreload" href="${url}" />`).join("\n    "),
  };
  return readFileSync(join(SOURCE, "index.html"), "utf8").replaceAll(
    /\{\{(\w+)\}\}/g,
    (_, name: string) => nameOf[name] ?? "",
  );
}

function builtOf(outputs: Metafile["outputs"], file: string) {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(`/${file}`));
  if (!found) throw new Error(`${file} was not built`);
  return found;
}

function urlOf(path: string): string {
  return `${ASSETS}/${basename(path)}`;
}

/** What has not changed is not written: a server that is running would start again. What is of an earlier build goes. */
function write(contents: ReadonlyMap<string, Uint8Array>): void {
  mkdirSync(join(TARGET, "assets"), { recursive: true });
  for (const [name, bytes] of contents) {
    const path = join(TARGET, name);
    if (!existsSync(path) || !readFileSync(path).equals(bytes)) writeFileSync(path, bytes);
  }
  for (const name of readdirSync(TARGET, { recursive: true, encoding: "utf8" })) {
    const path = join(TARGET, name);
    if (!statSync(path).isDirectory() && !contents.has(name.replaceAll("\\", "/"))) rmSync(path);
  }
}
