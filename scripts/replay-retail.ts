/**
 * npm run replay -- FILE [--url http://127.0.0.1:8787 [--key admin-demo]] [--persist-to DIR] [--limit LINES]
 *   [--concurrency 16]
 * FILE has invoice lines in the columns of UCI's Online Retail. Without --url a Holdfast is started for it,
 * on data that goes afterwards unless --persist-to names a place. Ends with 1 when anything differs.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ApiClient } from "./api-client.ts";
import { runCommand } from "./command.ts";
import { startLocalServer } from "./local-server.ts";
import { runChecks } from "./retail/checks.ts";
import { describeLines, readLines, sumById } from "./retail/lines.ts";
import { planReplay } from "./retail/plan.ts";
import { replay } from "./retail/replay.ts";
import { checkSummary, lineSummary, runSummary } from "./retail/summary.ts";

const USAGE =
  "usage: npm run replay -- FILE [--url URL [--key KEY]] [--persist-to DIR] [--limit LINES] [--concurrency N]";
const DEFAULT_CONCURRENCY = 16;
const MAX_TRIES = 12;

await runCommand(async (signal) => {
  const { file, url, key, persistTo, limit, concurrency } = readArgs();
  const lines = readLines(readFileSync(file, "utf8"), limit);
  const plan = planReplay(lines);
  show(lineSummary(describeLines(lines), lines.length));

  await using server = url === undefined ? await startLocalServer({ persistTo, signal }) : undefined;
  try {
    const target = { url: server?.url ?? url ?? "", apiKey: server?.keys.admin ?? key };
    const api = new ApiClient({ ...target, signal, tries: MAX_TRIES });
    const startedAt = performance.now();
    const done = await replay(plan, { api, concurrency });
    const seconds = (performance.now() - startedAt) / 1000;
    const opening = plan.products.reduce((sum, product) => sum + product.opening, 0);
    show(runSummary({ done, counts: { ...api.counts }, lines: lines.length, seconds, opening }));

    const checks = await runChecks({ plan, done, sumById: sumById(lines), api, concurrency });
    show(checkSummary(checks));
    return checks.some(({ findings }) => findings.length > 0) ? 1 : 0;
  } catch (error) {
    if (server && !signal.aborted) console.error(`The last that the server printed:\n${server.output()}`);
    throw error;
  }
});

function readArgs() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: "string" },
      key: { type: "string", default: "admin-demo" },
      "persist-to": { type: "string" },
      limit: { type: "string" },
      concurrency: { type: "string", default: String(DEFAULT_CONCURRENCY) },
      help: { type: "boolean" },
    },
  });
  const [file] = positionals;
  if (!file || positionals.length > 1 || values.help) throw new Error(USAGE);
  return {
    file,
    url: values.url,
    key: values.key,
    persistTo: values["persist-to"],
    limit: values.limit === undefined ? undefined : count(values.limit),
    concurrency: count(values.concurrency),
  };
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${text} is no count. ${USAGE}`);
  return number;
}

function show(texts: string[]): void {
  console.log(`${texts.join("\n")}\n`);
}
