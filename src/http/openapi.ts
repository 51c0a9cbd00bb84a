/** From a route's contract to its entry in the OpenAPI document, with what all routes have in common. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Access } from "./middleware/auth";
import type { AppEnv } from "./middleware/request-id";
import { PROBLEMS, type ProblemCode } from "./problem";

export interface Answer {
  description: string;
  /** None: the answer has no body. */
  schema?: z.ZodType;
  /** Where it is not `application/json`: the schema then describes one line. */
  types?: readonly string[];
  headers?: readonly (keyof typeof ANSWER_HEADERS)[];
}

/** What the document says of a route beside its fields. */
export interface Described {
  operationId: string;
  summary: string;
  tag: "Catalog" | "Stock" | "Reservations" | "Events" | "Locations" | "Webhooks" | "Operation";
  answers: Record<number, Answer>;
  problems?: readonly ProblemCode[];
  /** Media types of a body that is read as a stream. */
  consumes?: readonly string[];
  /** The product or location has versions: `If-Match` is heeded. */
  versioned?: true;
}

interface Route extends Described {
  method: "get" | "post" | "put" | "patch" | "delete";
  path: string;
  scope: Access;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
}

const ANSWER_HEADERS = {
  ETag: "The version of this representation, in quotes.",
  Link: 'The next page, with rel="next".',
  Location: "Where the new thing is.",
  "Idempotency-Replayed": "`true` when the answer is the one an earlier request with this key got.",
  "X-Book-Offset": "The last offset of the book that this answer can have seen.",
} as const;

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem", { description: "RFC 9457, with facts by code." });

const COMMON: readonly ProblemCode[] = [
  "validation_failed",
  "unauthenticated",
  "forbidden",
  "not_acceptable",
  "internal",
  "overloaded",
];
const BODY: readonly ProblemCode[] = ["malformed_json", "body_too_large", "unsupported_media_type"];

const idempotencyKey = z.string().min(1).max(255).optional().openapi({
  description: "One effect per key: a repeat with the same content is answered as the first was.",
});
const ifMatch = z.string().optional().openapi({ description: 'The version the caller saw, such as `"17"`.' });

const routesByApp = new WeakMap<OpenAPIHono<AppEnv>, Route[]>();

/** Kept as it is until somebody asks for the document: a Worker that starts has better things to do. */
export function describe(app: OpenAPIHono<AppEnv>, route: Route): void {
  const routes = routesByApp.get(app);
  if (routes) routes.push(route);
  else routesByApp.set(app, [route]);
}

/** Every route that has a contract. */
export function routesOf(app: OpenAPIHono<AppEnv>): readonly Route[] {
  return routesByApp.get(app) ?? [];
}

/** Puts every route described so far into the app's registry. */
export function registerRoutes(app: OpenAPIHono<AppEnv>): void {
  for (const route of routesOf(app)) register(app, route);
}

function register(app: OpenAPIHono<AppEnv>, route: Route): void {
  const { method, path, operationId, summary, tag, params, query, body } = route;
  app.openAPIRegistry.registerPath({
    method,
    path,
    operationId,
    summary,
    tags: [tag],
    security: [{ apiKey: [] }, { bearer: [] }],
    ...(hasAttributes(query) && { parameters: [ATTRIBUTE_FILTERS] }),
    request: {
      ...(params && { params: params as z.ZodObject }),
      ...(query && { query: withoutAttributes(query) }),
      ...(method !== "get" && { headers: changeHeaders(route) }),
      ...requestBody(route, body),
    },
    responses: { ...Object.fromEntries(Object.entries(route.answers).map(answer)), ...problems(route) },
  });
}

function changeHeaders(route: Route): z.ZodObject {
  return route.versioned
    ? z.object({ "Idempotency-Key": idempotencyKey, "If-Match": ifMatch })
    : z.object({ "Idempotency-Key": idempotencyKey });
}

function requestBody(route: Route, schema: z.ZodType | undefined) {
  if (route.consumes) {
    const content = Object.fromEntries(route.consumes.map((type) => [type, { schema: z.string() }]));
    return { body: { required: true, content } };
  }
  if (!schema) return {};
  return { body: { required: !schema.safeParse({}).success, content: { "application/json": { schema } } } };
}

function answer([status, { description, schema, types = ["application/json"], headers = [] }]: [
  string,
  Answer,
]) {
  const said = [...headers].map((name) => [
    name,
    { description: ANSWER_HEADERS[name], schema: { type: "string" as const } },
  ]);
  const content = schema && Object.fromEntries(types.map((type) => [type, { schema }]));
  return [status, { description, headers: Object.fromEntries(said), ...(content && { content }) }] as const;
}

function problems(route: Route) {
  const codes = [...COMMON, ...(route.body || route.consumes ? BODY : []), ...(route.problems ?? [])];
  if (route.method !== "get") codes.push("idempotency_key_reused");
  const codesByStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status as number);
  if (route.versioned) {
    codesByStatus.set(409, [...(codesByStatus.get(409) ?? []), "version_conflict"]);
    codesByStatus.set(412, ["version_conflict"]);
  }
  const responses = [...codesByStatus].map(([status, names]) => [
    status,
    { description: names.join(", "), content: { "application/problem+json": { schema: problemSchema } } },
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

function hasAttributes(query: z.ZodType | undefined): boolean {
  return query instanceof z.ZodObject && "attributes" in query.shape;
}

function withoutAttributes(query: z.ZodType): z.ZodObject {
  const { attributes: _, ...shape } = (query as z.ZodObject).shape;
  return z.object(shape);
}
