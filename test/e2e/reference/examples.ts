/**
 * Runs every example of the OpenAPI document against a service that has the demo data, and nothing else: each must answer with
 * the status that it stands under, and as its schema says. Ids that the service makes differ from those of the document; what an
 * answer has where the document has an id stands for it from then on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DevKeys } from "../../../scripts/dev-vars.ts";
import { checkerOf, validatorOf } from "../../fuzz/check.ts";
import { operationsOf, parseDocument } from "../../fuzz/document.ts";
import type { FuzzAnswer } from "../../fuzz/request.ts";
import { inOrder, keysOf, requestOf, type ExampleRequest } from "./example-requests.ts";

/** Answers of a service that was set up wrongly (test/http/settings.test.ts), or has lost an object (test/e2e/restore.ts). */
export const ELSEWHERE = new Set(["misconfigured", "a-lost-object"]);
const IDS = new Set(["reservationId", "webhookId", "keyId"]);
const BOOK_LAG_MS = 10_000;
const POLL_MS = 100;

export interface Ran {
  request: ExampleRequest;
  answer: FuzzAnswer;
  /** Of an answer that is lines or events: the first. */
  first: unknown;
  /** Of several lines. */
  last: unknown;
}

export interface ExampleRun {
  ran: Ran[];
  findings: string[];
  /** What the ids of the document stood for. */
  live: Map<string, string>;
}

interface Service {
  url: string;
  keys: DevKeys;
  /** Where a webhook of the document goes here. */
  hook: { documented: string; actual: string };
  signal: AbortSignal;
}

export async function runExamples(json: string, service: Service): Promise<ExampleRun> {
  const document = parseDocument(json);
  const checks = { check: checkerOf(json), validator: validatorOf({ ...document }) };
  const live = new Map([[service.hook.documented, service.hook.actual]]);
  const run: ExampleRun = { ran: [], findings: [], live };
  for (const operation of inOrder(operationsOf(document))) {
    for (const key of keysOf(operation)) {
      if (ELSEWHERE.has(key)) continue;
      const request = requestOf(operation, key, live);
      const ran = await send(request, service);
      run.ran.push(ran);
      run.findings.push(...findingsOf(ran, checks).map((finding) => told(ran, finding)));
      learn(request.answer, ran.first, live);
    }
  }
  return run;
}

function told({ request, answer }: Ran, finding: string): string {
  const { operation, key, target, body = "" } = request;
  const asked = `${operation.method} ${target} ${body.slice(0, 200)}`;
  return `${operation.operationId}, ${key}: ${finding}\n  ${asked}\n  ${answer.status} ${answer.text.slice(0, 400)}`;
}

/** A list may be behind what has just been done: it is asked again until it has something, if it has in the document. */
async function send(request: ExampleRequest, service: Service): Promise<Ran> {
  const until = Date.now() + BOOK_LAG_MS;
  for (;;) {
    const ran = await sendOnce(request, service);
    const isBehind = isEmptyPage(ran.first) && !isEmptyPage(request.answer) && Date.now() < until;
    if (!isBehind) return ran;
    await sleep(POLL_MS, undefined, { signal: service.signal });
  }
}

function isEmptyPage(answer: unknown): boolean {
  if (typeof answer !== "object" || answer === null || !("items" in answer)) return false;
  return Array.isArray(answer.items) && answer.items.length === 0;
}

async function sendOnce(request: ExampleRequest, { url, keys, signal }: Service): Promise<Ran> {
  const { operation, target, key, body } = request;
  const headers: Record<string, string> = { ...request.headers };
  if (key !== "unauthenticated") headers["X-API-Key"] = key === "forbidden" ? keys.storefront : keys.admin;
  const init = { method: operation.method, headers, signal, ...(body !== undefined && { body }) };
  const response = await fetch(new URL(target, url), init);
  const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream") === true;
  const text = isStream ? await firstData(response) : await response.text();
  const lines = text.split("\n").filter((line) => line !== "");
  const isLines = response.headers.get("Content-Type") === "application/x-ndjson";
  const answer = { status: response.status, headers: response.headers, text };
  if (isLines) return { request, answer, first: parse(lines[0]), last: parse(lines.at(-1)) };
  return { request, answer, first: parse(text), last: undefined };
}

/** A stream has no end: its first message is read. */
async function firstData(response: Response): Promise<string> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const [, data] = /^data: (.*)\n/m.exec(text) ?? [];
    if (data !== undefined) return data;
  }
  return "";
}

/** As it is when it is no JSON; undefined when it is nothing. */
function parse(text = ""): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface Checks {
  check: ReturnType<typeof checkerOf>;
  validator: ReturnType<typeof validatorOf>;
}

function findingsOf({ request, answer, first, last }: Ran, { check, validator }: Checks): string[] {
  const { operation, status, target, headers, key, isRefused } = request;
  const wrong = answer.status === status ? [] : [`answered ${answer.status}, not ${status}`];
  wrong.push(...check({ operation, method: operation.method, target, headers, faults: [] }, answer));
  const content = Object.entries(operation.responses[answer.status]?.content ?? {});
  const [type = ""] = answer.headers.get("Content-Type")?.split(";") ?? [];
  const schema = content.find(([one]) => one === type)?.[1].schema;
  const lines = type === "text/plain" ? [] : [first, last].filter((line) => line !== undefined);
  if (schema) wrong.push(...lines.flatMap((line) => validator(line, schema)));
  const documented = fieldsOf(request.answer);
  const actual = fieldsOf(first);
  if (documented !== actual) wrong.push(`has the fields ${actual}, the document shows ${documented}`);
  if (isRefused && !answer.text.includes(`"code":"${key}"`)) wrong.push(`is not refused with ${key}`);
  return wrong;
}

function fieldsOf(value: unknown): string {
  return typeof value === "object" && value !== null ? Object.keys(value).toSorted().join(", ") : "";
}

/** Where the document has an id, the answer has what it stands for. */
function learn(documented: unknown, actual: unknown, live: Map<string, string>, name = ""): void {
  if (typeof documented === "string" && typeof actual === "string") {
    if (IDS.has(name)) live.set(documented, actual);
    return;
  }
  if (typeof documented !== "object" || documented === null) return;
  if (typeof actual !== "object" || actual === null) return;
  for (const [field, value] of Object.entries(documented)) {
    const own: unknown = Reflect.get(actual, field);
    learn(value, own, live, Array.isArray(documented) ? name : field);
  }
}
