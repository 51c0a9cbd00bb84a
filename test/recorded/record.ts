/**
 * Records what a release stores, so that later code can be tested against it:
 *   git worktree add ../released <its tag> && (cd ../released && npm ci)
 *   npx node test/recorded/record.ts --tree ../released --out test/recorded/release-<n>
 * Runs that release as it is, makes a small state through its API (make-state.ts), kills it in the middle of
 * its work and writes the rows of its sqlite files as JSON, one row a line; beside them its Worker as a deploy
 * bundles it, and its configuration. A recording is never made again: it stands for what is out there. The next
 * release gets its own.
 */
import { cpSync, globSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { ApiClient } from "../../scripts/api-client.ts";
import { startLocalServer } from "../../scripts/local-server.ts";
import { runWrangler } from "../../scripts/wrangler.ts";
import { gatherOrder, makePoison, makeState, makeUnsettled, waitForBook } from "./make-state.ts";
import { breakBook, kvFile, objectFiles, openBook } from "./state-files.ts";

/** KV takes one put a second per key. */
const KV_SETTLES_MS = 3000;
/** The release tries the poisoned batch now and fails. */
const POISON_SETTLES_MS = 1000;

const {
  values: { tree, out },
} = parseArgs({ options: { tree: { type: "string" }, out: { type: "string" } } });
if (!tree || !out) throw new Error("--tree DIR of the release, --out DIR of the recording");

await using server = await startLocalServer({ directory: tree });
const { state } = server;
const api = new ApiClient({ url: server.url, apiKey: server.keys.admin });
await makeState(api);
await waitForBook(api);
await gatherOrder(api);
await sleep(KV_SETTLES_MS);
await makePoison(api);
await sleep(POISON_SETTLES_MS);
breakBook(state);
await makeUnsettled(api);
const recordedAtMs = Date.now();
await server.kill9();

mkdirSync(out, { recursive: true });
const { tables } = contentsOf(openBook(state));
writeFileSync(join(out, "book.json"), jsonByRow({ recordedAtMs, tables }));
const objects = objectFiles(state)
  .map(({ file, ...which }) => ({ ...which, ...contentsOf(new DatabaseSync(file)) }))
  .filter(({ schema }) => schema.length > 0)
  .toSorted((a, b) => (`${a.class} ${a.name}` < `${b.class} ${b.name}` ? -1 : 1));
writeFileSync(join(out, "objects.json"), jsonByRow(objects));
writeFileSync(join(out, "kv.json"), jsonByRow(kvEntries()));
using bundle = mkdtempDisposableSync(join(tmpdir(), "holdfast-bundle-"));
await runWrangler(["deploy", "--dry-run", "--outdir", bundle.path], { directory: tree });
const code = readFileSync(join(bundle.path, "worker.js"));
writeFileSync(join(out, "worker.js.br"), brotliCompressSync(code));
cpSync(join(tree, "wrangler.toml"), join(out, "wrangler.toml"));

/** The runtime's own tables are left out: objects set their alarms again, and their names stand beside. */
function contentsOf(opened: DatabaseSync) {
  using database = opened;
  const made = database.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
  const own = made.filter(
    ({ name, type }) => type !== "trigger" && !/^(sqlite|_cf|__miniflare)_/.test(String(name)),
  );
  const names = own.filter(({ type }) => type === "table").map(({ name }) => String(name));
  const rowsOf = (name: string) => database.prepare(`SELECT * FROM "${name}"`).all();
  return {
    schema: own.map(({ sql }) => String(sql).replaceAll(/\s+/g, " ")),
    tables: Object.fromEntries(names.map((name) => [name, rowsOf(name)])),
  };
}

function kvEntries(): Record<string, string> {
  using database = new DatabaseSync(kvFile(state));
  const entries = database.prepare("SELECT key, blob_id FROM _mf_entries ORDER BY key").all();
  const blobs = globSync("v3/kv/*/blobs/*", { cwd: state });
  const valueOf = (id: string) =>
    readFileSync(join(state, blobs.find((blob) => blob.endsWith(id)) ?? id), "utf8");
  return Object.fromEntries(entries.map(({ key, blob_id }) => [String(key), valueOf(String(blob_id))]));
}

/** Indented, but each row and each statement on a line of its own. */
function jsonByRow(value: object): string {
  return `${lines(value, "")}\n`;
}

function lines(value: unknown, indent: string): string {
  const flat = JSON.stringify(value);
  if (!isObject(value)) return flat;
  const isRow = indent !== "" && !Object.values(value).some(isObject);
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

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
