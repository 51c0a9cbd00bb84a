/** The project's tools as child processes: on the Node that runs this, quiet, and ended when they take too long. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

const TIMEOUT_MS = 120_000;
const execute = promisify(execFile);

/** What one check found. */
export interface Finding {
  /** What holds, with its figures. */
  figure: string;
  /** What does not, and what to do about it; none: all is well. */
  problems: string[];
}

export function wrangler(args: readonly string[]): Promise<string> {
  return run(join("wrangler", "bin", "wrangler.js"), args);
}

export function drizzleKit(args: readonly string[]): Promise<string> {
  return run(join("drizzle-kit", "bin.cjs"), args);
}

/** Answers what it printed. Throws with all its output when it fails. */
async function run(script: string, args: readonly string[]): Promise<string> {
  const path = join(PROJECT, "node_modules", script);
  const running = execute(process.execPath, [path, ...args], { cwd: PROJECT, timeout: TIMEOUT_MS });
  // Whoever asks something gets no answer.
  running.child.stdin?.end();
  try {
    return (await running).stdout;
  } catch (error) {
    throw new Error(`${script} ${args.join(" ")} failed:\n${outputOf(error)}`, { cause: error });
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "stdout" in error && "stderr" in error ? `${error.stdout}${error.stderr}` : error.message;
}
