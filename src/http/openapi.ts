/** The OpenAPI document: every route's contract as an operation, with what all operations have in common. */
import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import { PROBLEMS, type ProblemCode } from "./problem";
import { takesAttributes } from "./request/query";
import { DELIVERIES } from "./reference/deliveries";
import { problem, problemOf } from "./reference/problems";
import { ANSWER_HEADERS, type Answer, type Contract, type Route } from "./route";
import * as z from "./zod";

/** What the document says of a route at its method and path. */
export type Operation = Omit<RouteConfig, "method" | "path">;

export function openApiDocument(routes: readonly Route[]) {
  const document = new OpenAPIHono();
  const registry = document.openAPIRegistry;
  const apiKey = { type: "apiKey", in: "header", name: "X-API-Key" } as const;
  const description = "Your key. `demo` and `admin-demo` are those of `npm start`.";
  registry.registerComponent("securitySchemes", "apiKey", { ...apiKey, description });
  const bearer = { type: "http", scheme: "bearer", description: "Your key, in the other form." } as const;
  registry.registerComponent("securitySchemes", "bearer", bearer);
  registry.register("Problem", problem);
  for (const { method, path, contract, operation } of routes) {
    for (const [name, schema] of Object.entries(contract?.components ?? {})) registry.register(name, schema);
    const shown = contract ? operationOf(contract) : operation && openOperation(operation);
    if (shown) registry.registerPath({ method, path, ...shown });
  }
  for (const delivery of DELIVERIES) registry.registerWebhook(delivery);
  return document.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: "1",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/", description: "The service that this document comes from." }],
  });
}

const COMMON: readonly ProblemCode[] = [
  "validation_failed",
  "unauthenticated",
  "forbidden",
  "not_acceptable",
  "rate_limited",
  "internal",
  "overloaded",
];
const BODY: readonly ProblemCode[] = ["malformed_json", "body_too_large", "unsupported_media_type"];

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe("One effect per key: a repeat with the same content is answered as the first was.");
const ifMatch = z
  .string()
  .optional()
  .openapi({ description: 'The version the caller saw, such as `"17"`; of several, any may be the one.' });

function operationOf(contract: NonNullable<Route["contract"]>): Operation {
  const { operationId, summary, tag, params, query, answers, versioned } = contract;
  const shown = Object.entries(answers).map(([status, one]) => [status, answer(one)] as const);
  const headers = z.object({ "Idempotency-Key": idempotencyKey, ...(versioned && { "If-Match": ifMatch }) });
  return {
    operationId,
    summary,
    tags: [tag],
    security: securityOf(contract),
    ...(takesAttributes(query) && { parameters: [ATTRIBUTE_FILTERS] }),
    request: {
      ...(params && { params }),
      ...(query && { query: takesAttributes(query) ? query.omit({ attributes: true }) : query }),
      ...(!reads(contract) && { headers }),
      ...requestBody(contract),
    },
    responses: { ...problems(contract), ...Object.fromEntries(shown) },
  };
}

/** Nothing is served while a setting is not valid. */
function openOperation(operation: Operation): Operation {
  const content = { "application/problem+json": { schema: problemOf(["misconfigured"]) } };
  return {
    ...operation,
    responses: { ...operation.responses, 503: { description: "misconfigured", content } },
  };
}

/** A scope each, where any of several will do. */
function securityOf({ scope }: Contract) {
  const scopes = scope === "any key" ? [[]] : [scope].flat().map((one) => [one]);
  return scopes.flatMap((needed) => [{ apiKey: needed }, { bearer: needed }]);
}

function reads({ at }: Contract): boolean {
  return at.startsWith("GET ");
}

/** Of bodies that are lines. */
const LINES: Record<string, string> = {
  "application/x-ndjson": "A product on each line, with the fields of `NewProduct`.",
  "text/csv":
    "A line of field names, then a product on each line; `price.amount`, `attributes.theme`, tags divided by `|`.",
};

function requestBody({ consumes, rows = z.unknown(), body: schema }: Contract) {
  if (consumes) {
    const schemaOf = (type: string) =>
      type === "application/json" ? z.array(rows) : z.string().describe(LINES[type] ?? "");
    const content = Object.fromEntries(consumes.map((type) => [type, { schema: schemaOf(type) }]));
    return { body: { required: true, content } };
  }
  if (!schema) return {};
  return { body: { required: !schema.safeParse({}).success, content: { "application/json": { schema } } } };
}

function answer({ description, schema, types = ["application/json"], headers: names = [] }: Answer) {
  const text = { type: "string" as const };
  const headers = names.map((name) => [name, { description: ANSWER_HEADERS[name], schema: text }]);
  const content =
    schema &&
    Object.fromEntries(types.map((type) => [type, { schema: type === "text/html" ? PAGE : schema }]));
  return { description, headers: Object.fromEntries(headers), ...(content && { content }) };
}

const PAGE = z.string().describe("A page that is read without scripts.");

const wait = { description: "Seconds.", schema: { type: "string" as const }, required: true };
const rateLimit = { schema: { type: "string" as const } };
/** Of problems, by their status. */
const HEADERS: Record<number, Record<string, typeof wait | (typeof rateLimit & { description: string })>> = {
  429: {
    "Retry-After": wait,
    "RateLimit-Policy": { ...rateLimit, description: "Requests (`q`) in so many seconds (`w`), by policy." },
    RateLimit: { ...rateLimit, description: "What is left of them (`r`) for so many seconds (`t`)." },
  },
  503: { "Retry-After": wait },
};

function problems(contract: Contract) {
  const codes = [...COMMON, ...(contract.problems ?? [])];
  if (!reads(contract)) codes.push(...BODY, "idempotency_key_reused");
  if (contract.versioned) codes.push("version_conflict");
  const codesByStatus = Map.groupBy(new Set(codes), (code): number => PROBLEMS[code].status);
  if (contract.versioned) codesByStatus.set(412, ["version_conflict"]);
  const hasPages = contract.produces?.includes("text/html");
  const more = contract.problemFields && z.object(contract.problemFields).partial().shape;
  const responses = [...codesByStatus].map(([status, names]) => {
    const content = {
      "application/problem+json": { schema: problemOf(names, more) },
      ...(hasPages && { "text/html": { schema: PAGE } }),
    };
    return [
      status,
      { description: names.join(", "), content, ...(HEADERS[status] && { headers: HEADERS[status] }) },
    ];
  });
  return Object.fromEntries(responses);
}

/** `attr.<name>=` is a family of parameters; an exploded form object is how OpenAPI says that. */
const ATTRIBUTE_FILTERS = {
  name: "attributes",
  in: "query" as const,
  description: "`attr.<name>=<value>`: products whose attribute has this value; several must all match.",
  style: "form" as const,
  explode: true,
  schema: {
    type: "object" as const,
    patternProperties: { "^attr\\.": { type: "string" as const } },
    additionalProperties: false,
  },
};
