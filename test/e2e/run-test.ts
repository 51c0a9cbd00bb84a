/**
 * What all end-to-end tests share: a server that is always cleaned up, a bound in time, findings, and an exit
 * code.
 */
import { once } from "node:events";
import { inspect, parseArgs } from "node:util";
import { ApiClient } from "../../scripts/api-client.ts";
import { runCommand } from "../../scripts/command.ts";
import { startLocalServer, type LocalServer, type LocalWorker } from "../../scripts/local-server.ts";
import { withElapsed } from "../../scripts/progress.ts";
import { resultLine } from "./result-line.ts";

const MAX_FINDINGS_SHOWN = 30;

/** By name, without dashes. */
type Values = Partial<Record<string, string>>;

interface Definition {
  title: string;
  /** In the table of what was tried: the title unless said. */
  what?: string;
  limitSeconds: number | ((values: Values) => number);
  /**
   * Its own options, with their defaults. Every test takes `--port`, and `--from`: the data that its server
   * begins with.
   */
  options?: Record<string, string>;
  /** workerd's inspector listens here. */
  inspectorPort?: number;
  /** Variables of the Worker. */
  vars?: Record<string, string>;
  /** What its server begins with: today's code unless said. */
  worker?: LocalWorker;
  run: (test: Test) => Promise<void>;
}

export interface Test {
  server: LocalServer;
  /** An admin's. */
  api: ApiClient;
  values: Values;
  positionals: string[];
  /** Aborts when the time is over. */
  signal: AbortSignal;
  say: (text: string) => void;
  /** How much was tried: `50 kills`. */
  tried: (text: string) => void;
  expect: (condition: boolean, otherwise: string) => void;
  find: (findings: string[]) => void;
}

/** Runs a test and ends the process: with 0 when nothing was found. */
export async function runTest(definition: Definition): Promise<never> {
  const { title, what = title, limitSeconds, options = {}, inspectorPort, vars, worker, run } = definition;
  const named = Object.entries(options).map(
    ([name, value]) => [name, { type: "string", default: value }] as const,
  );
  const { values, positionals } = parseArgs({
    options: { port: { type: "string" }, from: { type: "string" }, ...Object.fromEntries(named) },
    allowPositionals: true,
  });
  const seconds = typeof limitSeconds === "number" ? limitSeconds : limitSeconds(values);
  say(title);
  await runCommand(async (stop) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(seconds * 1000)]);
    const findings: string[] = [];
    const tried: string[] = [];
    const port = values.port === undefined ? undefined : Number(values.port);
    await using server = await startLocalServer({
      port,
      from: values.from,
      inspectorPort,
      vars,
      worker,
      signal,
    });
    say(`started at ${server.url}`);
    const test: Test = {
      server,
      api: new ApiClient({ url: server.url, apiKey: server.keys.admin }),
      values,
      positionals,
      signal,
      say,
      tried: (text) => tried.push(text),
      expect: (condition, otherwise) => {
        if (!condition) findings.push(otherwise);
      },
      find: (more) => findings.push(...more),
    };
    try {
      await Promise.race([run(test), once(signal, "abort").then(() => signal.throwIfAborted())]);
    } catch (error) {
      findings.push(inspect(error));
      console.log(`The last that the server printed:\n${server.output()}`);
    }
    for (const finding of findings.slice(0, MAX_FINDINGS_SHOWN)) say(`FOUND: ${finding}`);
    if (findings.length > MAX_FINDINGS_SHOWN) say(`and ${findings.length - MAX_FINDINGS_SHOWN} more`);
    say(findings.length === 0 ? "passed" : `FAILED: ${findings.length} findings`);
    console.log(resultLine({ what, tried: tried.join(", ") || "once", differences: findings.length }));
    return findings.length === 0 ? 0 : 1;
  });
  // Requests that a failed test left under way would hold the process open.
  process.exit();
}

function say(text: string): void {
  console.log(withElapsed(text));
}
