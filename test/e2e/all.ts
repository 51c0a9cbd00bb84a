/**
 * All end-to-end tests, one after the other, each in a process of its own: npm run test:e2e -- [--soak]
 * [SETS.CSV] `--soak`: the long versions. Without Rebrickable's sets.csv the demo data is imported.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

const {
  values: { soak },
  positionals: csv,
} = parseArgs({ options: { soak: { type: "boolean" } }, allowPositionals: true });

const TESTS = [
  ["hot-stock.ts"],
  ["kill9.ts", "--rounds", soak ? "50" : "3"],
  ["d1-outage.ts"],
  ["book-lock.ts"],
  ["poison.ts"],
  ["batches.ts"],
  ["webhook-receiver.ts"],
  ["retail.ts"],
  ["sources.ts"],
  ["subscribers.ts", ...(soak ? ["--sockets", "3000", "--seconds", "120"] : [])],
  ["import-all.ts", ...csv],
  ["search.ts", ...csv, ...(soak ? ["--inserts", "1000"] : [])],
  ["fuzz.ts", "--runs", soak ? "20000" : "2000"],
  ["browser.ts"],
  ["client.ts"],
  ["client-package.ts"],
  ["examples.ts"],
  ["metrics.ts"],
  ["deploy.ts"],
  ["readme.ts"],
];

const failed = TESTS.filter(([file = "", ...args]) => {
  const command = [join(import.meta.dirname, file), ...args];
  return spawnSync(process.execPath, command, { stdio: "inherit" }).status !== 0;
});
const names = failed.map(([file]) => file).join(", ");
console.log(names === "" ? "all end-to-end tests passed" : `failed: ${names}`);
process.exitCode = failed.length === 0 ? 0 : 1;
