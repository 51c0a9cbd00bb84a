/**
 * How long workerd takes to evaluate a bundle. workerd evaluates every Worker before it listens, so the time
 * from its start to its first listening socket, less the same with an empty Worker, is the bundle's. The work
 * is the same every time and the rest of the machine only adds to it: so CPU time, and the lowest of many.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { logProgress } from "../scripts/progress.ts";
import type { Bundle, Module } from "./build.ts";
import { cpuTimeNs } from "./process-clock.ts";
import { projectOptions } from "./server.ts";
import { WORKERD_BIN } from "./toolchain.ts";

const STARTS = 15;
const QUICK_STARTS = 7;
const EMPTY_WORKER = 'export default { fetch() { return new Response("ok"); } };\n';

const FIELD_BY_TYPE = { ESModule: "esModule", Text: "text", Data: "data", CompiledWasm: "wasm" };

interface Start {
  clockMs: number;
  cpuMs: number;
}

/** The empty Worker's taken off. */
export type Startup = z.infer<typeof startup>;
export const startup = z.object({
  clockMs: z.number(),
  cpuMs: z.number(),
  /** Of the empty Worker, process start included. */
  emptyCpuMs: z.number(),
});

export async function measureStartup(bundle: Bundle, scratch: string, quick: boolean): Promise<Startup> {
  mkdirSync(scratch, { recursive: true });
  const emptyPath = join(scratch, "empty.js");
  writeFileSync(emptyPath, EMPTY_WORKER);
  const real = await writeConfig(join(scratch, "real.capnp"), bundle.modules);
  const empty = await writeConfig(join(scratch, "empty.capnp"), [{ type: "ESModule", path: emptyPath }]);
  const starts: { empty: Start; real: Start }[] = [];
  const count = quick ? QUICK_STARTS : STARTS;
  for (let start = 1; start <= count; start++) {
    logProgress(`startup: ${start} of ${count}`);
    starts.push({ empty: await startOnce(empty), real: await startOnce(real) });
  }
  const lowest = (worker: "empty" | "real", clock: keyof Start) =>
    Math.min(...starts.map((start) => start[worker][clock]));
  const emptyCpuMs = lowest("empty", "cpuMs");
  return {
    cpuMs: lowest("real", "cpuMs") - emptyCpuMs,
    clockMs: lowest("real", "clockMs") - lowest("empty", "clockMs"),
    emptyCpuMs,
  };
}

/**
 * Answers the path. An embedded file is named from the configuration's folder: a leading slash would mean the
 * schema's search path.
 */
async function writeConfig(path: string, modules: Module[]): Promise<string> {
  const { compatibilityDate, compatibilityFlags } = await projectOptions();
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
      compatibilityDate = ${JSON.stringify(compatibilityDate)},
      compatibilityFlags = ${JSON.stringify(compatibilityFlags)}
    );
  `,
  );
  return path;
}

async function startOnce(configPath: string): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(WORKERD_BIN, ["serve", "--experimental", "--control-fd=3", configPath], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const control = child.stdio[3];
  if (!(control instanceof Readable) || !child.stderr) throw new Error("workerd has no pipes");
  const complaint = text(child.stderr);
  const exited = once(child, "exit").then(async () => {
    throw new Error(`workerd did not start: ${await complaint}`);
  });
  exited.catch(() => {});
  await Promise.race([once(control, "data"), exited]);
  const clockMs = performance.now() - startedAt;
  const cpuMs = cpuTimeNs(child.pid ?? 0) / 1e6;
  child.kill("SIGKILL");
  await once(child, "close");
  return { clockMs, cpuMs };
}
