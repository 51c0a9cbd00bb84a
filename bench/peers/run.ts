/**
 * npm run bench:peers -- [--quick] [--json FILE]: reservations in PostgreSQL and in Redis behind fastify, and Holdfast's, on one
 * product and over 200, in one run by the same load. What is not installed is left out, and it is said what to install.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { logProgress } from "../../scripts/progress.ts";
import { FULL, QUICK } from "../arguments.ts";
import { buildHoldfast } from "../build.ts";
import { LoadGenerator } from "../load.ts";
import { describeMachine } from "../machine.ts";
import { runRace } from "../rounds.ts";
import { startHoldfast } from "../stage.ts";
import { check, type Checked } from "./check.ts";
import { holdfastPeer, startPeer, type Peer } from "./contestants.ts";
import { renderPeers, type PeersResult } from "./result.ts";
import { startPostgres, startRedis, type Server } from "./servers.ts";

interface Kind {
  package: string;
  start(directory: string): Promise<Server | undefined>;
  services: [label: string, ...command: string[]][];
}

const KINDS: Record<string, Kind> = {
  postgresql: {
    package: "postgresql-15",
    start: startPostgres,
    services: [
      ["PostgreSQL, a transaction of six round trips", "postgres.ts", "--mode", "transaction"],
      ["PostgreSQL, one stored function", "postgres.ts", "--mode", "function"],
      ["PostgreSQL, calls batched in the server", "postgres.ts", "--mode", "batch"],
    ],
  },
  redis: {
    package: "redis-server",
    start: startRedis,
    services: [["Redis, one script, flushed always", "redis.ts"]],
  },
};

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});
const result = await measure();
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(result, null, 2));
process.stdout.write(`# Beside others\n\n${renderPeers(result)}\n`);
process.exitCode = result.checks.every(({ agrees, oversold }) => agrees && oversold === 0) ? 0 : 1;

async function measure(): Promise<PeersResult> {
  const at = new Date().toISOString();
  const machine = describeMachine();
  const pace = values.quick ? QUICK : FULL;
  installPackages();
  using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-peers-"));
  // A server that refuses root reaches its own folder through this one.
  chmodSync(scratch.path, 0o711);
  await using stack = new AsyncDisposableStack();
  const load = stack.use(new LoadGenerator());
  const versions: Record<string, string> = packageVersions();
  const bundle = await buildHoldfast(join(scratch.path, "holdfast"));
  const peers: Peer[] = [await holdfastPeer(stack.use(await startHoldfast("holdfast", bundle)), load)];
  for (const [name, { package: missing, start, services }] of Object.entries(KINDS)) {
    const server = await start(join(scratch.path, name));
    if (!server) {
      logProgress(`${name} is not installed and left out: apt-get install ${missing}`);
      continue;
    }
    stack.use(server.daemon);
    versions[name] = server.version;
    for (const [label, ...service] of services)
      peers.push(await startPeer({ label, service, server, load, stack }));
  }
  const contestants = (which: "hot" | "spread") => peers.map((peer) => peer[which]);
  const hot = await runRace("one product", pace, contestants("hot"));
  const spread = await runRace("200 products", pace, contestants("spread"));
  const checks: Checked[] = [];
  for (const peer of peers) checks.push(await check(peer));
  return { at, machine, pace, versions, hot, spread, checks };
}

/** Those of this folder, of their own lock file. */
function installPackages(): void {
  if (existsSync(join(import.meta.dirname, "node_modules"))) return;
  logProgress("npm ci in bench/peers");
  execFileSync("npm", ["ci"], { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] });
}

function packageVersions(): Record<string, string> {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8")));
  return dependencies;
}
