/**
 * All end-to-end tests, each in a process of its own: npm run test:e2e -- [--soak] [SETS.CSV] Two at a time, as most of them wait more
 * than they work; those that measure, or share a port or a file with others, by themselves. `--soak`: the long versions, one after
 * the other. Without Rebrickable's sets.csv the demo data is imported.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pLimit from "p-limit";

const {
  values: { soak },
  positionals: csv,
} = parseArgs({ options: { soak: { type: "boolean" } }, allowPositionals: true });

const TESTS = [
  ["hot-stock.ts"],
  ["kill9.ts", "--rounds", soak ? "50" : "3"],
  ["linearizable.ts", "--rounds", soak ? "25" : "2"],
  ["d1-outage.ts"],
  ["book-lock.ts"],
  ["poison.ts"],
  ["restore.ts"],
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
  ["upgrade.ts"],
  ["ledgers.ts", ...(soak ? ["--rounds", "5"] : [])],
  [
    "archive.ts",
    ...(soak ? ["--events", "288000", "--changes", "12000", "--kept", "10000", "--kills", "5"] : []),
  ],
  ["reference.ts"],
  ["readme.ts"],
];

/** They measure; they use the port of `npm start`; they change package.json for a moment. */
const BY_THEMSELVES = new Set(["subscribers.ts", "reference.ts", "readme.ts", "client-package.ts"]);
const AT_ONCE = 2;

const failed: string[] = [];
const [alone, together] = [true, false].map((isAlone) =>
  TESTS.filter(([file = ""]) => BY_THEMSELVES.has(file) === isAlone),
);
await pLimit(soak ? 1 : AT_ONCE).map(together ?? [], run);
await pLimit(1).map(alone ?? [], run);
console.log(failed.length === 0 ? "all end-to-end tests passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** What it prints comes at its end, in one piece. */
async function run([file = "", ...args]: string[]): Promise<void> {
  const test = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: Buffer[] = [];
  for (const stream of [test.stdout, test.stderr]) stream.on("data", (piece: Buffer) => printed.push(piece));
  const [code] = await once(test, "close");
  process.stdout.write(Buffer.concat([Buffer.from(`\n${file}\n`), ...printed]));
  if (code !== 0) failed.push(file);
}
