/**
 * A CPU profile of workerd while one measure runs: `node bench/profile.mjs --measure B1 --out b1.cpuprofile`.
 * It shows the JavaScript of the Worker and its objects. Native code (SQLite, HTTP, the simulators of D1 and
 * KV) is `(program)` or `(idle)` here; `perf` shows that side, see README.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildHoldfast } from "./build.mjs";
import { decimal } from "./finding.mjs";
import { Inspector } from "./inspector.mjs";
import { LoadGenerator } from "./load.mjs";
import { progress } from "./progress.mjs";
import { table } from "./report.mjs";
import { startHoldfast } from "./stage.mjs";
import { subjects } from "./subjects.mjs";
import { takeTurn } from "./turns.mjs";

const SAMPLE_EVERY_MICROS = 200;
const WARM_UP_MS = 3000;
const TOP = 20;

const { values } = parseArgs({
  options: {
    measure: { type: "string", default: "B1" },
    out: { type: "string" },
    seconds: { type: "string", default: "5" },
    top: { type: "string", default: String(TOP) },
  },
});
const subject = Object.entries(subjects).find(([id]) => id === values.measure)?.[1];
if (!subject) throw new Error(`--measure is one of ${Object.keys(subjects).join(", ")}`);

const scratch = mkdtempSync(join(tmpdir(), "holdfast-profile-"));
try {
  const profile = await record(subject, Number(values.seconds) * 1000);
  if (values.out) writeFileSync(values.out, JSON.stringify(profile));
  process.stdout.write(
    `${renderTop(profile, originOf(join(scratch, "holdfast", "worker.js.map")), Number(values.top))}\n`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @param {NonNullable<typeof subject>} prepare @param {number} milliseconds */
async function record(prepare, milliseconds) {
  const bundle = await buildHoldfast(join(scratch, "holdfast"));
  const { site, book } = await startHoldfast("holdfast", bundle, { inspector: true });
  const load = new LoadGenerator();
  try {
    const stage = { holdfast: site, book, load, run: "profile" };
    const contestant = await prepare(/** @type {import("./stage.mjs").Stage} */ (stage));
    progress(`warming ${contestant.label}`);
    await takeTurn(load, contestant, WARM_UP_MS);
    const inspector = await Inspector.attach(await site.miniflare.getInspectorURL(), site.name);
    await inspector.ask("Profiler.enable");
    await inspector.ask("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_MICROS });
    await inspector.ask("Profiler.start");
    const turn = await takeTurn(load, contestant, milliseconds);
    const { profile } = await inspector.ask("Profiler.stop");
    inspector.close();
    progress(
      `${decimal(turn.answeredPerSecond)} a second while watched, ${decimal(turn.cpuMicros)} µs of CPU each`,
    );
    return profile;
  } finally {
    await load.stop();
    await site.stop();
  }
}

/**
 * @param {string} path of the bundle's source map
 * @returns {(frame: any) => string} where a frame's function stands in the source
 */
function originOf(path) {
  const map = new SourceMap(JSON.parse(readFileSync(path, "utf8")));
  return ({ url, lineNumber, columnNumber }) => {
    const entry = url.endsWith("worker.js") ? map.findEntry(lineNumber, columnNumber) : {};
    if (!("originalSource" in entry)) return url === "" ? "" : `${url}:${lineNumber + 1}`;
    const source = entry.originalSource
      .replace(/^.*\/(?=(node_modules|src)\/)/, "")
      .replace(/^(\.\.\/)+/, "");
    return `${source}:${entry.originalLine + 1}`;
  };
}

/** @param {any} profile @param {(frame: any) => string} origin @param {number} count */
function renderTop(profile, origin, count) {
  const { selfByPlace, totalByPlace, busy } = tally(profile, origin);
  const render = (title, microsByPlace) => {
    const rows = [...microsByPlace]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([place, micros]) =>
        [`${decimal((micros / busy) * 100, 1)} %`, decimal(micros / 1000)].concat(place.split("\t")),
      );
    return table([title, "ms", "function", "where"], rows);
  };
  return [render("self", selfByPlace), render("with what it calls", totalByPlace)].join("\n\n");
}

/**
 * Microseconds by place: a function and where it stands.
 * @param {any} profile @param {(frame: any) => string} origin
 */
function tally(profile, origin) {
  const nodeById = new Map(profile.nodes.map((node) => [node.id, { ...node, micros: 0, parent: undefined }]));
  for (const node of nodeById.values()) {
    const { functionName } = node.callFrame;
    node.place = `${functionName || "(anonymous)"}\t${origin(node.callFrame)}`;
    for (const child of node.children ?? []) nodeById.get(child).parent = node;
  }
  for (const [index, id] of profile.samples.entries()) nodeById.get(id).micros += profile.timeDeltas[index];
  const selfByPlace = new Map();
  const totalByPlace = new Map();
  let busy = 0;
  for (const node of nodeById.values()) {
    if (node.callFrame.functionName === "(idle)") continue;
    busy += node.micros;
    selfByPlace.set(node.place, (selfByPlace.get(node.place) ?? 0) + node.micros);
    const places = new Set();
    for (let above = node; above.parent; above = above.parent) places.add(above.place);
    for (const place of places) totalByPlace.set(place, (totalByPlace.get(place) ?? 0) + node.micros);
  }
  return { selfByPlace, totalByPlace, busy };
}
