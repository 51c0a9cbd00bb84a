/** The query of a URL: its text is UTF-8, and no parameter is lost. */
import { badField } from "../problem";
import * as z from "../zod";

const ENCODED = /(?:%[0-9a-f]{2})+/gi;

/** Of the path too. Bytes that are no text would be read as other ones: throws a problem (400). */
export function requireUtf8(url: string): void {
  const [path = "", ...query] = url.split("?");
  for (const [place, text] of Object.entries({ path, query: query.join("?") })) {
    if (text.match(ENCODED)?.every(isUtf8) ?? true) continue;
    throw badField(place, "malformed_text", "has percent-encoded bytes that are not UTF-8");
  }
}

function isUtf8(encoded: string): boolean {
  try {
    return decodeURIComponent(encoded) !== "";
  } catch {
    return false;
  }
}

/**
 * The parameters by name; `attr.<name>` ones gather in `attributes` where the schema has such a field. Throws a problem (400)
 * for one given twice: one of the two would be lost.
 */
export function queryFields(url: string, schema: z.ZodType): Record<string, unknown> {
  const gathers = takesAttributes(schema);
  const attributes = new Map<string, string>();
  const fields = new Map<string, unknown>();
  for (const [name, value] of new URL(url).searchParams) {
    const attribute = gathers && name.startsWith("attr.");
    const target = attribute ? attributes : fields;
    const key = attribute ? name.slice(5) : name;
    if (target.has(key) || (gathers && name === "attributes"))
      throw badField(`query.${name}`, "unexpected_parameter", "may not be given, or not twice");
    target.set(key, value);
  }
  if (attributes.size > 0) fields.set("attributes", Object.fromEntries(attributes));
  return Object.fromEntries(fields);
}

export function takesAttributes(query: z.ZodType | undefined): query is z.ZodObject {
  return query instanceof z.ZodObject && "attributes" in query.shape;
}
