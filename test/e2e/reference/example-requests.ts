/** The requests that the examples of the OpenAPI document are, in an order in which they succeed. */
import type { DeclaredAnswer, Examples, Operation } from "../../fuzz/document.ts";

export interface ExampleRequest {
  operation: Operation;
  /** Under which the document has the request and its answer. */
  key: string;
  /** The status that the document has the example under, or the one without a body. */
  status: number;
  /** Of an example of what is refused. */
  isRefused: boolean;
  target: string;
  headers: Record<string, string>;
  body?: string;
  /** What the document says the answer was. */
  answer: unknown;
}

/** What an id of the document stands for here. */
export type Live = ReadonlyMap<string, string>;

/** First what others need, last what takes it away: what is in something, before that. */
function rankOf({ operationId, method, path }: Operation): number {
  if (operationId.startsWith("create")) return 0;
  return method === "DELETE" ? 100 - path.split("/").length : 1;
}

export function inOrder(operations: readonly Operation[]): Operation[] {
  return operations.toSorted((one, other) => rankOf(one) - rankOf(other));
}

/** Those that succeed, then those that are refused. */
export function keysOf(operation: Operation): string[] {
  const { parameters = [], requestBody, responses } = operation;
  const contents = [requestBody, ...Object.values(responses)].flatMap((one) =>
    Object.values(one?.content ?? {}),
  );
  const own = contents.flatMap(({ examples }) => Object.entries(examples ?? {}));
  const answered = own.filter(([, example]) => !("$ref" in example)).map(([key]) => key);
  const asked = parameters.flatMap(({ examples }) => Object.keys(examples ?? {}));
  const keys = [...new Set([...asked, ...answered])].filter((key) => !key.endsWith(":last"));
  return keys.toSorted((one, other) => Number(isCode(operation, one)) - Number(isCode(operation, other)));
}

/** A problem's code, and not the name of an example. */
function isCode({ responses }: Operation, key: string): boolean {
  return Object.entries(responses).some(
    ([status, { description }]) => Number(status) >= 400 && description.split(", ").includes(key),
  );
}

/** Of an answer without examples of its own: the one that has no body. */
function answerOf({ responses }: Operation, key: string): [number, unknown] {
  const found = Object.entries(responses).flatMap(([status, answer]) => {
    const shown = exampleIn(answer, key);
    return shown ? [[Number(status), shown.value] as [number, unknown]] : [];
  });
  const [first] = found;
  if (first) return first;
  const good = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const [status = "200"] = good.find(([, { content }]) => !content) ?? good[0] ?? [];
  return [Number(status), undefined];
}

function exampleIn({ content }: DeclaredAnswer, key: string) {
  return Object.values(content ?? {}).find(({ examples }) => examples && key in examples)?.examples?.[key];
}

export function requestOf(operation: Operation, key: string, live: Live): ExampleRequest {
  const [status, answer] = answerOf(operation, key);
  const headers: Record<string, string> = {};
  const query = new URLSearchParams();
  let target = operation.path;
  for (const { in: where, name, examples } of operation.parameters ?? []) {
    const value = valueIn(examples, key);
    if (value === undefined) continue;
    const text = here(String(value), live);
    if (where === "path") target = target.replace(`{${name}}`, encodeURIComponent(text));
    else if (where === "header") headers[name] = text;
    else query.set(name, text);
  }
  if (query.size > 0) target += `?${query}`;
  const request = { operation, key, status, isRefused: isCode(operation, key), target, headers, answer };
  for (const [type, { examples }] of Object.entries(operation.requestBody?.content ?? {})) {
    const value = valueIn(examples, key);
    if (value === undefined) continue;
    headers["Content-Type"] = type;
    return { ...request, body: here(typeof value === "string" ? value : JSON.stringify(value), live) };
  }
  return request;
}

function valueIn(examples: Examples | undefined, key: string): unknown {
  return examples?.[key]?.value;
}

function here(text: string, live: Live): string {
  let own = text;
  for (const [documented, actual] of live) own = own.replaceAll(documented, actual);
  return own;
}
