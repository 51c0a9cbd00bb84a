import type { CatalogPatch, CommandOf } from "../command";
import type { LiveFacts, Outcome } from "../decision";
import { catalogSchema, type CatalogFields } from "../product";

const FIELD_NAMES = catalogSchema.keyof().options;

/** Edits the catalog entry. What already reads as asked is no change. */
export function decideEdit(facts: LiveFacts, command: CommandOf<"edit">): Outcome {
  const { product, now } = facts;
  const fields = merged(product.fields, command.patch);
  const changes = differences(product.fields, fields);
  if (Object.keys(changes).length === 0) return { events: [], answer: { view: "product" } };
  return {
    events: [{ type: "product.updated", data: { changes }, level: null }],
    answer: { view: "product" },
    product: { ...product, fields, updatedAt: now },
  };
}

function merged(fields: CatalogFields, patch: CatalogPatch): CatalogFields {
  const { attributes: changed, ...rest } = patch;
  const attributes = { ...fields.attributes };
  for (const [name, value] of Object.entries(changed ?? {})) {
    if (value === null) delete attributes[name];
    else attributes[name] = value;
  }
  return { ...fields, ...rest, attributes };
}

/** The fields of `after` that differ. Attributes compare by name, whatever their order. */
function differences(before: CatalogFields, after: CatalogFields): Partial<CatalogFields> {
  const changed = FIELD_NAMES.filter((name) => canonical(before[name]) !== canonical(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

function canonical(value: unknown): string {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
