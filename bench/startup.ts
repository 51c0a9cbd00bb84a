/**
 * How long workerd takes to evaluate a bundle. workerd evaluates every Worker before it listens, so the time
 * from its start to its first listening socket, less the same with an empty Worker, is the bundle's. The work
 * is the same every time and the rest of the machine only adds to it: so CPU time, and the lowest of many.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { progress } from "./progress.mjs";
import { cpuTimeNs } from "./process-clock.mjs";
import { WORKERD_BIN } from "./toolchain.mjs";

const STARTS = 15;
const QUICK_STARTS = 7;
const EMPTY_WORKER = 'export default { fetch() { return new Response("ok"); } };\n';

const FIELD_BY_TYPE = { ESModule: "esModule", Text: "text", Data: "data", CompiledWasm: "wasm" };

/**
 * @typedef {object} Startup
 * @property {number} cpuMilliseconds of CPU time, the empty Worker's taken off
 * @property {number} milliseconds likewise, by the clock
 * @property {number} emptyCpuMilliseconds of the empty Worker, process start included
 */

/**
 * @param {import("./build.mjs").Bundle} bundle
 * @param {{ scratch: string, compatibility: { date: string, flags: string[] }, quick: boolean }} options
 * @returns {Promise<Startup>}
 */
export async function measureStartup(bundle, { scratch, compatibility, quick }) {
  mkdirSync(scratch, { recursive: true });
  const emptyPath = join(scratch, "empty.js");
  writeFileSync(emptyPath, EMPTY_WORKER);
  const real = writeConfig(join(scratch, "real.capnp"), bundle.modules, compatibility);
  const empty = writeConfig(
    join(scratch, "empty.capnp"),
    [{ type: "ESModule", path: emptyPath }],
    compatibility,
  );
  const starts = [];
  const count = quick ? QUICK_STARTS : STARTS;
  for (let start = 1; start <= count; start++) {
    progress(`startup: ${start} of ${count}`);
    starts.push({ empty: await startOnce(empty), real: await startOnce(real) });
  }
  const lowest = (worker, clock) => Math.min(...starts.map((start) => start[worker][clock]));
  return {
    cpuMilliseconds: lowest("real", "cpuMilliseconds") - lowest("empty", "cpuMilliseconds"),
    milliseconds: lowest("real", "milliseconds") - lowest("empty", "milliseconds"),
    emptyCpuMilliseconds: lowest("empty", "cpuMilliseconds"),
  };
}

/**
 * An embedded file is named from the configuration's folder: a leading slash would mean the schema's search
 * path.
 * @param {string} path @param {{ type: string, path: string }[]} modules
 * @param {{ date: string, flags: string[] }} compatibility
 */
function writeConfig(path, modules, compatibility) {
  const listed = modules.map((module) => {
    const file = JSON.stringify(relative(dirname(path), module.path));
    return `(name = ${JSON.stringify(basename(module.path))}, ${FIELD_BY_TYPE[module.type]} = embed ${file})`;
  });
  writeFileSync(
    path,
    `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main)],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
    );
    const main :Workerd.Worker = (
      modules = [${listed.join(", ")}],
      compatibilityDate = ${JSON.stringify(compatibility.date)},
      compatibilityFlags = ${JSON.stringify(compatibility.flags)}
    );
  `,
  );
  return path;
}

/** @param {string} configPath @returns {Promise<{ milliseconds: number, cpuMilliseconds: number }>} */
function startOnce(configPath) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(WORKERD_BIN, ["serve", "--experimental", "--control-fd=3", configPath], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    let complaint = "";
    let listening;
    child.stderr.on("data", (chunk) => (complaint += chunk));
    createInterface({ input: child.stdio[3] }).once("line", () => {
      listening = {
        milliseconds: performance.now() - startedAt,
        cpuMilliseconds: cpuTimeNs(child.pid) / 1e6,
      };
      child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("exit", () =>
      listening ? resolve(listening) : reject(new Error(`workerd did not start: ${complaint}`)),
    );
  });
}
