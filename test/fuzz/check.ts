/**
 * Whether an answer is what the document says: a status that the operation declares, of a media type that it has there, a body
 * that its schema allows, the headers that it names; and nothing that it does not name.
 */
import { dereference, validate, type Schema as JsonSchema } from "@cfworker/json-schema";
import { methodsAt, operationsOf, type DeclaredAnswer, type Document, type Operation } from "./document.ts";
import type { FuzzAnswer, FuzzRequest } from "./request.ts";

const ORIGIN = "https://holdfast.test";
const PROBLEM = "application/problem+json";
/** Headers that mean something to a client, where they are declared: always there. */
const STANDING = ["ETag", "Location", "X-Book-Offset"];
const MEANT = [...STANDING, "Link", "Idempotency-Replayed", "Retry-After"];
/** Media types whose text is not JSON, or not one. */
const OPAQUE = new Set([
  "text/plain",
  "application/openmetrics-text",
  "text/html",
  "text/csv",
  "text/event-stream",
]);
const MAX_ERRORS_SHOWN = 3;

interface Compared {
  request: FuzzRequest;
  answer: FuzzAnswer;
  /** None where there is no such route. */
  declared?: DeclaredAnswer;
}

interface ProblemBody {
  status: number;
  code: string;
  requestId: string;
}

/** Answers what is wrong with each answer; nothing: all is as the document says. */
export function checkerOf(json: string): (request: FuzzRequest, answer: FuzzAnswer) => string[] {
  const document: Document & JsonSchema = JSON.parse(json, closed);
  const validator = validatorOf(document);
  const operations = operationsOf(document).map((operation) => ({
    operation,
    matches: patternOf(operation.path),
  }));

  return (request, answer) => {
    const { pathname } = new URL(request.target, ORIGIN);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const here = placesAt(operations, pathname);
    const found = here.find(({ operation }) => operation.method === method)?.operation;
    const wrong = general(answer);
    const [known] = here;
    if (!found) return [...wrong, ...misfit(document, { request, answer }, known?.operation)];
    const declared = found.responses[answer.status];
    if (!declared) return [...wrong, `status ${answer.status} is not declared for ${found.operationId}`];
    const compared = { request, answer, declared };
    return [...wrong, ...headerFindings(compared), ...bodyFindings(compared, validator)];
  };
}

type Validator = (value: unknown, schema: object) => string[];

/** Of values against schemas of the document; answers what is wrong. */
export function validatorOf(document: JsonSchema): Validator {
  const lookup = dereference(document, undefined, new URL(ORIGIN));
  return (value, schema) => {
    const { valid, errors } = validate(value, schema, "2020-12", lookup);
    const told = errors
      .slice(-MAX_ERRORS_SHOWN)
      .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
    return valid ? [] : [`is not what its schema says: ${told.join("; ")}`];
  };
}

/** What an answer names must be documented: objects have no other fields, unless the document says so. */
function closed(name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || name === "properties" || name === "headers")
    return value;
  if (!("properties" in value) || "additionalProperties" in value || !("type" in value)) return value;
  return { ...value, additionalProperties: false };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

interface Place {
  operation: Operation;
  matches: RegExp;
}

/** A path that stands in the document as it is has its operations alone. */
function placesAt(places: readonly Place[], pathname: string): Place[] {
  const exact = places.filter(({ operation }) => operation.path === pathname);
  return exact.length > 0 ? exact : places.filter(({ matches }) => matches.test(pathname));
}

function general({ status, headers }: FuzzAnswer): string[] {
  const wrong = status >= 500 ? [`status ${status}`] : [];
  for (const name of ["X-Request-Id", "X-Content-Type-Options", "Cache-Control"])
    if (!headers.has(name)) wrong.push(`no ${name}`);
  return wrong;
}

/** Of a path or method that there is not. */
function misfit(document: Document, { request, answer }: Compared, known?: Operation): string[] {
  // Files and redirects, which the document does not show.
  if (answer.status < 400) return [];
  const wrong = problemFindings(request, answer);
  const wanted = known ? 405 : 404;
  if (!known && answer.status === 405) return wrong;
  if (answer.status !== wanted) return [...wrong, `status ${answer.status} where nothing is, not ${wanted}`];
  if (!known) return wrong;
  const methods = methodsAt(document, known.path).toSorted().join(", ");
  const allow = (answer.headers.get("Allow") ?? "").split(", ").toSorted().join(", ");
  return allow === methods ? wrong : [...wrong, `Allow is ${allow}, the document has ${methods}`];
}

function headerFindings({ answer, declared, request }: Compared): string[] {
  const wrong: string[] = [];
  const names = declared?.headers ?? {};
  for (const name of MEANT)
    if (answer.headers.has(name) && !(name in names))
      wrong.push(`${name} is not declared for ${answer.status}`);
  // Neither has one version: a page shows more than the product, a batch is about several.
  const isBatch = answer.text.startsWith('{"results":');
  const isPage = answer.headers.get("Content-Type")?.startsWith("text/html");
  for (const [name, { required }] of Object.entries(names)) {
    const isStanding = required || (STANDING.includes(name) && !isPage && !isBatch);
    if (isStanding && !answer.headers.has(name))
      wrong.push(`${name} is declared for ${answer.status}, and not there`);
  }
  if (request.method === "HEAD" || isPage) return wrong;
  const hasMore = /"nextCursor":"/.test(answer.text);
  if ("Link" in names && hasMore !== answer.headers.has("Link"))
    wrong.push("Link and nextCursor do not go together");
  return wrong;
}

function bodyFindings({ request, answer, declared }: Compared, validator: Validator): string[] {
  const { status, headers, text } = answer;
  const contents = declared?.content ?? {};
  const [type = ""] = (headers.get("Content-Type") ?? "").split(";");
  const schema = contents[type]?.schema;
  if (Object.keys(contents).length === 0)
    return text === "" ? [] : [`status ${status} has a body, and none is declared`];
  if (!schema) return [`Content-Type ${type} is not declared for ${status}`];
  if (request.method === "HEAD") return text === "" ? [] : ["HEAD has a body"];
  if (OPAQUE.has(type)) return [];
  if (type === PROBLEM)
    return [...validator(parse(text), schema), ...problemFindings(request, answer, declared)];
  if (type !== "application/x-ndjson") return validator(parse(text), schema);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.flatMap((line) => validator(parse(line), schema));
}

function problemFindings(
  request: FuzzRequest,
  { status, headers, text }: FuzzAnswer,
  declared?: DeclaredAnswer,
): string[] {
  if (request.method === "HEAD") return [];
  const problem = problemOf(text);
  if (!problem || headers.get("Content-Type") !== PROBLEM) return [`${status} is no problem document`];
  const wrong: string[] = [];
  if (problem.status !== status) wrong.push(`a problem of ${problem.status} is answered with ${status}`);
  if (problem.requestId !== headers.get("X-Request-Id")) wrong.push("two request ids");
  if (declared && !declared.description.split(", ").includes(problem.code))
    wrong.push(`code ${problem.code} is not declared for ${status}`);
  return wrong;
}

export function problemOf(text: string): ProblemBody | undefined {
  const value = parse(text);
  const isProblem = typeof value === "object" && value !== null && "code" in value && "status" in value;
  if (!isProblem || !("requestId" in value)) return undefined;
  const { status, code, requestId } = value;
  return { status: Number(status), code: String(code), requestId: String(requestId) };
}

/** undefined: it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
