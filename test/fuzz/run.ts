/**
 * The fuzzer: requests for every operation of the project's own OpenAPI document, most of them valid, the others broken, and
 * every answer held against that document. The same seed asks the same of the same instance.
 */
import fc from "fast-check";
import { brokenRequest } from "./broken.ts";
import { checkerOf, problemOf } from "./check.ts";
import { operationsOf, parseDocument } from "./document.ts";
import { shown, shownAnswer, type FuzzAnswer, type FuzzRequest, type Send } from "./request.ts";
import { validRequest } from "./valid.ts";
import { emptyWorld, furnish, learn, type World } from "./world.ts";

export interface FuzzOptions {
  /** docs/openapi.json */
  document: string;
  runs: number;
  seed: number;
  concurrency: number;
  world: Pick<World, "keys" | "webhookUrl" | "takesSockets">;
  send: Send;
}

export interface FuzzReport {
  sent: number;
  /** Were not refused for their form or their key. */
  passedValidation: number;
  /** After a 503 for a hold that its order was just confirming. */
  askedAgain: number;
  /** 2xx and 3xx. */
  succeeded: number;
  statusCounts: Record<number, number>;
  /** By operation: how many were sent, and how many of them succeeded. */
  operations: Record<
    string,
    { sent: number; passed: number; succeeded: number; codes: Record<string, number> }
  >;
  /** Requests that the document allows and the service refuses: what no schema says, each once. */
  refusedThoughAllowed: string[];
  /** What is wrong, each once, with the first request that showed it. */
  findings: string[];
}

/** Of what is sent, in tenths: nearly half of what is broken is still taken, being odd only. */
const VALID = 7;
const BROKEN = 3;
const MAX_TRIES = 3;
const RETRY_MS = 1000;
const AT_HOLDS = /^\/v1\/(reservations\/|inventory\/[^/]+\/(release|reserve))/;
const REFUSED_FORM = new Set([400, 401, 403, 405, 406, 413, 415]);

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { runs, seed, concurrency, send } = options;
  const world = emptyWorld(options.world);
  await furnish(world, send);
  const ask = asker(options, world);
  const check = checkerOf(options.document);
  const report: FuzzReport = {
    sent: 0,
    passedValidation: 0,
    succeeded: 0,
    askedAgain: 0,
    statusCounts: {},
    operations: {},
    refusedThoughAllowed: [],
    findings: [],
  };
  const seen = new Set<string>();
  let next = 0;
  const worker = async () => {
    while (next < runs) {
      const nth = next;
      next += 1;
      const request = ask(nth, seed);
      const answer = await answered(request, send, report);
      learn(world, request, answer);
      count(report, request, answer);
      for (const wrong of check(request, answer)) {
        const finding = `${request.operation.operationId}: ${wrong.replaceAll(/\d{3,}/g, "N")}`;
        if (seen.has(finding)) continue;
        seen.add(finding);
        report.findings.push(
          `${finding} (request ${nth} of seed ${seed})\n${shown(request)}\n->\n${shownAnswer(answer)}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return report;
}

/**
 * A hold whose order is being confirmed at that moment is 503 with `Retry-After`, on purpose: whoever asks again gets its
 * answer. Any other 503 is a finding.
 */
async function answered(request: FuzzRequest, send: Send, report: FuzzReport): Promise<FuzzAnswer> {
  for (let tries = MAX_TRIES; ; tries -= 1) {
    const answer = await send(request).catch((error: unknown) => failed(error));
    const isPrepared =
      answer.status === 503 && AT_HOLDS.test(request.target) && answer.headers.has("Retry-After");
    if (!isPrepared || tries <= 1) return answer;
    report.askedAgain += 1;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** A carrier that gets no answer is as bad as a 500. */
function failed(error: unknown): FuzzAnswer {
  return { status: 599, headers: new Headers(), text: String(error) };
}

type Ask = (nth: number, seed: number) => FuzzRequest;

/** What others use up comes more often. */
const TURNS: Record<string, number> = {
  reserve: 8,
  holdOrder: 4,
  createWebhook: 2,
  createKey: 2,
  createLocation: 2,
  createProduct: 2,
};

/** Operations take turns, so that each gets its share. */
function asker({ document: json }: FuzzOptions, world: World): Ask {
  const document = parseDocument(json);
  const arbitraries = operationsOf(document).flatMap((operation) => {
    const valid = validRequest({ document, world, operation });
    const broken = brokenRequest(valid, world);
    const request = fc.oneof({ arbitrary: valid, weight: VALID }, { arbitrary: broken, weight: BROKEN });
    return Array.from({ length: TURNS[operation.operationId] ?? 1 }, () => request);
  });
  return (nth, seed) => {
    const arbitrary = arbitraries[nth % arbitraries.length];
    if (!arbitrary) throw new Error("the document has no operations");
    const [request] = fc.sample(arbitrary, { numRuns: 1, seed: seed + nth });
    if (!request) throw new Error("no request");
    return request;
  };
}

function count(report: FuzzReport, { operation, faults }: FuzzRequest, { status, text }: FuzzAnswer): void {
  const { operationId } = operation;
  const code = problemOf(text)?.code;
  const passed = !REFUSED_FORM.has(status) && code !== "route_not_found";
  const of = (report.operations[operationId] ??= { sent: 0, passed: 0, succeeded: 0, codes: {} });
  report.sent += 1;
  of.sent += 1;
  report.statusCounts[status] = (report.statusCounts[status] ?? 0) + 1;
  const shownCode = code ?? String(status);
  of.codes[shownCode] = (of.codes[shownCode] ?? 0) + 1;
  if (!passed && faults.length === 0) {
    const detail = `${operationId}: ${/"detail":"([^"]*)/.exec(text)?.[1] ?? status}`.replaceAll(/\d+/g, "N");
    if (!report.refusedThoughAllowed.includes(detail)) report.refusedThoughAllowed.push(detail);
  }
  if (passed) report.passedValidation += 1;
  if (passed) of.passed += 1;
  if (status < 400) report.succeeded += 1;
  if (status < 400) of.succeeded += 1;
}

/** They need somebody outside, or an object whose storage was lost. */
const NOT_ALONE = new Set(["importFromSource", "refreshSource", "restoreProduct"]);

/** Operations of which no request succeeded. */
export function unreachedOf({ operations }: FuzzReport): string[] {
  return Object.entries(operations).flatMap(([name, { succeeded }]) =>
    succeeded > 0 || NOT_ALONE.has(name) ? [] : [name],
  );
}
