/**
 * The one way a route comes into being: its contract is what validates, what `/openapi.json` shows and what
 * decides who may call it, so none of the three can be forgotten. A request then passes one function: key,
 * scope, form, fields, handler.
 */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { authenticate, type Access, type Credential } from "./middleware/auth";
import { negotiate } from "./middleware/accept";
import { readJson } from "./middleware/body";
import { requestIdOf, type AppEnv } from "./middleware/request-id";
import { describe, type Described } from "./openapi";
import { invalid, ProblemError, type FieldError } from "./problem";

export type App = OpenAPIHono<AppEnv>;
export type Method = "get" | "post" | "put" | "patch" | "delete";

const NO_FIELDS = z.strictObject({});
type NoFields = typeof NO_FIELDS;

export interface Contract<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> extends Described {
  method: Method;
  /** In OpenAPI's form: `/v1/products/{productId}`. */
  path: string;
  scope: Access;
  params?: P;
  /**
   * Query parameters; any other is refused. `attr.<name>` ones gather in `attributes` when it has such a
   * field.
   */
  query?: Q;
  body?: B;
  /** Media types of the answer when it is not JSON alone. */
  produces?: readonly [string, ...string[]];
}

/** One request, authenticated and validated. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  c: Context<AppEnv>;
  env: Env;
  request: Request;
  headers: Headers;
  requestId: string;
  credential: Credential;
  /** The one of the contract's types that the caller likes best. */
  mediaType: string;
  params: P;
  query: Q;
  body: B;
}

type Handler<P, Q, B> = (call: Call<P, Q, B>) => Response | Promise<Response>;

const JSON_ONLY = ["application/json"] as const;
const NONE = Object.freeze({});

export function endpoint<
  P extends z.ZodType = NoFields,
  Q extends z.ZodType = NoFields,
  B extends z.ZodType = NoFields,
>(app: App, contract: Contract<P, Q, B>, handler: Handler<z.output<P>, z.output<Q>, z.output<B>>): void {
  const { method, path, scope, params, query = NO_FIELDS, body, produces = JSON_ONLY } = contract;
  // Where nothing needs to be said, an empty body is as good as {}.
  const empty = body?.safeParse(NONE).success ? NONE : undefined;
  describe(app, contract);
  app.on([method.toUpperCase()], [path.replaceAll(/\{(\w+)\}/g, ":$1")], async (c) => {
    const request = c.req.raw;
    const { headers } = request;
    const requestId = requestIdOf(c);
    const credential = authenticate(headers, c.env, scope);
    const mediaType = negotiate(headers.get("Accept"), produces);
    const call: Call = {
      c,
      env: c.env,
      request,
      headers,
      requestId,
      credential,
      mediaType,
      params: NONE,
      query: NONE,
      body: NONE,
    };
    if (params) call.params = check(params, c.req.param(), "path");
    if (request.url.includes("?")) call.query = check(query, queryFields(request.url, query), "query");
    else if (query !== NO_FIELDS) call.query = check(query, {}, "query");
    if (body) call.body = check(body, await readJson(request, empty), "body");
    return handler(call as Call<z.output<P>, z.output<Q>, z.output<B>>);
  });
}

function check(schema: z.ZodType, value: unknown, root: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProblemError(invalid(fieldErrors(parsed.error, root)));
}

/** Every bad field, unknown ones by name. */
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
    (said, key) => (typeof key === "number" ? `${said}[${key}]` : `${said}.${String(key)}`),
    root,
  );
}

/** A parameter given twice is an error of its own: one of the two would be lost. */
function queryFields(url: string, schema: z.ZodType): Record<string, unknown> {
  const gathers = schema instanceof z.ZodObject && "attributes" in schema.shape;
  const attributes = new Map<string, string>();
  const fields = new Map<string, unknown>();
  for (const [name, value] of new URL(url).searchParams) {
    const attribute = gathers && name.startsWith("attr.");
    const target = attribute ? attributes : fields;
    const key = attribute ? name.slice(5) : name;
    if (target.has(key) || (gathers && name === "attributes")) throw new ProblemError(repeated(name));
    target.set(key, value);
  }
  if (attributes.size > 0) fields.set("attributes", Object.fromEntries(attributes));
  return Object.fromEntries(fields);
}

function repeated(name: string) {
  return invalid([
    { path: `query.${name}`, code: "unexpected_parameter", message: "may not be given, or not twice" },
  ]);
}
