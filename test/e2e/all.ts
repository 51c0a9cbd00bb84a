/**
 * All end-to-end tests, each in a process of its own: npm run test:e2e -- [SETS.CSV] Two at a time, as most of them wait more than
 * they work; those that measure, or change a file of others, by themselves. Without Rebrickable's sets.csv the demo
 * data is imported. Their long versions: soak.ts.
 */
import pLimit from "p-limit";
import { prepareEmptyBook } from "../../scripts/local-server.ts";
import { useMemoryFor } from "../../scripts/memory-directory.ts";
import { runFile } from "./run-file.ts";

const csv = process.argv.slice(2);

/** The longest first, so that both at a time end together. */
const TESTS = [
  ["search.ts", ...csv],
  ["metrics.ts"],
  ["ledgers.ts"],
  ["fuzz.ts"],
  ["upgrade.ts"],
  ["deploy.ts"],
  ["sources.ts"],
  ["webhook-receiver.ts"],
  ["retail.ts"],
  ["archive.ts"],
  ["poison.ts"],
  ["orders.ts", "--rounds", "2"],
  ["client.ts"],
  ["reference.ts"],
  ["kill9.ts", "--rounds", "3"],
  ["restore.ts"],
  ["batches.ts"],
  ["examples.ts"],
  ["book-lock.ts"],
  ["hot-stock.ts"],
  ["import-all.ts", ...csv],
  ["linearizable.ts", "--rounds", "2"],
  ["readme.ts"],
  ["d1-outage.ts"],
  ["browser.ts"],
];

/** Two measure, one changes package.json for a moment. */
const BY_THEMSELVES = [["subscribers.ts"], ["console.ts"], ["client-package.ts"]];
const AT_ONCE = 2;
/** Both together have less. */
const MOST_STORED_BYTES = 2 * 1024 ** 3;

useMemoryFor(MOST_STORED_BYTES);
using places = new DisposableStack();
places.use(await prepareEmptyBook());
const runs = [
  ...(await pLimit(AT_ONCE).map(TESTS, runFile)),
  ...(await pLimit(1).map(BY_THEMSELVES, runFile)),
];
const failed = runs.filter(({ passed }) => !passed).map(({ file }) => file);
const took = runs.map(({ file, seconds }) => `${file} ${Math.round(seconds)} s`);
console.log(`\n${took.join(", ")}`);
console.log(failed.length === 0 ? "all end-to-end tests passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
