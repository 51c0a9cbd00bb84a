/** Wrangler as a child process: kept off the network, and stopped with everything that it started. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const PROJECT_DIRECTORY = fileURLToPath(new URL("..", import.meta.url));

const WRANGLER = join(PROJECT_DIRECTORY, "node_modules", "wrangler", "bin", "wrangler.js");
const HEALTH_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 8000;
const GROUP_GONE_TIMEOUT_MS = 2000;
const KEPT_OUTPUT_CHARS = 8000;

const QUIET_ENV = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Traces of every request would halve the speed and fill the disk.
  X_LOCAL_OBSERVABILITY: "false",
};

/**
 * Runs one wrangler command to its end. Throws with its output when it fails.
 * @param {string[]} args
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<string>} what it printed
 */
export async function runWrangler(args, { signal } = {}) {
  const child = spawnWrangler(args, { signal });
  const output = keepOutput(child);
  const code = await exitCode(child);
  signal?.throwIfAborted();
  if (code !== 0) throw new Error(`wrangler ${args.join(" ")} failed (${code}):\n${output()}`);
  return output();
}

/**
 * @param {string[]} placeArgs where the local data is, e.g. `--persist-to DIR`
 * @param {{ signal?: AbortSignal }} [options]
 */
export function migrateBook(placeArgs, options) {
  return runWrangler(["d1", "migrations", "apply", "BOOK", "--local", ...placeArgs], options);
}

/**
 * Starts `wrangler dev` in a process group of its own and waits until the Worker answers. A group, because
 * the processes below wrangler outlive it when it is killed, and would go on serving the port.
 * @param {{
 *   ip: string,
 *   port: number,
 *   inspectorPort?: string,
 *   args?: string[],
 *   onOutput?: (chunk: string) => void,
 *   signal?: AbortSignal,
 * }} options
 * @returns {Promise<DevServer>}
 *
 * @typedef {{
 *   url: string,
 *   exited: Promise<number>,
 *   output(): string,
 *   stop(): Promise<void>,
 *   kill9(): Promise<void>,
 * }} DevServer
 */
export async function startDev({ ip, port, inspectorPort = "0", args = [], onOutput, signal }) {
  await assertPortFree(ip, port);
  const where = [`--ip=${ip}`, `--port=${port}`, `--inspector-port=${inspectorPort}`];
  const child = spawnWrangler(["dev", ...where, "--show-interactive-dev-session=false", ...args], {
    detached: true,
  });
  const output = keepOutput(child, onOutput);
  const exited = exitCode(child);
  const killLeftovers = () => signalGroup(child, "SIGKILL");
  process.once("exit", killLeftovers);

  const endGroup = async (signalName) => {
    if (signalName === "SIGKILL") signalGroup(child, signalName);
    else child.kill(signalName);
    await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    killLeftovers();
    await exited;
    await groupGone(child);
    process.off("exit", killLeftovers);
  };
  const server = {
    url: `http://${reachableHost(ip)}:${port}`,
    exited,
    output,
    stop: () => endGroup("SIGTERM"),
    kill9: () => endGroup("SIGKILL"),
  };
  try {
    await waitForHealth(server, signal);
  } catch (error) {
    await server.kill9();
    throw error;
  }
  return server;
}

/** Throws, naming the port, when something listens there. */
export async function assertPortFree(ip, port) {
  const probe = createServer();
  try {
    await new Promise((resolve, reject) =>
      probe.once("error", reject).listen({ host: ip, port, exclusive: true }, resolve),
    );
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} on ${ip} is in use. Choose another with --port.`, { cause: error });
  } finally {
    probe.close();
  }
}

/** @param {string} ip @returns {Promise<number>} a port there that nobody listens on at this moment */
export function freePort(ip) {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, ip, () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

async function waitForHealth(server, signal) {
  const deadline = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
  const ended = server.exited.then((code) => `wrangler dev ended (${code}) before the Worker answered`);
  while (!(await isHealthy(server.url))) {
    signal?.throwIfAborted();
    let trouble = await Promise.race([ended, sleep(100)]);
    if (deadline.aborted) trouble ??= `the Worker did not answer within ${HEALTH_TIMEOUT_MS} ms`;
    // Wrangler would wait for an edit that mends it.
    if (server.output().includes("Build failed")) trouble ??= "the Worker could not be built";
    if (trouble) throw new Error(`${trouble}:\n${server.output()}`);
  }
}

async function isHealthy(url) {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function spawnWrangler(args, options) {
  return spawn(process.execPath, [WRANGLER, ...args], {
    cwd: PROJECT_DIRECTORY,
    env: { ...process.env, ...QUIET_ENV },
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
}

/** @returns {() => string} the last of what the child printed */
function keepOutput(child, onOutput) {
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk) => {
      kept = (kept + chunk).slice(-KEPT_OUTPUT_CHARS);
      onOutput?.(chunk);
    });
  }
  return () => kept.trim();
}

function exitCode(child) {
  return new Promise((resolve) => {
    child.once("error", () => resolve(1)).once("exit", (code) => resolve(code ?? 1));
  });
}

/** @returns {boolean} false when nobody is left in the group; signal 0 only asks */
function signalGroup(child, signalName) {
  try {
    process.kill(-child.pid, signalName);
    return true;
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
    return false;
  }
}

/** The killed let go of their port only when they are gone. Bounded: what nobody reaps stays in the group. */
async function groupGone(child) {
  for (let waitedMs = 0; waitedMs < GROUP_GONE_TIMEOUT_MS && signalGroup(child, 0); waitedMs += 20)
    await sleep(20);
}

function reachableHost(ip) {
  if (ip === "0.0.0.0" || ip === "::" || ip === "*") return "127.0.0.1";
  return ip.includes(":") ? `[${ip}]` : ip;
}
