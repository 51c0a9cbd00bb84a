/** What is wrong with the fields of a request: every bad one, by its place. */
import { invalid, ProblemError, type FieldError } from "../problem";
import * as z from "../zod";
import { issueMessage } from "./issue-messages";

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
