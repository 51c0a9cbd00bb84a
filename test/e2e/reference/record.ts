/**
 * Keeps the answers of the examples for the document (`--record`). What differs from run to run stays as it was recorded first:
 * ids, times, durations.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ELSEWHERE, type ExampleRun } from "./examples.ts";

const PASSING = /^\d{4}-\d\d-\d\dT[\d:.]+Z$|^key:|~01[0-9A-Z]{24}$/;
const PASSING_FIELDS = new Set(["requestId", "durationMs", "latencyMs", "ageSeconds", "keyId"]);
/** Nobody is to take one for a real one. */
const SECRETS = new Set(["key", "secret", "ticket"]);
const SECRET_CHARS = 12;
const TEXT_LINES = 8;

type Answers = Record<string, Record<string, unknown>>;

/** Answers how many were recorded. */
export function record(file: string, { ran, live }: ExampleRun): number {
  const before: Answers = JSON.parse(readFileSync(file, "utf8"));
  const answers: Answers = {};
  for (const [operationId, kept] of Object.entries(before))
    for (const [key, answer] of Object.entries(kept))
      if (ELSEWHERE.has(key)) (answers[operationId] ??= {})[key] = answer;
  for (const { request, first, last } of ran) {
    const { operation, key } = request;
    const old = before[operation.operationId] ?? {};
    const kept = (answers[operation.operationId] ??= {});
    if (first !== undefined) kept[key] = keep(old[key], asDocumented(first, live));
    if (JSON.stringify(last) !== JSON.stringify(first) && last !== undefined)
      kept[`${key}:last`] = keep(old[`${key}:last`], asDocumented(last, live));
    if (Object.keys(kept).length === 0) delete answers[operation.operationId];
  }
  writeFileSync(file, `${JSON.stringify(answers, null, 2)}\n`);
  return Object.values(answers).flatMap((one) => Object.keys(one)).length;
}

function asDocumented(value: unknown, live: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return value.split("\n").slice(0, TEXT_LINES).join("\n");
  let json = JSON.stringify(value);
  for (const [documented, actual] of live) json = json.replaceAll(actual, documented);
  return JSON.parse(json);
}

function keep(old: unknown, value: unknown, name = ""): unknown {
  if (typeof value === "string" && SECRETS.has(name)) return `${value.slice(0, SECRET_CHARS)}…`;
  if (typeof old === typeof value && isPassing(value, name)) return old;
  if (Array.isArray(value)) return value.map((one, index) => keep(fieldOf(old, String(index)), one, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, one]) => [field, keep(fieldOf(old, field), one, field)]),
  );
}

function isPassing(value: unknown, name: string): boolean {
  return PASSING_FIELDS.has(name) || (typeof value === "string" && PASSING.test(value));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
