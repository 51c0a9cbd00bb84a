/**
 * All end-to-end tests, each in a process of its own: npm run test:e2e -- [SETS.CSV] Two at a time, as most of them wait more than
 * they work; those that measure, or share a port or a file with others, by themselves. Without Rebrickable's sets.csv the demo
 * data is imported. Their long versions: soak.ts.
 */
import pLimit from "p-limit";
import { runFile } from "./run-file.ts";

const csv = process.argv.slice(2);

const TESTS = [
  ["hot-stock.ts"],
  ["kill9.ts", "--rounds", "3"],
  ["orders.ts", "--rounds", "2"],
  ["linearizable.ts", "--rounds", "2"],
  ["d1-outage.ts"],
  ["book-lock.ts"],
  ["poison.ts"],
  ["restore.ts"],
  ["batches.ts"],
  ["webhook-receiver.ts"],
  ["retail.ts"],
  ["sources.ts"],
  ["subscribers.ts"],
  ["import-all.ts", ...csv],
  ["search.ts", ...csv],
  ["fuzz.ts"],
  ["browser.ts"],
  ["client.ts"],
  ["client-package.ts"],
  ["examples.ts"],
  ["metrics.ts"],
  ["deploy.ts"],
  ["upgrade.ts"],
  ["ledgers.ts"],
  ["archive.ts"],
  ["reference.ts"],
  ["readme.ts"],
];

/** They measure; they use the port of `npm start`; they change package.json for a moment. */
const BY_THEMSELVES = new Set(["subscribers.ts", "reference.ts", "readme.ts", "client-package.ts"]);
const AT_ONCE = 2;

const [alone = [], together = []] = [true, false].map((isAlone) =>
  TESTS.filter(([file = ""]) => BY_THEMSELVES.has(file) === isAlone),
);
const runs = [...(await pLimit(AT_ONCE).map(together, runFile)), ...(await pLimit(1).map(alone, runFile))];
const failed = runs.filter(({ passed }) => !passed).map(({ file }) => file);
console.log(failed.length === 0 ? "all end-to-end tests passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
