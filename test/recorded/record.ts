/**
 * Records what a release stores, so that later code can be tested against it:
 *   git worktree add ../released <its tag> && (cd ../released && npm ci)
 *   node_modules/.bin/node test/recorded/record.mjs --tree ../released --out test/recorded/release-<n>
 * Runs that release as it is, makes a small state through its API (make-state.mjs), kills it in the middle of
 * its work and writes the rows of its sqlite files as JSON, one row a line. A recording is never made anew:
 * it stands for what is out there. The next release gets its own.
 */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gatherOrder, makePoison, makeState, makeUnsettled, waitForBook } from "./make-state.mjs";
import { bookFile, kvFile, objectFiles } from "./state-files.mjs";

const IP = "127.0.0.1";
/** KV takes one put a second per key. */
const KV_SETTLES_MS = 3000;
/** The release tries the poisoned batch now and fails. */
const POISON_SETTLES_MS = 1000;
/** Later releases take the short keys of the demo only so. */
const DEVELOPMENT = ["--var", "ENVIRONMENT:development"];
const OUTAGE = `CREATE TRIGGER recorded_outage BEFORE INSERT ON events
  BEGIN SELECT RAISE(ABORT, 'Network connection lost.'); END`;

const { values } = parseArgs({
  options: {
    tree: { type: "string" },
    out: { type: "string" },
    port: { type: "string", default: "8790" },
  },
});
if (!values.tree || !values.out) throw new Error("--tree DIR of the release, --out DIR of the recording");

const state = mkdtempSync(join(tmpdir(), "holdfast-record-"));
try {
  const recordedAtMs = await runRelease(resolve(values.tree));
  mkdirSync(values.out, { recursive: true });
  const { tables } = contentsOf(bookFile(state));
  writeJson("book.json", { recordedAtMs, tables });
  writeJson(
    "objects.json",
    objectFiles(state)
      .map(({ file, ...which }) => ({ ...which, ...contentsOf(file) }))
      .filter(({ schema }) => schema.length > 0)
      .toSorted((a, b) => (`${a.class} ${a.name}` < `${b.class} ${b.name}` ? -1 : 1)),
  );
  writeJson("kv.json", kvEntries());
} finally {
  rmSync(state, { recursive: true, force: true });
}
// What the kill left under way would hold the process open.
process.exit();

/** @returns {Promise<number>} when it was killed */
async function runRelease(tree) {
  const part = (path) => import(pathToFileURL(join(tree, path)).href);
  const { migrateBook, runWrangler, startDev } = await part("scripts/wrangler.mjs");
  const { admin } = (await part("scripts/dev-vars.mjs")).readDevKeys();
  const placeArgs = ["--persist-to", state];
  await migrateBook(placeArgs);
  const server = await startDev({ ip: IP, port: Number(values.port), args: [...placeArgs, ...DEVELOPMENT] });
  try {
    const call = caller(server.url, admin);
    await makeState(call);
    await waitForBook(call);
    await gatherOrder(call);
    await sleep(KV_SETTLES_MS);
    await makePoison(call);
    await sleep(POISON_SETTLES_MS);
    await runWrangler(["d1", "execute", "BOOK", "--local", ...placeArgs, "--yes", "--command", OUTAGE]);
    await makeUnsettled(call);
    return Date.now();
  } finally {
    await server.kill9();
  }
}

/** @returns {(request: string, body?: unknown, key?: string) => Promise<any>} throws for what is not 2xx */
function caller(url, apiKey) {
  return async (request, body, key) => {
    const [method, path] = request.split(" ");
    const headers = { "X-API-Key": apiKey, "Content-Type": "application/json" };
    if (key !== undefined) headers["Idempotency-Key"] = key;
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${request} answered ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}

/** The runtime's own tables are left out: objects set their alarms anew, and their names stand beside. */
function contentsOf(file) {
  const database = new DatabaseSync(file);
  const made = database.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
  const own = made.filter(
    ({ name, type }) => type !== "trigger" && !/^(sqlite|_cf|__miniflare)_/.test(String(name)),
  );
  const tables = own.filter(({ type }) => type === "table").map(({ name }) => String(name));
  return {
    schema: own.map(({ sql }) => String(sql).replaceAll(/\s+/g, " ")),
    tables: Object.fromEntries(
      tables.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]),
    ),
  };
}

function kvEntries() {
  const file = kvFile(state);
  const entries = new DatabaseSync(file).prepare("SELECT key, blob_id FROM _mf_entries ORDER BY key").all();
  const blobs = globSync("v3/kv/*/blobs/*", { cwd: state });
  const valueOf = (id) => readFileSync(join(state, blobs.find((blob) => blob.endsWith(id)) ?? id), "utf8");
  return Object.fromEntries(entries.map(({ key, blob_id }) => [key, valueOf(String(blob_id))]));
}

/** Indented, but each row and each statement on a line of its own. */
function writeJson(name, value) {
  writeFileSync(join(values.out, name), `${lines(value, "")}\n`);
}

function lines(value, indent) {
  const flat = JSON.stringify(value);
  const isRow = !isObject(value) || (indent !== "" && !Object.values(value).some(isObject));
  const isSchema = Array.isArray(value) && value.some((part) => typeof part === "string");
  if (isRow && !isSchema) return flat;
  const deeper = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const parts = Object.entries(value).map(([key, part]) => {
    const label = Array.isArray(value) ? "" : `${JSON.stringify(key)}: `;
    return `${deeper}${label}${lines(part, deeper)}`;
  });
  return `${open}\n${parts.join(",\n")}\n${indent}${close}`;
}

function isObject(value) {
  return typeof value === "object" && value !== null;
}
