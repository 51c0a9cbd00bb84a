/**
 * The document as it is shown: what the contracts say, with descriptions, examples and recorded answers, in a newcomer's order.
 * Only what makes the document (`npm run openapi`) imports this.
 */
import { openApiDocument } from "../openapi";
import { PROBLEMS, type ProblemCode } from "../problem";
import type { Route } from "../route";
import answers from "./answers.json";
import type { ErrorExample, Example, OperationReference } from "./example";
import {
  describeFields,
  type DescribedAnswer,
  type DescribedDocument,
  type DescribedOperation,
} from "./fields-of";
import { INTRODUCTION, TAGS } from "./headings";
import { OPERATIONS } from "./operations";
import { EXAMPLES } from "./problem-examples";
import { PROBLEM_CODES } from "./problems";

const PROBLEM = "application/problem+json";
const recorded: Partial<Record<string, Partial<Record<string, unknown>>>> = answers;
const references: Partial<Record<string, OperationReference>> = OPERATIONS;

/** Statuses whose answers are the same nearly everywhere: they stand in the document once. */
const SHARED = new Set(["401", "403", "406", "413", "415", "429", "500", "503"]);

export function referenceDocument(routes: readonly Route[]): DescribedDocument {
  const plain: DescribedDocument = JSON.parse(JSON.stringify(openApiDocument(routes)));
  const order = Object.keys(OPERATIONS);
  const tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  const place = ({ operationId, tags: [tag] }: DescribedOperation) =>
    tags.findIndex(({ name }) => name === tag) * order.length + order.indexOf(operationId);
  const paths = Object.entries(plain.paths).map(([path, operations]) => {
    const sorted = Object.entries(operations).toSorted(([, one], [, other]) => place(one) - place(other));
    const first = Math.min(...sorted.map(([, operation]) => place(operation)));
    return { path, first, operations: Object.fromEntries(sorted) };
  });
  const sortedPaths = paths.toSorted((one, other) => one.first - other.first);
  const document: DescribedDocument = {
    ...plain,
    info: { ...plain.info, description: INTRODUCTION },
    tags,
    paths: Object.fromEntries(sortedPaths.map(({ path, operations }) => [path, operations])),
  };
  const { components } = document;
  components.examples = Object.fromEntries(PROBLEM_CODES.map((code) => [code, problemExample(code)]));
  components.responses = {};
  describeFields(document);
  for (const operations of Object.values(document.paths))
    for (const operation of Object.values(operations)) describe(operation, document);
  const shown = JSON.stringify(document.paths) + JSON.stringify(components.responses);
  for (const code of PROBLEM_CODES)
    if (!shown.includes(`"#/components/examples/${code}"`)) delete components.examples[code];
  return document;
}

/** With the facts that such a problem has, wherever it is met. */
function problemExample(code: ProblemCode) {
  const { status, title } = PROBLEMS[code];
  const { when, detail, facts } = EXAMPLES[code];
  const type = `urn:holdfast:problem:${code}`;
  const rest = { instance: "/v1/…", code, requestId: "01KAMR2V6C8Q2W4E6R8T0Y2V4G", ...facts };
  return { summary: when, value: { type, title, status, detail, ...rest } };
}

function describe(operation: DescribedOperation, { components }: DescribedDocument): void {
  const reference = references[operation.operationId];
  if (!reference) throw new Error(`nothing is said of ${operation.operationId}`);
  const { description, examples, error } = reference;
  operation.description = [description, retryOf(operation, reference), scopeOf(operation)].join("\n\n");
  for (const [status, response] of Object.entries(operation.responses)) {
    const problem = response.content?.[PROBLEM];
    if (!problem) continue;
    const codes = response.description.split(", ");
    problem.examples = Object.fromEntries(
      codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
    );
    const isPlain = Object.keys(response.content ?? {}).length === 1;
    if (!SHARED.has(status) || !isPlain || codes.includes(error.code)) continue;
    const name = codes.map(pascal).join("Or");
    components.responses ??= {};
    components.responses[name] = response;
    operation.responses[status] = {
      $ref: `#/components/responses/${name}`,
      description: response.description,
    };
  }
  for (const example of examples) showRequest(operation, keyOf(example), example);
  for (const example of examples) showAnswer(operation, example);
  const [first] = examples;
  showRequest(operation, error.code, { ...first, summary: `Refused: \`${error.code}\``, ...error });
  showProblem(operation, error);
}

/** `Two for a cart`: `two-for-a-cart`. */
export function keyOf({ summary }: Example): string {
  return summary
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

function pascal(code: string): string {
  return code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const READS = "Only reads; repeat it as you like.";
const CHANGES =
  "Send an `Idempotency-Key`: a repeat with the same key has no second effect, and answers as the first did.";

function retryOf({ parameters = [] }: DescribedOperation, { retry }: OperationReference): string {
  const isChange = parameters.some(({ name }) => name === "Idempotency-Key");
  return `**Retry:** ${retry ?? (isChange ? CHANGES : READS)}`;
}

function scopeOf({ security = [], operationId }: DescribedOperation): string {
  if (security.length === 0) return "**Key:** none is needed.";
  if (operationId === "readMetrics") return "**Scope:** `admin`, or a key of `METRICS_KEY`.";
  const scopes = new Set(security.flatMap((one) => Object.values(one).flat()));
  const names = [...scopes].map((scope) => `\`${scope}\``).join(" or ");
  return names === "" ? "**Key:** any." : `**Scope:** ${names}`;
}

type Shown = Omit<Example, "status"> | ErrorExample;

function showRequest(operation: DescribedOperation, key: string, example: Shown & { summary: string }): void {
  const { summary } = example;
  const values = { path: example.path, query: example.query, header: example.headers };
  for (const parameter of operation.parameters ?? []) {
    const value = values[parameter.in]?.[parameter.name];
    if (value === undefined) continue;
    parameter.examples = { ...parameter.examples, [key]: { summary, value } };
  }
  const type = "type" in example && example.type !== undefined ? example.type : "application/json";
  const content = operation.requestBody?.content[type];
  if (content && example.body !== undefined)
    content.examples = { ...content.examples, [key]: { summary, value: example.body } };
}

/** The recorded one; of answers that are lines, a line. Before it is recorded there is a gap, which tests notice. */
function showAnswer(operation: DescribedOperation, example: Example): void {
  const { status, summary } = example;
  const key = keyOf(example);
  if (!operation.responses[status]?.content) return;
  for (const [name, value] of Object.entries({ [key]: {}, ...recorded[operation.operationId] })) {
    if (name !== key && name !== `${key}:last`) continue;
    const isLast = name !== key;
    const content = contentFor(operation.responses[status], value);
    if (!content) throw new Error(`${operation.operationId} has no answer like that of ${name}`);
    const shown = { summary: isLast ? `${summary}: the last line` : summary, value };
    content.examples = { ...content.examples, [name]: shown };
  }
}

/** A text is no JSON. */
function contentFor(answer: DescribedAnswer | undefined, value: unknown) {
  const contents = Object.entries(answer?.content ?? {}).filter(([type]) => type !== "text/html");
  const [first] = typeof value === "string" ? contents.filter(([type]) => type === "text/plain") : contents;
  return first?.[1];
}

function showProblem(
  operation: DescribedOperation,
  { code, status = PROBLEMS[code].status }: ErrorExample,
): void {
  const problem = operation.responses[status]?.content?.[PROBLEM];
  if (!problem?.examples?.[code]) throw new Error(`${operation.operationId} does not declare ${code}`);
  const value = recorded[operation.operationId]?.[code];
  const { [code]: _, ...others } = problem.examples;
  const example = problemExample(code);
  // The first is the one that is shown first.
  problem.examples = { [code]: value === undefined ? example : { ...example, value }, ...others };
}
