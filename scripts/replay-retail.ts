/**
 * npm run replay -- FILE [--url http://127.0.0.1:8787 [--key admin-demo]] [--persist-to DIR] [--limit LINES]
 *   [--concurrency 16]
 * FILE has invoice lines in the columns of UCI's Online Retail. Without --url a Holdfast is started for it, on data that
 * goes afterwards unless --persist-to names a place. Ends with 1 when anything differs.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createCaller } from "./retail/caller.mjs";
import { runChecks } from "./retail/checks.mjs";
import { describeLines, readLines, sumById } from "./retail/lines.mjs";
import { startOwnServer } from "./retail/own-server.mjs";
import { planReplay } from "./retail/plan.mjs";
import { replay } from "./retail/replay.mjs";
import { checkSummary, lineSummary, runSummary } from "./retail/summary.mjs";

const USAGE =
  "usage: npm run replay -- FILE [--url URL [--key KEY]] [--persist-to DIR] [--limit LINES] [--concurrency N]";
const DEFAULT_CONCURRENCY = 16;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort(new Error("stopped")));

try {
  process.exitCode = await run(process.argv.slice(2), stopping.signal);
} catch (error) {
  console.error(error.cause ? `${error.message}: ${error.cause.message}` : error.message);
  process.exitCode = 1;
}

/** @returns {Promise<number>} the exit code */
async function run(args, signal) {
  const { file, url, key, persistTo, limit, concurrency } = readArgs(args);
  const lines = readLines(readFileSync(file, "utf8"), limit);
  const plan = planReplay(lines);
  show(lineSummary(describeLines(lines), lines.length));

  const server = url === undefined ? await startOwnServer({ persistTo, signal }) : undefined;
  try {
    const caller = createCaller({ url: server?.url ?? url, key: server?.key ?? key, signal });
    const startedAt = performance.now();
    const done = await replay(plan, { caller, concurrency });
    const seconds = (performance.now() - startedAt) / 1000;
    const opening = plan.products.reduce((sum, product) => sum + product.opening, 0);
    show(runSummary({ done, counts: { ...caller.counts }, lines: lines.length, seconds, opening }));

    const checks = await runChecks({ plan, done, sumById: sumById(lines), caller, concurrency });
    show(checkSummary(checks));
    return checks.some(({ findings }) => findings.length > 0) ? 1 : 0;
  } catch (error) {
    if (server && !signal.aborted) console.error(`The last that the server printed:\n${server.output()}`);
    throw error;
  } finally {
    await server?.stop();
  }
}

function readArgs(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: "string" },
      key: { type: "string", default: "admin-demo" },
      "persist-to": { type: "string" },
      limit: { type: "string" },
      concurrency: { type: "string", default: String(DEFAULT_CONCURRENCY) },
    },
  });
  const [file] = positionals;
  if (!file || positionals.length > 1) throw new Error(USAGE);
  return {
    file,
    url: values.url,
    key: values.key,
    persistTo: values["persist-to"],
    limit: values.limit === undefined ? undefined : count(values.limit),
    concurrency: count(values.concurrency),
  };
}

function count(text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${text} is no count. ${USAGE}`);
  return number;
}

function show(texts) {
  console.log(`${texts.join("\n")}\n`);
}
