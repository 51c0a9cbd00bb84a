/**
 * A real shop's invoices, replayed three times: the first run is broken off by its client, in the second the server is
 * killed under it, the third has nothing left to do. Then file, objects, log and verifier must agree to the unit.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createCaller } from "../../scripts/retail/caller.mjs";
import { runChecks } from "../../scripts/retail/checks.mjs";
import { readLines, sumById } from "../../scripts/retail/lines.mjs";
import { planReplay } from "../../scripts/retail/plan.mjs";
import { replay } from "../../scripts/retail/replay.mjs";
import { checkSummary } from "../../scripts/retail/summary.mjs";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.mjs";
import { runDrill } from "./drill.mjs";

const FILE = join(PROJECT_DIRECTORY, "data", "retail-excerpt.csv");
const CONCURRENCY = 16;

await runDrill({
  title: "retail: a real shop's invoices, broken off, killed, and once more",
  limitSeconds: 180,
  run: async ({ server, signal, say, expect, find }) => {
    const lines = readLines(readFileSync(FILE, "utf8"));
    const plan = planReplay(lines);
    const stepsBeforeStop = Math.floor(plan.steps.length / 4);
    const stepsBeforeKill = Math.floor(plan.steps.length / 2);
    const run = async (caller, onStep) => {
      const done = await replay(plan, { caller, concurrency: CONCURRENCY, onStep });
      const { calls, retries, replayed } = caller.counts;
      say(`${calls} calls, ${retries} retries, ${replayed} answered from an earlier try`);
      return done;
    };
    const newCaller = (stop = signal) =>
      createCaller({ url: server.url, key: server.keys.admin, signal: stop });

    const stopping = new AbortController();
    const first = newCaller(AbortSignal.any([signal, stopping.signal]));
    const brokenOff = await run(
      first,
      afterSteps(stepsBeforeStop, () => stopping.abort()),
    ).then(
      () => false,
      () => true,
    );
    signal.throwIfAborted();
    expect(brokenOff, "the first run came to its end");
    say(`the first run was broken off after ${first.counts.calls} answers`);

    let back;
    const kill = async () => {
      await server.kill9();
      await server.restart();
    };
    const second = newCaller();
    await run(
      second,
      afterSteps(stepsBeforeKill, () => {
        back = kill();
      }),
    );
    await back;
    expect(second.counts.replayed > 0, "the second run found nothing of the first");
    expect(second.counts.retries > 0, "the second run was not disturbed by the kill");

    const third = newCaller();
    const done = await run(third);
    expect(
      third.counts.replayed === third.counts.calls,
      `${third.counts.calls - third.counts.replayed} calls of the third run did something new`,
    );

    const checks = await runChecks({
      plan,
      done,
      sumById: sumById(lines),
      caller: third,
      concurrency: CONCURRENCY,
    });
    for (const text of checkSummary(checks)) say(text);
    find(checks.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`)));
  },
});

/** Calls `act` once, when `count` steps are done. */
function afterSteps(count, act) {
  let steps = 0;
  return () => {
    if (++steps === count) act();
  };
}
