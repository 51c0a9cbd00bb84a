/**
 * The long versions of what runs inside workerd, in several processes at once, each with a seed of its own:
 *   npx node test/e2e/in-workerd.ts --what R1 --runs 10000
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { PROJECT_DIRECTORY } from "../../scripts/wrangler.ts";
import { resultLine } from "./result-line.ts";

interface Long {
  what: string;
  of: string;
  tests: string[];
  /** What says how many; none: it is always all of them. */
  variable?: string;
  processes: number;
}

const LONG: Record<string, Long> = {
  R1: {
    what: "R1 histories against a reference model",
    of: "histories",
    tests: ["first-third", "second-third", "last-third"].map((name) => `test/model/${name}.test.ts`),
    variable: "MODEL_RUNS",
    processes: 2,
  },
  R4: {
    what: "R4 histories while D1, KV, hubs and alarms fail",
    of: "histories of three products",
    tests: ["test/model/faults.test.ts"],
    variable: "FAULT_RUNS",
    processes: 3,
  },
  R5: {
    what: "R5 order coordinator killed at every moment",
    of: "moments",
    tests: ["test/objects/order/crash.test.ts"],
    processes: 1,
  },
};

const report = z.object({
  testResults: z.array(
    z.object({
      message: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()),
          meta: z.object({ tried: z.number().optional() }),
        }),
      ),
    }),
  ),
});

const { values } = parseArgs({
  options: { what: { type: "string" }, runs: { type: "string", default: "0" } },
});
const long = LONG[values.what ?? ""];
if (!long) throw new Error(`--what ${Object.keys(LONG).join(" | ")}`);

const reports = await Promise.all(Array.from({ length: long.processes }, () => runTests(long)));
const files = reports.flatMap(({ testResults }) => testResults);
const tests = files.flatMap(({ assertionResults }) => assertionResults);
const failed = tests.filter(({ status }) => status !== "passed");
for (const { fullName, failureMessages } of failed)
  console.log(`FOUND: ${fullName}\n${failureMessages.join("\n")}`);
const unread = files.filter(({ message }) => message !== "");
for (const { message } of unread) console.log(`FOUND: ${message}`);
const tried = tests.reduce((sum, { meta }) => sum + (meta.tried ?? 0), 0);
const isWhole = tried >= Number(values.runs);
if (!isWhole) console.log(`FOUND: only ${tried} were tried`);
const differences = failed.length + unread.length + (isWhole ? 0 : 1);
console.log(resultLine({ what: long.what, tried: `${tried} ${long.of}`, differences }));
process.exitCode = differences === 0 ? 0 : 1;

/** What vitest says of them at their end. */
async function runTests({ tests: paths, variable, processes }: Long): Promise<z.infer<typeof report>> {
  using scratch = mkdtempDisposableSync(join(tmpdir(), "holdfast-long-"));
  const file = join(scratch.path, "report.json");
  const share = String(Math.ceil(Number(values.runs) / processes));
  const vitest = join(PROJECT_DIRECTORY, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(
    process.execPath,
    [vitest, "run", "--reporter=json", `--outputFile=${file}`, ...paths],
    {
      cwd: PROJECT_DIRECTORY,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, ...(variable !== undefined && { [variable]: share }) },
    },
  );
  const stop = () => child.kill("SIGTERM");
  process.once("exit", stop);
  await once(child, "close");
  process.off("exit", stop);
  return report.parse(JSON.parse(readFileSync(file, "utf8")));
}
