/** Every property and parameter of the document gets its description, unless its schema has one of its own. */
import { FIELDS, OWN_FIELDS } from "./fields";

interface Shown {
  summary?: string;
  value?: unknown;
  $ref?: string;
}

export interface DescribedSchema {
  $ref?: string;
  description?: string;
  properties?: Record<string, DescribedSchema>;
  items?: DescribedSchema;
  additionalProperties?: boolean | DescribedSchema;
  anyOf?: DescribedSchema[];
  oneOf?: DescribedSchema[];
  allOf?: DescribedSchema[];
}

interface Content {
  schema: DescribedSchema;
  examples?: Record<string, Shown>;
}

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  description?: string;
  schema: DescribedSchema;
  examples?: Record<string, Shown>;
}

export interface DescribedAnswer {
  $ref?: string;
  description: string;
  content?: Record<string, Content>;
}

export interface DescribedOperation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, DescribedAnswer>;
}

export interface DescribedDocument {
  info: { description?: string };
  tags?: { name: string; description: string }[];
  paths: Record<string, Record<string, DescribedOperation>>;
  webhooks: Record<string, Record<string, DescribedOperation>>;
  components: {
    schemas: Record<string, DescribedSchema>;
    examples?: Record<string, Shown>;
    responses?: Record<string, DescribedAnswer>;
  };
}

/** Answers the names that it had a description for, of `FIELDS` and `OWN_FIELDS`. */
export function describeFields({ components, paths, webhooks }: DescribedDocument): Set<string> {
  const used = new Set<string>();
  const { schemas } = components;
  const describe = (field: DescribedSchema, owner: string, name: string) => {
    const target = schemas[field.$ref?.replace("#/components/schemas/", "") ?? ""];
    const own = `${owner}.${name}`;
    if (OWN_FIELDS[own] === undefined && (field.description ?? target?.description) !== undefined) return;
    const description = OWN_FIELDS[own] ?? FIELDS[name];
    used.add(own in OWN_FIELDS ? own : name);
    if (description !== undefined) field.description = description;
  };
  const walk = (schema: DescribedSchema, owner: string) => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      describe(field, owner, name);
      walk(field, owner);
    }
    for (const inner of schema.anyOf ?? []) walk(inner, owner);
    for (const inner of schema.oneOf ?? []) walk(inner, owner);
    for (const inner of schema.allOf ?? []) walk(inner, owner);
    if (schema.items) walk(schema.items, owner);
    if (typeof schema.additionalProperties === "object") walk(schema.additionalProperties, owner);
  };
  for (const [name, schema] of Object.entries(schemas)) walk(schema, name);
  for (const { operationId, parameters = [], requestBody, responses } of operationsIn(paths, webhooks)) {
    for (const parameter of parameters) {
      const { name, schema } = parameter;
      const said = parameter.description ?? schema.description;
      const own = `${operationId}.${name}`;
      const description = said ?? OWN_FIELDS[own] ?? FIELDS[name];
      if (said === undefined) used.add(own in OWN_FIELDS ? own : name);
      if (description !== undefined) parameter.description = description;
    }
    const contents = [requestBody, ...Object.values(responses)].flatMap((one) =>
      Object.values(one?.content ?? {}),
    );
    for (const { schema } of contents) walk(schema, operationId);
  }
  return used;
}

function operationsIn(...groups: Record<string, Record<string, DescribedOperation>>[]): DescribedOperation[] {
  return groups.flatMap((paths) => Object.values(paths).flatMap((operations) => Object.values(operations)));
}
