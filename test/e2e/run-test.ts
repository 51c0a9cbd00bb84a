/** What all drills share: a server that is always cleaned up, a bound in time, findings, and an exit code. */
import { parseArgs } from "node:util";
import { createApi } from "./api.mjs";
import { startDrillServer } from "./drill-server.mjs";

/**
 * Runs a drill and ends the process: with 0 when nothing was found. Every drill takes `--port` beside its own
 * options; the option `from` of one that has it names the data that its server begins with.
 * @param {{
 *   title: string,
 *   limitSeconds: number | ((values: Record<string, any>) => number),
 *   options?: NonNullable<Parameters<typeof parseArgs>[0]>["options"],
 *   run(drill: Drill): Promise<void>,
 * }} definition
 *
 * @typedef {{
 *   server: import("./drill-server.mjs").DrillServer,
 *   api: import("./api.mjs").Api,
 *   values: Record<string, any>,
 *   positionals: string[],
 *   signal: AbortSignal,
 *   say(text: string): void,
 *   expect(condition: boolean, otherwise: string): void,
 *   find(findings: string[]): void,
 * }} Drill
 */
export async function runDrill({ title, limitSeconds, options = {}, run }) {
  const { values, positionals } = parseArgs({
    options: { port: { type: "string" }, ...options },
    allowPositionals: true,
  });
  const ending = new AbortController();
  const seconds = typeof limitSeconds === "number" ? limitSeconds : limitSeconds(values);
  const limit = setTimeout(() => ending.abort(new Error(`not done after ${seconds} s`)), seconds * 1000);
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => ending.abort(new Error("stopped")));

  const startedAt = performance.now();
  const findings = [];
  const say = (text) =>
    console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  say(title);
  let server;
  try {
    const port = values.port && Number(values.port);
    server = await startDrillServer({ port, from: values.from, signal: ending.signal });
    say(`started at ${server.url}`);
    const drill = {
      server,
      api: createApi(server.url, server.keys),
      values,
      positionals,
      signal: ending.signal,
      say,
      expect: (condition, otherwise) => {
        if (!condition) findings.push(otherwise);
      },
      find: (more) => findings.push(...more),
    };
    await Promise.race([run(drill), rejectOn(ending.signal)]);
  } catch (error) {
    findings.push(error.stack);
    if (server) console.log(`The last that the server printed:\n${server.output()}`);
  } finally {
    clearTimeout(limit);
    await server?.stop();
  }
  for (const finding of findings.slice(0, 30)) say(`FOUND: ${finding}`);
  if (findings.length > 30) say(`and ${findings.length - 30} more`);
  say(findings.length === 0 ? "passed" : `FAILED: ${findings.length} findings`);
  // Requests that a failed drill left under way would hold the process open.
  process.exit(findings.length === 0 ? 0 : 1);
}

function rejectOn(signal) {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}
