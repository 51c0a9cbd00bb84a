/**
 * A CPU profile of workerd while one measure runs: `npx node bench/profile.ts --measure B1 --out
 * b1.cpuprofile`. It shows the JavaScript of the Worker and its objects. Native code (SQLite, HTTP, the
 * simulators of D1 and KV) is `(program)` or `(idle)` here; `perf` shows that side, see README.md.
 */
import { mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { logProgress } from "../scripts/progress.ts";
import { buildHoldfast } from "./build.ts";
import { Inspector } from "./inspector.ts";
import { LoadGenerator } from "./load.ts";
import { decimal } from "./measurement.ts";
import { table } from "./table.ts";
import { takeSample, type Contestant } from "./rounds.ts";
import { startHoldfast, type Target } from "./stage.ts";
import { workloads } from "./workloads.ts";

const SAMPLE_EVERY_MICROS = 200;
const WARM_UP_MS = 3000;
const TOP = 20;

type Frame = z.infer<typeof frame>;
const frame = z.object({
  functionName: z.string(),
  url: z.string(),
  lineNumber: z.number(),
  columnNumber: z.number(),
});
type Profile = z.infer<typeof cpuProfile>;
const cpuProfile = z.looseObject({
  nodes: z.array(
    z.looseObject({ id: z.number(), callFrame: frame, children: z.array(z.number()).default([]) }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const mapped = z.object({ originalSource: z.string(), originalLine: z.number() });

const { values } = parseArgs({
  options: {
    measure: { type: "string", default: "B1" },
    out: { type: "string" },
    seconds: { type: "string", default: "5" },
    top: { type: "string", default: String(TOP) },
  },
});
const workload = Object.entries(workloads).find(([id]) => id === values.measure)?.[1];
if (!workload) throw new Error(`--measure is one of ${Object.keys(workloads).join(", ")}`);

using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-profile-"));
const bundleDir = join(scratch.path, "holdfast");
const profile = await record(workload, Number(values.seconds) * 1000);
if (values.out) writeFileSync(values.out, JSON.stringify(profile));
const { self, total, busy } = tally(profile, originOf(join(bundleDir, "worker.js.map")));
const tables = [render("self", self, busy), render("with what it calls", total, busy)];
process.stdout.write(`${tables.join("\n\n")}\n`);

async function record(
  prepare: (target: Target) => Promise<Contestant>,
  milliseconds: number,
): Promise<Profile> {
  const bundle = await buildHoldfast(bundleDir);
  await using holdfast = await startHoldfast("holdfast", bundle, { inspector: true });
  await using load = new LoadGenerator();
  const contestant = await prepare({ holdfast, load, run: "profile" });
  logProgress(`warming ${contestant.label}`);
  await takeSample(contestant, WARM_UP_MS);
  const { miniflare, name } = holdfast.server;
  using inspector = await Inspector.attach(await miniflare.getInspectorURL(), name);
  await inspector.ask("Profiler.enable");
  await inspector.ask("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_MICROS });
  await inspector.ask("Profiler.start");
  const sample = await takeSample(contestant, milliseconds);
  const stopped = await inspector.ask("Profiler.stop");
  const rate = decimal(sample.answeredPerSecond);
  logProgress(`${rate} a second while watched, ${decimal(sample.cpuMicros)} µs of CPU each`);
  return z.object({ profile: cpuProfile }).parse(stopped).profile;
}

/** Where a frame's function stands in the source, by the bundle's source map. */
function originOf(mapPath: string): (frame: Frame) => string {
  const map = new SourceMap(JSON.parse(readFileSync(mapPath, "utf8")));
  return ({ url, lineNumber, columnNumber }) => {
    const entry = url.endsWith("worker.js") ? map.findEntry(lineNumber, columnNumber) : {};
    const { data } = mapped.safeParse(entry);
    if (!data) return url === "" ? "" : `${url}:${lineNumber + 1}`;
    const source = data.originalSource.replace(/^.*\/(?=(node_modules|src)\/)/, "").replace(/^(\.\.\/)+/, "");
    return `${source}:${data.originalLine + 1}`;
  };
}

function render(title: string, microsByPlace: Map<string, number>, all: number): string {
  const rows = [...microsByPlace]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, Number(values.top))
    .map(([place, micros]) => [
      `${decimal((micros / all) * 100, 1)} %`,
      decimal(micros / 1000),
      ...place.split("\t"),
    ]);
  return table([title, "ms", "function", "where"], rows);
}

interface Node {
  place: string;
  idle: boolean;
  micros: number;
  parent: Node | undefined;
}

/** Microseconds by place: a function and where it stands. */
function tally({ nodes, samples, timeDeltas }: Profile, origin: (frame: Frame) => string) {
  const nodeById = new Map<number, Node>();
  for (const { id, callFrame } of nodes) {
    const { functionName } = callFrame;
    const place = `${functionName || "(anonymous)"}\t${origin(callFrame)}`;
    nodeById.set(id, { place, idle: functionName === "(idle)", micros: 0, parent: undefined });
  }
  for (const { id, children } of nodes) {
    for (const child of children) {
      const node = nodeById.get(child);
      if (node) node.parent = nodeById.get(id);
    }
  }
  for (const [index, id] of samples.entries()) {
    const node = nodeById.get(id);
    if (node) node.micros += timeDeltas[index] ?? 0;
  }
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  let busy = 0;
  for (const node of nodeById.values()) {
    if (node.idle) continue;
    busy += node.micros;
    self.set(node.place, (self.get(node.place) ?? 0) + node.micros);
    const places = new Set<string>();
    for (let above = node; above.parent; above = above.parent) places.add(above.place);
    for (const place of places) total.set(place, (total.get(place) ?? 0) + node.micros);
  }
  return { self, total, busy };
}
