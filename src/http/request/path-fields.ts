/**
 * The parameters of a path. Each is nearly always a text with one pattern and nothing else: then that pattern, taken from the
 * schema itself, says that all is well, and the schema is only asked what is wrong.
 */
import * as z from "../zod";
import { check } from "./fields";

type Fields = Record<string, string>;

/** Throws a problem (400). `params` must not change anything that it lets through by its pattern. */
export function pathFieldsBy(params: z.ZodObject): (found: Fields) => unknown {
  const patterns = Object.entries(params.shape).map(([name, schema]) => ({
    name,
    pattern: patternOf(schema),
  }));
  return (found) => {
    for (const { name, pattern } of patterns) {
      const value = found[name];
      if (value === undefined || !pattern?.test(value)) return check(params, found, "path");
    }
    return found;
  };
}

/** undefined: it is more than a pattern. */
function patternOf(schema: unknown): RegExp | undefined {
  if (!(schema instanceof z.ZodString)) return undefined;
  const [first, ...others] = (schema.def.checks ?? []).map(({ _zod }) => _zod.def);
  if (first?.check !== "string_format" || others.length > 0) return undefined;
  return "pattern" in first && first.pattern instanceof RegExp ? first.pattern : undefined;
}
