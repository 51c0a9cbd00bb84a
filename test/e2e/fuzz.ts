/**
 * The fuzzer against the real thing: npx node test/e2e/fuzz.ts --runs 20000 --seed 1. What is found is printed with the request
 * that showed it; the same seed asks the same again.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Send } from "../fuzz/request.ts";
import { fuzz, unreachedOf, type FuzzReport } from "../fuzz/run.ts";
import { runTest } from "./run-test.ts";

const CONCURRENCY = 8;
const REQUEST_TIMEOUT_MS = 60_000;
/** Nothing listens there. */
const NOWHERE = "http://localhost:9/";

function senderTo(url: string): Send {
  return async ({ method, target, headers, body }) => {
    const hasBody = body !== undefined && method !== "GET" && method !== "HEAD";
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const init = { method, headers, redirect: "manual" as const, signal, ...(hasBody && { body }) };
    const answer = await fetch(new URL(target, url), init);
    const isEndless = answer.headers.get("Content-Type")?.startsWith("text/event-stream");
    if (isEndless) await answer.body?.cancel();
    return { status: answer.status, headers: answer.headers, text: isEndless ? "" : await answer.text() };
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function print({ operations, statusCounts, ...report }: FuzzReport): void {
  for (const [name, { sent, passed, succeeded, codes }] of Object.entries(operations)) {
    const shares = Object.entries(codes).map(([code, count]) => `${code} ${count}`);
    say(
      `  ${name}: ${sent} sent, ${passed} passed validation, ${succeeded} succeeded (${shares.join(", ")})`,
    );
  }
  for (const refused of report.refusedThoughAllowed) say(`  refused though allowed: ${refused}`);
  say(`  statuses: ${JSON.stringify(statusCounts)}`);
  const { sent, passedValidation, succeeded, askedAgain } = report;
  say(
    `  ${sent} sent, ${passedValidation} passed validation, ${succeeded} succeeded, ${askedAgain} asked again`,
  );
}

await runTest({
  title: "fuzz: valid and broken requests for every operation are answered as the OpenAPI document says",
  what: "R6 requests of every operation, valid and broken",
  limitSeconds: 3600,
  options: { runs: "2000", seed: "1" },
  run: async ({ server, values, tried, expect, find }) => {
    const { admin, storefront } = server.keys;
    const report = await fuzz({
      document: readFileSync(join(import.meta.dirname, "../../docs/openapi.json"), "utf8"),
      runs: Number(values["runs"]),
      seed: Number(values["seed"]),
      concurrency: CONCURRENCY,
      world: { keys: { admin, shop: storefront }, webhookUrl: NOWHERE, takesSockets: false },
      send: senderTo(server.url),
    });
    print(report);
    tried(`${report.sent} requests`);
    find(report.findings);
    const errors = server
      .output()
      .split("\n")
      .filter((line) => line.includes('"level":"error"'));
    if (report.findings.length > 0)
      say(`The last errors that the server logged:\n${errors.slice(-20).join("\n")}`);
    expect(report.passedValidation >= report.sent / 2, "fewer than half of the requests passed validation");
    const unreached = unreachedOf(report);
    // With fewer, chance leaves some operation without a request that could succeed.
    const isLong = Number(values["runs"]) >= 10_000;
    expect(!isLong || unreached.length === 0, `nothing succeeded of ${unreached.join(", ")}`);
  },
});
