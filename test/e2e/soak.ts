/**
 * The long proof: npm run test:soak -- [--retail 2010-12.csv] [--only kill9.ts,memory.ts] Everything that could make the service wrong,
 * for an hour: random histories, concurrent clients, kills, outages, faults, load. Ends with a table of what was tried, and with 1
 * where anything differed. Two at a time, and beside them one that hardly works; those that measure by themselves.
 */
import { parseArgs } from "node:util";
import pLimit from "p-limit";
import { prepareEmptyBook } from "../../scripts/local-server.ts";
import { resultsIn, type Result } from "./result-line.ts";
import { runFile, type Run } from "./run-file.ts";

const {
  values: { retail, only },
} = parseArgs({ options: { retail: { type: "string" }, only: { type: "string" } } });

/** What works all the time beside what waits. */
const TOGETHER = [
  ["in-workerd.ts", "--what", "R1", "--runs", "10000"],
  ["kill9.ts", "--rounds", "50"],
  ["orders.ts", "--rounds", "30"],
  ["linearizable.ts", "--rounds", "25"],
  ["in-workerd.ts", "--what", "R4", "--runs", "600"],
  ["in-workerd.ts", "--what", "R5"],
  ["d1-outage.ts", "--seconds", "60"],
  ["book-lock.ts"],
  ["poison.ts"],
  ["restore.ts"],
  ["fuzz.ts", "--runs", "20000"],
  ["retail.ts", ...(retail === undefined ? [] : [retail])],
  ["ledgers.ts", "--rounds", "3"],
  ["archive.ts", "--events", "100000", "--changes", "8000", "--kept", "5000", "--kills", "5"],
  ["hot-stock.ts"],
];
/** A light load for a long time. */
const BESIDE = [["memory.ts"]];
const BY_THEMSELVES = [
  ["subscribers.ts", "--seconds", "60"],
  ["console.ts", "--long", "yes"],
];
const AT_ONCE = 2;

const chosen = (tests: string[][]) =>
  tests.filter(([file = ""]) => only === undefined || only.split(",").includes(file));
if (chosen([...TOGETHER, ...BESIDE, ...BY_THEMSELVES]).length === 0)
  throw new Error(`no part is named ${only}`);
using places = new DisposableStack();
places.use(await prepareEmptyBook());
const startedAt = performance.now();
const [together, beside] = await Promise.all([
  pLimit(AT_ONCE).map(chosen(TOGETHER), runFile),
  Promise.all(chosen(BESIDE).map(runFile)),
]);
const runs = [...together, ...beside, ...(await pLimit(1).map(chosen(BY_THEMSELVES), runFile))];

/** What ended without a word has not shown that nothing differs. */
function resultsOf({ file, output, passed }: Run): Result[] {
  const results = resultsIn(output);
  const isSilent = results.every(({ differences }) => differences === 0);
  return passed || !isSilent ? results : [...results, { what: file, tried: "did not end", differences: 1 }];
}

const rows = runs.flatMap((run) =>
  resultsOf(run).map(({ what, tried, differences }) => [
    what,
    tried,
    String(differences),
    `${(run.seconds / 60).toFixed(1)} min`,
  ]),
);
const HEAD = ["what", "tried", "differences", "took"];
const widths = HEAD.map((_, column) => Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0)));
const line = (row: string[]) => `| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
console.log(["", line(HEAD), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n"));
const minutes = (performance.now() - startedAt) / 60_000;
const differences = rows.reduce((sum, row) => sum + Number(row[2]), 0);
console.log(`\n${differences} differences, in ${minutes.toFixed(1)} minutes`);
process.exitCode = runs.every(({ passed }) => passed) && differences === 0 ? 0 : 1;
