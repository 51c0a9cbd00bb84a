/** The OpenAPI document: every route's contract as an operation, with what all operations have in common. */
import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../domain/events/event";
import { event } from "./events/schemas";
import { PROBLEMS, type ProblemCode } from "./problem";
import { takesAttributes } from "./request/query";
import { ANSWER_HEADERS, type Answer, type Contract, type Route } from "./route";
import { MAX_ERROR_CHARS, MAX_ERRORS_SHOWN } from "./wire-limits";
import * as z from "./zod";

/** What the document says of a route at its method and path. */
export type Operation = Omit<RouteConfig, "method" | "path">;

const DESCRIPTION =
  "The inventory service that never sells the same unit twice. Every product has an object of its own that " +
  "decides; lists and the event log come from the book, a moment behind, and say how fresh they are.";

const delivered = z.component("DeliveredEvent", {
  type: z.enum(EVENT_TYPES),
  timestamp: z.string(),
  data: event,
});

/** What an endpoint gets. */
const DELIVERY: RouteConfig = {
  method: "post",
  path: "event",
  summary: "An event, sent to the endpoint of each webhook that wants it",
  tags: ["Webhooks"],
  request: {
    headers: z.object({
      "webhook-id": z.string().openapi({ description: "`evt_<offset>`, the same in every attempt." }),
      "webhook-timestamp": z.string().openapi({ description: "Seconds since 1970, of this attempt." }),
      "webhook-signature": z.string().openapi({
        description:
          "As Standard Webhooks signs: `v1,` and the signature; several while a secret is replaced.",
      }),
    }),
    body: { content: { "application/json": { schema: delivered } } },
  },
  responses: { "2XX": { description: "Taken. Anything else: it is sent again." } },
};

export function openApiDocument(routes: readonly Route[]) {
  const document = new OpenAPIHono();
  const registry = document.openAPIRegistry;
  const apiKey = { type: "apiKey", in: "header", name: "X-API-Key" } as const;
  registry.registerComponent("securitySchemes", "apiKey", apiKey);
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  for (const { method, path, contract, operation } of routes) {
    for (const [name, schema] of Object.entries(contract?.components ?? {})) registry.register(name, schema);
    const shown = contract ? operationOf(contract) : operation;
    if (shown) registry.registerPath({ method, path, ...shown });
  }
  registry.registerWebhook(DELIVERY);
  return document.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Holdfast", version: "1", description: DESCRIPTION },
    servers: [{ url: "/" }],
  });
}

const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(Object.keys(PROBLEMS)),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
      .max(MAX_ERRORS_SHOWN)
      .optional()
      .describe(`The first bad fields; names and messages are cut at ${MAX_ERROR_CHARS} characters.`),
    errorCount: z.int().optional().describe("How many bad fields there are."),
  })
  .openapi("Problem", { description: "RFC 9457, with extension members by code." });

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
    security: [{ apiKey: [] }, { bearer: [] }],
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

function reads({ at }: Contract): boolean {
  return at.startsWith("GET ");
}

function requestBody({ consumes, body: schema }: Contract) {
  if (consumes) {
    const content = Object.fromEntries(consumes.map((type) => [type, { schema: z.string() }]));
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
  const content = {
    "application/problem+json": { schema: problemSchema },
    ...(hasPages && { "text/html": { schema: PAGE } }),
  };
  const responses = [...codesByStatus].map(([status, names]) => [
    status,
    { description: names.join(", "), content, ...(HEADERS[status] && { headers: HEADERS[status] }) },
  ]);
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
