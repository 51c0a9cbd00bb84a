/**
 * npm run monitoring -- [URL]: Prometheus' own tool looks at monitoring/ (its configuration, the alerts and their tests) and, where
 * a URL is named, at the metrics of a Holdfast that runs there (METRICS_KEY in the environment: its key). Exit code 1: something is
 * wrong. Where there is no promtool that is said, and nothing is looked at.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { PROJECT_DIRECTORY } from "./wrangler.ts";

const FILES = ["prometheus.yml", "alerts.yml", "alerts.test.yml"];
const FETCH_TIMEOUT_MS = 30_000;

interface Verdict {
  ok: boolean;
  /** What the tool said. */
  text: string;
}

/** undefined: this machine has none. */
export function promtool(args: readonly string[], input = ""): Verdict | undefined {
  const { error, status, stdout, stderr } = spawnSync("promtool", args, { input, encoding: "utf8" });
  if (error && "code" in error && error.code === "ENOENT") return undefined;
  if (error) throw error;
  return { ok: status === 0, text: `${stdout}${stderr}`.trim() };
}

async function checkAll(url: string | undefined): Promise<number> {
  if (!promtool(["--version"])) {
    console.log("promtool is not on this machine (Debian: apt-get install prometheus): nothing was checked");
    return 0;
  }
  using copy = mkdtempDisposableSync(join(tmpdir(), "holdfast-monitoring-"));
  const place = (name: string) => join(copy.path, name);
  for (const name of FILES) copyFileSync(join(PROJECT_DIRECTORY, "monitoring", name), place(name));
  // The configuration names it, and whoever deploys has one.
  writeFileSync(place("metrics-key"), "none");
  const checks: [name: string, args: string[], input?: string][] = [
    ["check config", [place("prometheus.yml")]],
    ["check rules", [place("alerts.yml")]],
    ["test rules", [place("alerts.test.yml")]],
  ];
  if (url !== undefined) checks.push(["check metrics", [], await metricsOf(url)]);
  const failed = checks.filter(([name, args, input]) => {
    const verdict = promtool([...name.split(" "), ...args], input);
    console.log(`promtool ${name}: ${verdict?.ok ? "passed" : `FAILED\n${verdict?.text}`}`);
    return !verdict?.ok;
  });
  return failed.length === 0 ? 0 : 1;
}

async function metricsOf(url: string): Promise<string> {
  const answer = await fetch(new URL("/metrics", url), {
    headers: { "X-API-Key": process.env["METRICS_KEY"] ?? "metrics-demo" },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

if (process.argv[1] === import.meta.filename) await runCommand(() => checkAll(process.argv[2]));
