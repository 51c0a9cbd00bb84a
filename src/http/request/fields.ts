/**
 * What is wrong with the fields of a request: every bad one, by its place. No message is the validator's own; one at a schema
 * comes before these.
 */
import { invalid, ProblemError, type FieldError } from "../problem";
import * as z from "../zod";

z.config({ customError: issueMessage });

/** `root` is where the fields stand: `body`, `query`, `path`. Throws a problem (400). */
export function check(schema: z.ZodType, value: unknown, root: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProblemError(invalid(fieldErrors(parsed.error, root)));
}

export function fieldErrors(error: z.ZodError, root: string): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    const path = pathOf(root, issue.path);
    if (issue.code !== "unrecognized_keys") return [{ path, code: codeOf(issue), message: issue.message }];
    return issue.keys.map((key) => ({
      path: pathOf(path, [key]),
      code: "unknown_field",
      message: "is not known here",
    }));
  });
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "custom") return issue.code;
  const code: unknown = issue.params?.["code"];
  return typeof code === "string" ? code : "invalid_value";
}

function pathOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (parent, key) => (typeof key === "number" ? `${parent}[${key}]` : `${parent}.${String(key)}`),
    root,
  );
}

const TYPES: Record<string, string> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

const FORMATS: Record<string, string> = {
  datetime: "must be a time in UTC such as 2026-01-31T12:00:00Z",
  url: "must be an address such as https://example.com/",
};

/** What a size is counted in; a number's size is itself. */
const UNITS: Record<string, string> = { string: "characters", array: "entries", object: "names" };

function issueMessage(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is required";
      return `must be ${TYPES[issue.expected] ?? "of another type"}`;
    case "invalid_value":
      return oneOf(issue.values);
    case "too_small":
      if (issue.minimum === 1 && issue.origin in UNITS) return "must not be empty";
      return `must ${measured(issue, issue.inclusive === false ? "more than" : "at least", issue.minimum)}`;
    case "too_big":
      return `must ${measured(issue, issue.inclusive === false ? "less than" : "at most", issue.maximum)}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return FORMATS[issue.format] ?? "does not have the form that is wanted here";
    case "invalid_key":
      return issue.issues[0]?.message ?? "has a name that is not taken here";
    case "invalid_union":
      return Array.isArray(issue.options)
        ? oneOf(issue.options)
        : "has none of the forms that are taken here";
    case "unrecognized_keys":
      return "is not known here";
    default:
      return "is not valid";
  }
}

function oneOf(values: readonly unknown[]): string {
  const list = values.map(String).join(", ");
  return values.length === 1 ? `must be ${list}` : `must be one of ${list}`;
}

function measured(
  issue: { origin: string; exact?: boolean },
  comparison: string,
  bound: number | bigint,
): string {
  const unit = UNITS[issue.origin];
  const bounded = `${issue.exact ? "exactly" : comparison} ${bound}`;
  return unit === undefined ? `be ${bounded}` : `have ${bounded} ${unit}`;
}
