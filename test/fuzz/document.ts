/** The project's own OpenAPI document, as far as the fuzzer reads it. */

export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  enum?: readonly unknown[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: readonly string[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
}

/** By its name, which a request and its answer have in common. */
export type Examples = Record<string, { value?: unknown }>;

interface Content {
  content?: Record<string, { schema: Schema; examples?: Examples }>;
}

export interface DeclaredAnswer extends Content {
  $ref?: string;
  description: string;
  headers?: Record<string, { required?: boolean }>;
}

export interface Parameter {
  in: "path" | "query" | "header";
  name: string;
  required?: boolean;
  schema: Schema;
  examples?: Examples;
}

interface DescribedOperation {
  operationId: string;
  parameters?: readonly Parameter[];
  requestBody?: Content & { required?: boolean };
  responses: Record<string, DeclaredAnswer>;
  security?: readonly unknown[];
}

export interface Operation extends DescribedOperation {
  method: string;
  /** With `{parameters}`. */
  path: string;
}

export interface Document {
  components: { schemas: Record<string, Schema>; responses?: Record<string, DeclaredAnswer> };
  paths: Record<string, Record<string, DescribedOperation>>;
}

export function parseDocument(json: string): Document {
  return JSON.parse(json);
}

export function operationsOf({ paths, components }: Document): Operation[] {
  const declared = (answer: DeclaredAnswer): DeclaredAnswer =>
    components.responses?.[answer.$ref?.split("/").at(-1) ?? ""] ?? answer;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, answer]) => [status, declared(answer)]),
      ),
      path,
      method: method.toUpperCase(),
    })),
  );
}

const COMPONENT = "#/components/schemas/";

/** What a reference means; anything else as it is. */
export function resolve({ components }: Document, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = components.schemas[schema.$ref.replace(COMPONENT, "")];
  if (!found) throw new Error(`the document has no ${schema.$ref}`);
  return found;
}

/** Methods that the document has for a path, as `Allow` names them. */
export function methodsAt({ paths }: Document, path: string): string[] {
  return Object.keys(paths[path] ?? {}).flatMap((method) =>
    method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()],
  );
}
