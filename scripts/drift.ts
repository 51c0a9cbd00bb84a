/** npm run drift: what was generated, and what was promised, is still what the sources say. Exit code 1: something is not. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkBundle } from "./drift/bundle.ts";
import { checkInstall } from "./drift/install.ts";
import { checkMigrations } from "./drift/migrations.ts";
import { PROJECT, type Finding } from "./drift/tool.ts";
import { checkTypes } from "./drift/types.ts";

type Check = (scratch: string) => Finding | Promise<Finding>;

const checks: readonly [name: string, check: Check][] = [
  ["install", checkInstall],
  ["types", checkTypes],
  ["migrations", checkMigrations],
  ["bundle", checkBundle],
];

async function passes(name: string, check: () => ReturnType<Check>): Promise<boolean> {
  try {
    const { figure, problems } = await check();
    console.log(problems.length === 0 ? `${name}: ${figure}` : `${name}: FAILED\n  ${problems.join("\n  ")}`);
    return problems.length === 0;
  } catch (error) {
    console.log(`${name}: FAILED\n  ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

process.loadEnvFile(join(PROJECT, "wrangler.env"));
const ours = join(PROJECT, ".wrangler");
mkdirSync(ours, { recursive: true });
const scratch = mkdtempSync(join(ours, "drift-"));
try {
  const passed = await Promise.all(checks.map(([name, check]) => passes(name, () => check(scratch))));
  process.exitCode = passed.every(Boolean) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
