/** Wrangler as a child process: kept off the network, and stopped with everything that it started. */
import { spawn, type ChildProcessByStdio, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import "./public-files.ts";

export const PROJECT_DIRECTORY = dirname(import.meta.dirname);

export const QUIET_ENV = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Traces of every request would halve the speed and fill the disk.
  X_LOCAL_OBSERVABILITY: "false",
};

/**
 * The short keys of the demo are taken; a webhook's receiver of the developer's own may be on this machine.
 */
export const DEVELOPMENT_VARS = [
  "ENVIRONMENT:development",
  "WEBHOOK_ALLOW_LOCALHOST:true",
  "LOG_LEVEL:warn",
  "METRICS_KEY:metrics-demo",
].flatMap((value) => ["--var", value]);

/** Variables of the Worker as arguments of `wrangler dev`. */
export function varArgs(vars: Record<string, string>): string[] {
  return Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
}

const HEALTH_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 8000;
const GROUP_GONE_TIMEOUT_MS = 2000;
const KEPT_OUTPUT_CHARS = 8000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Place {
  /** Whose wrangler, configuration and code are run: a checkout of this project, this one unless said. */
  directory?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface Command extends Place {
  /** Beside this process's own. */
  env?: Record<string, string>;
}

export interface DevOptions extends Place {
  ip: string;
  port: number;
  inspectorPort?: string;
  args?: string[];
  onOutput?: (chunk: string) => void;
}

export interface DevServer {
  readonly url: string;
  /** Its exit code. */
  readonly exited: Promise<number>;
  /** Of wrangler and all that it started. */
  readonly processGroup: number | undefined;
  /** The last of what it printed. */
  output(): string;
  stop(): Promise<void>;
  kill9(): Promise<void>;
}

/** Runs one wrangler command to its end and answers what it printed. Throws with that when it fails. */
export async function runWrangler(args: string[], { directory, signal, env }: Command = {}): Promise<string> {
  const child = spawnWrangler(args, directory, { signal, env });
  const output = keepOutput(child);
  const code = await exitCode(child);
  signal?.throwIfAborted();
  if (code !== 0) throw new Error(`wrangler ${args.join(" ")} failed (${code}):\n${output()}`);
  return output();
}

/** `stateArgs`: where the local data is, e.g. `--persist-to DIR`. */
export function migrateBook(stateArgs: string[], place?: Place): Promise<string> {
  return runWrangler(["d1", "migrations", "apply", "BOOK", "--local", ...stateArgs], place);
}

/**
 * Starts `wrangler dev` in a process group of its own and waits until the Worker answers. A group, because
 * the processes below wrangler outlive it when it is killed, and would go on serving the port.
 */
export async function startDev(options: DevOptions): Promise<DevServer> {
  const { ip, port, inspectorPort = "0", args = [], directory, onOutput, signal } = options;
  await freePort(ip, port);
  const where = [`--ip=${ip}`, `--port=${port}`, `--inspector-port=${inspectorPort}`];
  const devArgs = ["dev", ...where, "--show-interactive-dev-session=false", ...args];
  const child = spawnWrangler(devArgs, directory, { detached: true });
  const output = keepOutput(child, onOutput);
  const exited = exitCode(child);
  const killLeftovers = () => void signalGroup(child, "SIGKILL");
  process.once("exit", killLeftovers);

  const end = async (askFirst: boolean) => {
    if (askFirst) {
      child.kill("SIGTERM");
      await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    }
    killLeftovers();
    await exited;
    await groupGone(child);
    process.off("exit", killLeftovers);
  };
  const server: DevServer = {
    url: `http://${reachableHost(ip)}:${port}`,
    exited,
    processGroup: child.pid,
    output,
    stop: () => end(true),
    kill9: () => end(false),
  };
  try {
    await waitForHealth(server, signal);
  } catch (error) {
    await server.kill9();
    throw error;
  }
  return server;
}

/** A port that nobody listens on at this moment: any, or `wanted`, which is named when it is taken. */
export async function freePort(ip: string, wanted = 0): Promise<number> {
  const probe = createServer();
  try {
    await once(probe.listen({ host: ip, port: wanted, exclusive: true }), "listening");
    const address = probe.address();
    return typeof address === "object" ? (address?.port ?? wanted) : wanted;
  } catch (error) {
    throw new Error(`Port ${wanted} on ${ip} is taken, choose another with --port`, { cause: error });
  } finally {
    probe.close();
  }
}

async function waitForHealth(server: DevServer, signal: AbortSignal | undefined): Promise<void> {
  const deadline = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
  const ended = server.exited.then((code) => `wrangler dev ended (${code}) before the Worker answered`);
  for (;;) {
    const answer = await askHealth(server.url);
    if (answer === 200) return;
    signal?.throwIfAborted();
    let trouble = await Promise.race([ended, sleep(100, undefined)]);
    // It serves nothing, and has said why.
    const invalid = answer === 503 ? settingsTrouble(server.output()) : undefined;
    if (invalid !== undefined) throw new Error(invalid);
    if (deadline.aborted) trouble ??= `the Worker did not answer within ${HEALTH_TIMEOUT_MS} ms`;
    // Wrangler would wait for an edit that mends it.
    if (server.output().includes("Build failed")) trouble ??= "the Worker could not be built";
    if (trouble) throw new Error(`${trouble}:\n${server.output()}`);
  }
}

/** The status of its answer; undefined: there is none yet. */
async function askHealth(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

function settingsTrouble(output: string): string | undefined {
  return /The settings are not valid\.[^"]*/.exec(output.replaceAll('\\"', "'"))?.[0];
}

function spawnWrangler(args: string[], directory = PROJECT_DIRECTORY, options: SpawnOptions = {}): Child {
  const wrangler = resolve(directory, "node_modules", "wrangler", "bin", "wrangler.js");
  return spawn(process.execPath, [wrangler, ...args], {
    ...options,
    cwd: directory,
    env: { ...process.env, ...QUIET_ENV, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function keepOutput(child: Child, onOutput?: (chunk: string) => void): () => string {
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      kept = (kept + chunk).slice(-KEPT_OUTPUT_CHARS);
      onOutput?.(chunk);
    });
  }
  return () => kept.trim();
}

function exitCode(child: Child): Promise<number> {
  return new Promise((resolve) => {
    // One that could not begin has no id. One that is being stopped fails first, and goes on for a moment.
    child.once("error", () => child.pid === undefined && resolve(1));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** Whether anybody is left in the group; signal 0 only asks. */
function signalGroup({ pid }: Child, signal: "SIGKILL" | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** The killed let go of their port only when they are gone. Bounded: what nobody reaps stays in the group. */
async function groupGone(child: Child): Promise<void> {
  for (let waitedMs = 0; waitedMs < GROUP_GONE_TIMEOUT_MS && signalGroup(child, 0); waitedMs += 20)
    await sleep(20);
}

function reachableHost(ip: string): string {
  if (ip === "0.0.0.0" || ip === "::" || ip === "*") return "127.0.0.1";
  return ip.includes(":") ? `[${ip}]` : ip;
}
