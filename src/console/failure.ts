/** What went wrong, in words: what happened, why, and at which field. */
import { ConnectionError, ProblemError } from "../client/problem.ts";
import { shownNumber } from "./format.ts";

export interface Failure {
  title: string;
  /** Why, and what to do. */
  text: string;
  /** By the name of the input. */
  fields: Record<string, string>;
  requestId?: string;
  /** Of the problem. */
  code?: string;
  /** It is not known whether the service has done it; the same again is safe. */
  isUnsent: boolean;
  /** Somebody else changed it meanwhile. */
  conflict?: { expected: number; current: number };
}

/** A number or a text that the form itself cannot send. */
export class FieldFault extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof FieldFault)
    return { title: "", text: "", fields: { [error.field]: error.message }, isUnsent: false };
  if (error instanceof ConnectionError)
    return {
      title: "The service was not reached",
      text: "Nothing is known to have been changed. Sending it again is safe: it will not happen twice.",
      fields: {},
      isUnsent: true,
    };
  if (error instanceof ProblemError) return failureOfProblem(error);
  return {
    title: "Something went wrong in this page",
    text: error instanceof Error ? error.message : String(error),
    fields: {},
    isUnsent: false,
  };
}

function failureOfProblem({ problem, requestId }: ProblemError): Failure {
  const facts: Record<string, unknown> = { ...problem };
  const fields = fieldsIn(facts["errors"]);
  const [expected, current] = [facts["expected"], facts["current"]];
  return {
    title: problem.title,
    text: Object.keys(fields).length > 0 ? "" : (shortages(facts["shortages"]) ?? problem.detail),
    fields,
    requestId,
    code: problem.code,
    isUnsent: false,
    ...(typeof expected === "number" && typeof current === "number" && { conflict: { expected, current } }),
  };
}

/** `body.quantity` is the input `quantity`; of a list there is one input, `origins` for `body.origins[0]`. */
function fieldsIn(errors: unknown): Record<string, string> {
  if (!Array.isArray(errors)) return {};
  const found: [string, string][] = errors.flatMap((error: unknown) => {
    const { path, message } = recordOf(error);
    if (typeof path !== "string" || typeof message !== "string") return [];
    return [[path.replace(/^(body|query|path)\./, "").replace(/\[\d+\]$/, ""), sentence(message)]];
  });
  return Object.fromEntries(found);
}

function sentence(message: string): string {
  return `${message[0]?.toUpperCase() ?? ""}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
}

function shortages(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value
    .map((shortage: unknown) => {
      const { productId, locationId, requested, available } = recordOf(shortage);
      const [asked, left] = [Number(requested), Number(available)];
      const where = typeof locationId === "string" ? ` at ${locationId}` : "";
      const what = value.length > 1 ? `${String(productId)}: ` : "";
      return `${what}${shownNumber(asked)} asked for, ${shownNumber(left)} available${where}.`;
    })
    .join(" ");
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
