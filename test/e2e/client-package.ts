/**
 * What `npm pack` holds, in an empty project: it installs without anything else, its types hold however modules are found, and it
 * works in the oldest Node that it is for, in the newest, in a Worker and in a page of another origin.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
} from "node:fs";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { z } from "zod";
import { freePort, PROJECT_DIRECTORY, startDev } from "../../scripts/wrangler.ts";
import { findChromium } from "./chromium.ts";
import { createProducts } from "./products.ts";
import { runTest, type Test } from "./run-test.ts";

const IP = "127.0.0.1";
const PRODUCTS = ["PACKED-1", "PACKED-2"];
const STOCK = 10;
const USER = join(import.meta.dirname, "package-user");
const MODULES = join(PROJECT_DIRECTORY, "node_modules");
const run = promisify(execFile);

const used = z.object({
  available: z.array(z.number()),
  offset: z.number(),
  left: z.literal(STOCK - 2),
  products: z.literal(PRODUCTS.length),
  replayed: z.literal(false),
  requestId: z.string().min(8),
  states: z.tuple([
    z.literal("connecting"),
    z.literal("live"),
    z.literal("closed"),
    z.literal("connecting"),
    z.literal("live"),
    z.literal("closed"),
  ]),
  socket: z.string(),
});

await runTest({
  title: "client-package: packed, installed, type-checked and used on four platforms",
  limitSeconds: 180,
  run: async (test) => {
    using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-package-"));
    const project = scratch.path;
    await createProducts(test.api, PRODUCTS, STOCK);
    await install(test, project);
    await checkTypes(test, project);
    await inNode(test, project, { name: "the Node that came along", path: process.execPath, socket: true });
    const old = await machinesNode(test);
    if (old !== undefined) await inNode(test, project, { name: "Node 20", path: old, socket: false });
    await inWorker(test, project);
    await inBrowser(test, project);
  },
});

/** Nothing is fetched: the package needs nothing. */
async function install({ say, expect }: Test, project: string): Promise<void> {
  const manifest = readFileSync(join(PROJECT_DIRECTORY, "package.json"), "utf8");
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], {
    cwd: PROJECT_DIRECTORY,
  });
  expect(
    readFileSync(join(PROJECT_DIRECTORY, "package.json"), "utf8") === manifest,
    "packing changed package.json",
  );
  cpSync(USER, project, { recursive: true });
  await build({ entryPoints: [join(USER, "*.ts")], outdir: project, format: "esm", logLevel: "error" });
  writeFileSync(join(project, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
  const file = readdirSync(project).find((name) => name.endsWith(".tgz")) ?? "";
  const kib = statSync(join(project, file)).size / 1024;
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${file}`], { cwd: project });
  const installed = readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed.join() === "holdfast", `installed: ${installed.join(", ")}`);
  const size = /the client has [^\n]+/.exec(stdout)?.[0];
  say(`${file}: ${kib.toFixed(0)} KiB; ${size ?? "installed alone"}`);
}

async function checkTypes({ say, find, signal }: Test, project: string): Promise<void> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false };
  const base = { ...strict, target: "es2022", types: [] };
  const node = { types: ["node"], typeRoots: [join(MODULES, "@types")], lib: ["es2022"], skipLibCheck: true };
  const optionsByName = {
    bundler: { ...base, module: "esnext", moduleResolution: "bundler" },
    nodenext: { ...base, module: "nodenext", moduleResolution: "nodenext" },
    "nodenext without a DOM": { ...base, ...node, module: "nodenext", moduleResolution: "nodenext" },
  };
  const snippets = writeSnippets(project);
  const files = ["types.ts", "use.ts", "in-worker.ts", ...snippets];
  for (const [name, compilerOptions] of Object.entries(optionsByName)) {
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const tsc = join(MODULES, "typescript", "bin", "tsc");
    const { stdout = "" } = await run(process.execPath, [tsc, "-p", project], { signal }).catch(
      (error: { stdout: string }) => error,
    );
    find(stdout === "" ? [] : [`${name}: ${stdout}`]);
  }
  say(`type-checked, with ${snippets.length} snippets: ${Object.keys(optionsByName).join(", ")}`);
}

/** Those of docs/client.md. */
function writeSnippets(project: string): string[] {
  const page = readFileSync(join(PROJECT_DIRECTORY, "docs", "client.md"), "utf8");
  return [...page.matchAll(/```ts\n([^]+?)```/g)].map(([, code = ""], nth) => {
    writeFileSync(join(project, `snippet-${nth}.ts`), code);
    return `snippet-${nth}.ts`;
  });
}

/** The one that is found outside of this project. */
async function machinesNode({ expect }: Test): Promise<string | undefined> {
  const { PATH = "" } = process.env;
  const outside = PATH.split(delimiter).filter((directory) => !directory.includes("node_modules"));
  for (const path of outside.map((directory) => join(directory, "node"))) {
    try {
      accessSync(path, constants.X_OK);
    } catch {
      continue;
    }
    const { stdout } = await run(path, ["--version"]);
    if (stdout.startsWith("v20.")) return path;
  }
  expect(false, "there is no Node 20 on the path");
  return undefined;
}

function argumentsOf({ server }: Test, key = server.keys.admin): string {
  return new URLSearchParams({ baseUrl: server.url, key, productId: PRODUCTS[0] ?? "" }).toString();
}

function check({ say, find }: Test, name: string, answer: unknown, socket?: boolean): void {
  const { success, data, error } = used.safeParse(answer);
  if (!success) return find([`${name}: ${JSON.stringify(answer)}: ${error.message}`]);
  const has = data.socket === "function";
  if (socket !== undefined && has !== socket)
    find([`${name} has ${has ? "a WebSocket" : "no WebSocket"}, against what it was taken for`]);
  say(`${name}: ${data.available.join(", ")} available, by ${has ? "socket" : "stream"}`);
}

async function inNode(test: Test, project: string, node: { name: string; path: string; socket: boolean }) {
  const args = ["in-node.js", argumentsOf(test)];
  const { stdout } = await run(node.path, args, { cwd: project, signal: test.signal });
  check(test, node.name, JSON.parse(stdout), node.socket);
}

async function inWorker(test: Test, project: string): Promise<void> {
  symlinkSync(join(MODULES, "wrangler"), join(project, "node_modules", "wrangler"));
  const port = await freePort(IP);
  const args = ["in-worker.js", "--compatibility-date=2026-11-01", "--name=user"];
  const { signal } = test;
  const worker = await startDev({ ip: IP, port, args, directory: project, signal });
  try {
    const answer = await fetch(`${worker.url}/?${argumentsOf(test)}`, { signal });
    const text = await answer.text();
    check(test, "a Worker", answer.ok ? JSON.parse(text) : text);
  } finally {
    await worker.stop();
  }
}

async function inBrowser(test: Test, project: string): Promise<void> {
  const { api, expect } = test;
  const executablePath = findChromium();
  if (executablePath === undefined) return expect(false, "there is no Chromium on the path");
  const server = createServer(({ url = "/" }, response) => {
    const file = url === "/" ? "in-browser.html" : url.slice(1);
    if (!existsSync(join(project, file))) return response.writeHead(404).end();
    response.setHeader("Content-Type", file.endsWith(".js") ? "text/javascript" : "text/html");
    response.end(readFileSync(join(project, file)));
  });
  await once(server.listen(0, IP), "listening");
  await using _ = server;
  const origin = `http://${IP}:${z.object({ port: z.number() }).parse(server.address()).port}`;
  const scopes = ["catalog:read", "stock:read", "reservations:write", "events:read"];
  const body = { name: "a page", kind: "secret", scopes, origins: [origin] };
  const { key } = await api.read(z.object({ key: z.string() }), "POST /v1/admin/keys", { body });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    const given = JSON.stringify(argumentsOf(test, key));
    check(test, "a page", await page.evaluate(inPage(given)), true);
  } finally {
    await browser.close();
    server.closeAllConnections();
  }
}

function inPage(given: string): string {
  return `import("/use.js").then(({ use, argumentsOf }) => use(argumentsOf(new URLSearchParams(${given}))))`;
}
