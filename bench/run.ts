/**
 * `npm run bench`: builds, measures, prints. A benchmark, not a test: it fails only when something breaks.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FULL, USAGE, readArguments } from "./arguments.mjs";
import { buildEntry, buildHoldfast } from "./build.mjs";
import { LoadGenerator } from "./load.mjs";
import { describeMachine } from "./machine.mjs";
import { lagOfTheBook, reserveWithoutBook } from "./measures/book.mjs";
import { listDoor } from "./measures/list-door.mjs";
import { reserveWatched } from "./measures/listeners.mjs";
import { catalogRead, stockRead } from "./measures/reads.mjs";
import { refusedReserve } from "./measures/refusals.mjs";
import { cpuPerReserve, reserveOnOne, reserveOverMany } from "./measures/reservations.mjs";
import { reserveFollowed } from "./measures/webhooks.mjs";
import { progress } from "./progress.mjs";
import { renderHead, renderPeers, renderSpeed } from "./report.mjs";
import { renderFootprint, renderRows } from "./report-rows.mjs";
import { countRows } from "./rows.mjs";
import { projectOptions } from "./site.mjs";
import { withStage } from "./stage.mjs";
import { measureStartup } from "./startup.mjs";
import { medianTurn } from "./turns.mjs";

const options = readArguments(process.argv.slice(2));
if (options.help) {
  process.stdout.write(`${USAGE}\n`);
} else {
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    await bench(options, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {ReturnType<typeof readArguments>} options @param {string} scratch */
async function bench({ pace, only, json }, scratch) {
  const machine = describeMachine();
  const wanted = (...ids) => ids.some((id) => only.has(id));
  progress("building the Worker and the floor");
  const bundle = await buildHoldfast(join(scratch, "holdfast"));
  const floor = await buildEntry("floor-worker.ts", join(scratch, "floor"));
  const load = new LoadGenerator();
  const on = (holdfast, measure) => withStage({ floor, holdfast, load, pace }, measure);
  /** Undefined when it is not wanted or breaks: the others go on. */
  const measured = async (ids, measure) => (wanted(...ids) ? await attempt(ids[0], measure) : undefined);

  const counted = await measured(["rows", "B5"], async () =>
    countRows(await buildEntry("counting-worker.ts", join(scratch, "counting"))),
  );
  const hot = await measured(["B1", "B12"], () => on(bundle, reserveOnOne));
  const spread = await measured(["B2", "B12"], () => on(bundle, reserveOverMany));
  const findings = [
    hot,
    spread,
    await measured(["B3"], () => on(bundle, catalogRead)),
    await measured(["B4"], () => on(bundle, stockRead)),
    await measured(["B5"], () => on(bundle, (stage) => refusedReserve(stage, counted?.refusals))),
    await measured(["B6"], () => on(bundle, (stage) => reserveWatched(stage, bundle))),
    await measured(["B7"], () => on(bundle, (stage) => reserveWithoutBook(stage, bundle))),
    await measured(["B9"], () => on(bundle, lagOfTheBook)),
    wanted("B12") && hot && spread && cpuPerReserve(hot, spread),
    await measured(["B13"], async () =>
      on(await buildEntry("list-door-worker.ts", join(scratch, "list-door")), listDoor),
    ),
    await measured(["B15"], () => on(bundle, (stage) => reserveFollowed(stage, bundle))),
  ].filter(Boolean);
  const quick = pace.rounds < FULL.rounds;
  const startup = await measured(["startup"], () => startupOf(bundle, { scratch, quick }));
  await load.stop();

  const parts = [
    renderHead(machine, pace),
    findings.length > 0 && renderSpeed(findings),
    (hot || spread) && renderPeers({ hot: reserveRate(hot), spread: reserveRate(spread) }),
    counted && renderRows(counted),
    (startup || wanted("size")) && renderFootprint(wanted("size") ? bundle : undefined, startup),
  ];
  process.stdout.write(`${parts.filter(Boolean).join("\n\n")}\n`);
  const { bytes, gzipBytes } = bundle;
  if (json)
    writeFileSync(
      json,
      JSON.stringify({ machine, pace, findings, counted, bytes, gzipBytes, startup }, null, 2),
    );
}

/**
 * @template T
 * @param {string} name @param {() => Promise<T>} measure @returns {Promise<T | undefined>}
 */
async function attempt(name, measure) {
  try {
    return await measure();
  } catch (error) {
    progress(`${name} broke: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
    return undefined;
  }
}

/** @param {import("./build.mjs").Bundle} bundle @param {{ scratch: string, quick: boolean }} how */
async function startupOf(bundle, { scratch, quick }) {
  const { compatibilityDate, compatibilityFlags } = await projectOptions();
  const compatibility = { date: compatibilityDate ?? "", flags: compatibilityFlags ?? [] };
  return measureStartup(bundle, { scratch: join(scratch, "startup"), compatibility, quick });
}

/** @param {import("./finding.mjs").Finding | undefined} finding */
function reserveRate(finding) {
  return finding ? medianTurn(finding.turnsByLabel.reserve ?? []).perSecond : Number.NaN;
}
