/**
 * `npm run bench`: builds, measures, prints. A benchmark, not a test: it fails only when something breaks.
 */
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { logProgress } from "../scripts/progress.ts";
import { renderAgainst } from "./against.ts";
import { USAGE, readArguments, type BenchOptions } from "./arguments.ts";
import { readCatalog } from "./catalog.ts";
import { buildEntry, buildHoldfast, type Bundle } from "./build.ts";
import { LoadGenerator } from "./load.ts";
import { describeMachine } from "./machine.ts";
import type { Measurement } from "./measurement.ts";
import { bigBook } from "./measures/big-book.ts";
import { lagOfTheBook, reserveWithoutBook } from "./measures/book.ts";
import { commandLists } from "./measures/command-lists.ts";
import { reserveHeld } from "./measures/holds.ts";
import { importCatalog } from "./measures/import.ts";
import { catalogRead, stockRead } from "./measures/reads.ts";
import { refusedReserve } from "./measures/refusals.ts";
import { cpuPerReserve, reserveOnOne, reserveOverMany } from "./measures/reservations.ts";
import { searchCatalog } from "./measures/search.ts";
import { reserveWatched } from "./measures/subscribers.ts";
import { reserveFollowed } from "./measures/webhooks.ts";
import { renderResult } from "./report.ts";
import { readResult, type Result } from "./result.ts";
import { countRows } from "./rows.ts";
import { withStage, type Stage } from "./stage.ts";
import { measureStartup } from "./startup.ts";

const options = readArguments();
if (options.help) {
  process.stdout.write(`${USAGE}\n`);
} else {
  const { json, against } = options;
  // Before the minutes that it takes.
  const then = against === undefined ? undefined : readResult(against);
  using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-bench-"));
  const result = await bench(options, scratch.path);
  if (json !== undefined) writeFileSync(json, JSON.stringify(result, null, 2));
  const parts = [renderResult(result), ...(then ? [renderAgainst(result, then)] : [])];
  process.stdout.write(`${parts.join("\n\n")}\n`);
}

async function bench({ pace, only, sets }: BenchOptions, scratch: string): Promise<Result> {
  const at = new Date().toISOString();
  const machine = describeMachine();
  logProgress("building the Worker and the baseline");
  const bundle = await buildHoldfast(join(scratch, "holdfast"));
  const baseline = await buildEntry("baseline", join(scratch, "baseline"));
  await using load = new LoadGenerator();
  const on = (holdfast: Bundle, measure: (stage: Stage) => Promise<Measurement>) =>
    withStage({ baseline, holdfast, load, pace }, measure);
  const entry = (name: string) => buildEntry(name, join(scratch, name));
  const wanted = (...ids: string[]) => ids.some((id) => only.has(id));
  /** Undefined when none of `ids` is wanted, or when it breaks: the others go on. */
  const measured = async <T>(ids: string[], measure: () => Promise<T>): Promise<T | undefined> => {
    if (!wanted(...ids)) return undefined;
    try {
      return await measure();
    } catch (error) {
      logProgress(`${ids[0]} broke: ${inspect(error)}`);
      process.exitCode = 1;
      return undefined;
    }
  };

  const counted = await measured(["rows"], async () => countRows(await entry("counting")));
  const hot = await measured(["B1", "B12"], () => on(bundle, reserveOnOne));
  const spread = await measured(["B2", "B12"], () => on(bundle, reserveOverMany));
  const measurements = [
    hot,
    spread,
    await measured(["B3"], () => on(bundle, catalogRead)),
    await measured(["B4"], () => on(bundle, stockRead)),
    await measured(["B5"], () => on(bundle, (stage) => refusedReserve(stage, counted?.refusals))),
    await measured(["B6"], () => on(bundle, (stage) => reserveWatched(stage, bundle))),
    await measured(["B7"], () => on(bundle, (stage) => reserveWithoutBook(stage, bundle))),
    await measured(["B8"], async () => {
      const filling = await entry("command-lists");
      return on(filling, (stage) => reserveHeld(stage, filling));
    }),
    await measured(["B9"], () => on(bundle, lagOfTheBook)),
    await measured(["B10"], () => on(bundle, (stage) => importCatalog(stage, readCatalog(sets)))),
    await measured(["B11"], () => on(bundle, (stage) => searchCatalog(stage, readCatalog(sets)))),
    wanted("B12") && hot?.race && spread?.race ? cpuPerReserve(hot.race, spread.race) : undefined,
    await measured(["B13"], async () => on(await entry("command-lists"), commandLists)),
    await measured(["B14"], () => bigBook(join(scratch, "row-reading"), { quick: pace.quick === true })),
    await measured(["B15"], () => on(bundle, (stage) => reserveFollowed(stage, bundle))),
  ].filter((one) => one !== undefined);
  const startup = await measured(["startup"], () =>
    measureStartup(bundle, join(scratch, "startup"), pace.quick === true),
  );
  const { gzipBytes } = bundle;
  return {
    at,
    machine,
    pace,
    measurements,
    ...(counted && { counted }),
    ...(wanted("size") && { gzipBytes }),
    ...(startup && { startup }),
  };
}
