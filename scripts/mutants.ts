/**
 * npm run test:mutants: breaks one law of the service at a time, in a copy of the tree, and expects the tests named for it to
 * notice. `npm run test:mutants -- hold` takes only the mutants with "hold" in their names. Exit code 1: a mutant survived, or
 * the list no longer fits the code.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { misfit, MUTANTS } from "../test/mutants/list.ts";
import type { Mutant } from "../test/mutants/mutant.ts";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const NOT_COPIED = new Set(["node_modules", ".git", ".wrangler", "coverage", "dist"]);
/** A mutant may loop for ever; that is noticed too. */
const MUTANT_TIMEOUT_MS = 300_000;
const GREEN_TIMEOUT_MS = 3_600_000;
/** Each in a copy of its own. */
const AT_ONCE = 3;

interface Verdict {
  fate: "noticed" | "SURVIVED" | "BROKEN";
  /** The first test that failed, or what went wrong. */
  detail: string;
}

interface TestReport {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), "holdfast-mutants-"));
  cpSync(PROJECT, copy, {
    recursive: true,
    filter: (source) => !NOT_COPIED.has(basename(source)) || relative(PROJECT, source) === "",
  });
  symlinkSync(join(PROJECT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** The report of a run; undefined: it was ended because it took too long. */
function runTests(
  copy: string,
  tests: readonly string[],
  { bail, workers, timeoutMs }: { bail: number; workers: number; timeoutMs: number },
): Promise<TestReport | undefined> {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const vitest = join(PROJECT, "node_modules", "vitest", "vitest.mjs");
  const reporter = ["--reporter=json", `--outputFile=${report}`, `--bail=${bail}`, `--maxWorkers=${workers}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, "run", ...reporter, ...tests], {
      cwd: copy,
      stdio: "pipe",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (output += String(chunk)));
    const stop = () => child.kill("SIGTERM");
    process.once("exit", stop);
    let tooLong = false;
    const timer = setTimeout(() => {
      tooLong = true;
      stop();
    }, timeoutMs);
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      process.off("exit", stop);
      if (tooLong) return resolve(undefined);
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- vitest's own report
        resolve(JSON.parse(readFileSync(report, "utf8")) as TestReport);
      } catch (error) {
        reject(new Error(`vitest gave no report:\n${output.slice(-2000)}`, { cause: error }));
      }
    });
  });
}

function judge(report: TestReport | undefined): Verdict {
  if (!report) return { fate: "noticed", detail: "the tests did not end" };
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.find(({ status }) => status === "failed");
  if (failed) return { fate: "noticed", detail: failed.fullName };
  const unread = report.testResults.find(({ message }) => message !== "");
  if (unread) return { fate: "BROKEN", detail: `${basename(unread.name)} did not run: ${unread.message}` };
  if (all.length === 0) return { fate: "BROKEN", detail: "no test ran" };
  return { fate: "SURVIVED", detail: `${all.length} tests saw nothing` };
}

async function tryMutant(copy: string, mutant: Mutant): Promise<Verdict> {
  const path = join(copy, mutant.file);
  const source = readFileSync(path, "utf8");
  // A function, so that a `$` in the text is not taken for a pattern.
  writeFileSync(
    path,
    source.replace(mutant.search, () => mutant.replace),
  );
  try {
    return judge(await runTests(copy, mutant.tests, { bail: 1, workers: 1, timeoutMs: MUTANT_TIMEOUT_MS }));
  } catch (error) {
    return { fate: "BROKEN", detail: error instanceof Error ? error.message : String(error) };
  } finally {
    writeFileSync(path, source);
  }
}

function print(name: string, { fate, detail }: Verdict, startedAt: number): void {
  const seconds = `${Math.round((Date.now() - startedAt) / 1000)} s`.padStart(5);
  console.log(`${fate.padEnd(8)} ${seconds}  ${name}\n${" ".repeat(16)}${detail}`);
}

/**
 * What the mutants' tests say of the code as it is: a test that fails anyway notices nothing. One that fails beside the others has a
 * second try by itself, as it will be run.
 */
async function requireGreen(copy: string, chosen: readonly Mutant[]): Promise<void> {
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  console.log(`${chosen.length} mutants. First their ${tests.length} test files on the code as it is ...`);
  const options = { bail: 0, timeoutMs: GREEN_TIMEOUT_MS };
  const report = await runTests(copy, tests, { ...options, workers: AT_ONCE });
  const failed = (report?.testResults ?? [])
    .filter(({ status }) => status !== "passed")
    .map(({ name }) => name);
  if (failed.length > 0)
    console.log(`once more, by themselves: ${failed.map((name) => basename(name)).join(", ")}`);
  for (const name of failed) {
    const verdict = judge(await runTests(copy, [relative(copy, name)], { ...options, workers: 1 }));
    if (verdict.fate !== "SURVIVED") throw new Error(`without any mutant: ${verdict.detail}`);
  }
  if (!report) throw new Error("without any mutant: the tests did not end");
}

async function main(wanted: readonly string[]): Promise<number> {
  const chosen = MUTANTS.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const misfits = chosen.flatMap((mutant) => {
    const why = misfit(PROJECT, mutant);
    return why === undefined ? [] : [`${mutant.name}: ${why}`];
  });
  if (chosen.length === 0) misfits.push(`no mutant's name contains ${wanted.join(" or ")}`);
  if (misfits.length > 0) throw new Error(`test/mutants does not fit the code:\n${misfits.join("\n")}`);
  // Started one after the other, they wait more than they work.
  const copies = Array.from({ length: AT_ONCE }, copyTree);
  process.once("exit", () => copies.forEach((copy) => rmSync(copy, { recursive: true, force: true })));
  await requireGreen(copies[0] ?? "", chosen);
  const missed: string[] = [];
  const waiting = chosen.values();
  const tryInTurn = async (copy: string) => {
    for (const mutant of waiting) {
      const startedAt = Date.now();
      const verdict = await tryMutant(copy, mutant);
      print(mutant.name, verdict, startedAt);
      if (verdict.fate !== "noticed") missed.push(mutant.name);
    }
  };
  await Promise.all(copies.map(tryInTurn));
  console.log(`\n${chosen.length - missed.length} of ${chosen.length} mutants were noticed.`);
  for (const name of missed) console.log(`not noticed: ${name}`);
  return missed.length > 0 ? 1 : 0;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
