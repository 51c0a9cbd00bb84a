/**
 * A real shop's invoices, replayed three times: the first run is broken off by its client, in the second the
 * server is killed under it, the third has nothing left to do. Then file, objects, log and verifier must
 * agree to the unit.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiClient } from "../../scripts/api-client.ts";
import { runChecks } from "../../scripts/retail/checks.ts";
import { readLines, sumById } from "../../scripts/retail/lines.ts";
import { planReplay } from "../../scripts/retail/plan.ts";
import { replay, type Done } from "../../scripts/retail/replay.ts";
import { checkSummary } from "../../scripts/retail/summary.ts";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { runTest } from "./run-test.ts";

const FILE = join(PROJECT_DIRECTORY, "data", "retail-excerpt.csv");
const CONCURRENCY = 16;
const MAX_TRIES = 12;

await runTest({
  title: "retail: a real shop's invoices, broken off, killed, and once more",
  what: "R7 a shop's invoices",
  limitSeconds: 1200,
  run: async ({ server, positionals, signal, say, tried, expect, find }) => {
    const [file = FILE] = positionals;
    const lines = readLines(readFileSync(file, "utf8"));
    const plan = planReplay(lines);
    const newClient = (stop = signal) =>
      new ApiClient({ url: server.url, apiKey: server.keys.admin, signal: stop, tries: MAX_TRIES });
    const run = async (api: ApiClient, onStep = () => {}): Promise<Done> => {
      const done = await replay(plan, { api, concurrency: CONCURRENCY, onStep });
      const { calls, retries, replayed } = api.counts;
      say(`${calls} calls, ${retries} retries, ${replayed} answered from an earlier try`);
      return done;
    };

    const stopping = new AbortController();
    const first = newClient(AbortSignal.any([signal, stopping.signal]));
    const brokenOff = await run(
      first,
      afterSteps(Math.floor(plan.steps.length / 4), () => stopping.abort()),
    ).then(
      () => false,
      () => true,
    );
    signal.throwIfAborted();
    expect(brokenOff, "the first run came to its end");
    say(`the first run was broken off after ${first.counts.calls} answers`);

    let back: Promise<void> | undefined;
    const kill = async () => {
      await server.kill9();
      await server.restart();
    };
    const second = newClient();
    await run(
      second,
      afterSteps(Math.floor(plan.steps.length / 2), () => {
        back = kill();
      }),
    );
    await back;
    expect(second.counts.replayed > 0, "the second run found nothing of the first");
    expect(second.counts.retries > 0, "the second run was not disturbed by the kill");

    const third = newClient();
    const done = await run(third);
    const { calls, replayed } = third.counts;
    expect(replayed === calls, `${calls - replayed} calls of the third run did something new`);

    const checks = await runChecks({
      plan,
      done,
      sumById: sumById(lines),
      api: third,
      concurrency: CONCURRENCY,
    });
    for (const text of checkSummary(checks)) say(text);
    tried(`${lines.length} invoice lines`);
    tried(`${plan.products.length} products`);
    tried("broken off, killed, repeated");
    find(checks.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`)));
  },
});

/** Calls `act` once, when `count` steps are done. */
function afterSteps(count: number, act: () => void): () => void {
  let steps = 0;
  return () => {
    if (++steps === count) act();
  };
}
