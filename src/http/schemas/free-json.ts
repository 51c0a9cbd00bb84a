/**
 * JSON whose names are the caller's own. Names that mean something to the language, and text that is no text, are refused
 * before anything is copied: a copy would lose the former without a word.
 */
import { MAX_METADATA_DEPTH } from "../../limits";
import * as z from "../zod";

export const RESERVED_NAMES: readonly string[] = ["__proto__", "constructor", "prototype"];

export const WELL_FORMED = "must be well-formed Unicode";

const FAULTS = {
  reserved_name: `may not be named ${RESERVED_NAMES.join(", ")}`,
  malformed_text: WELL_FORMED,
  too_deep: `may be at most ${MAX_METADATA_DEPTH} levels deep`,
} as const;

type Report = (code: keyof typeof FAULTS, path: readonly PropertyKey[]) => void;

/** `schema` for a value whose names and texts, at every level, are free. */
export function freeJson<S extends z.ZodType>(schema: S) {
  return z.preprocess((value, context) => {
    let tooDeep = false;
    inspect(value, [], (code, path) => {
      // Once is enough, whatever it is that is nested.
      if (code === "too_deep" && tooDeep) return;
      tooDeep ||= code === "too_deep";
      const place = code === "too_deep" ? [] : [...path];
      context.addIssue({ code: "custom", params: { code }, path: place, message: FAULTS[code] });
    });
    return value;
  }, schema);
}

/** Goes no deeper than what is allowed, however deep the value is. */
function inspect(value: unknown, path: PropertyKey[], report: Report): void {
  if (typeof value === "string" && !value.isWellFormed()) report("malformed_text", path);
  if (typeof value !== "object" || value === null) return;
  if (path.length === MAX_METADATA_DEPTH) return report("too_deep", path);
  const isList = Array.isArray(value);
  for (const [name, inner] of Object.entries(value)) {
    path.push(isList ? Number(name) : name);
    if (RESERVED_NAMES.includes(name)) report("reserved_name", path);
    else if (!name.isWellFormed()) report("malformed_text", path);
    inspect(inner, path, report);
    path.pop();
  }
}
