/**
 * A route is a value: its contract and its handler. The contract is what validates, what `/openapi.json` shows and what
 * decides who may call it, so none of the three can be forgotten. A request passes one function: key, scope, form, fields,
 * handler. `routes.ts` has all routes.
 */
import type { Context } from "hono";
import type { Operation } from "./openapi";
import type { ProblemCode } from "./problem";
import { negotiate } from "./request/accept";
import { shared } from "./request/answer-headers";
import { answerOnce, type Run } from "./request/answer-once";
import { andThen, type AtOnce } from "./request/at-once";
import { authenticate, authenticateLive } from "./request/auth";
import { checkBody, readJson } from "./request/body";
import type { Access, Credential } from "./request/credential";
import { check } from "./request/fields";
import { pathFieldsBy } from "./request/path-fields";
import { queryFields, requireUtf8 } from "./request/query";
import { requestIdOf, type AppEnv } from "./request/request-id";
import * as z from "./zod";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
type Method = (typeof METHODS)[number];

export const ANSWER_HEADERS = {
  ETag: "The version of this representation, in quotes.",
  Link: 'The next page, with rel="next".',
  Location: "Where the new thing is.",
  "Idempotency-Replayed": "`true` when the answer is the one an earlier request with this key got.",
  "X-Book-Offset": "The last offset of the book that this answer can have seen.",
} as const;

export interface Answer {
  description: string;
  /** None: the answer has no body. */
  schema?: z.ZodType;
  /** Where it is not `application/json`: the schema then describes one line. */
  types?: readonly string[];
  headers?: readonly (keyof typeof ANSWER_HEADERS)[];
}

const NO_FIELDS = z.strictObject({});
type NoFields = typeof NO_FIELDS;

export interface Contract<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
> {
  /** The path in OpenAPI's form: `GET /v1/products/{productId}`. */
  at: `${Uppercase<Method>} /${string}`;
  summary: string;
  scope: Access;
  params?: P;
  /** Any other is refused. `attr.<name>` ones gather in `attributes` where there is such a field. */
  query?: Q;
  body?: B;
  /** Media types of a body that is read as a stream. */
  consumes?: readonly string[];
  /** What a row of such a body is. */
  rows?: z.ZodType;
  /** Media types of the answer when it is not JSON alone. */
  produces?: readonly [string, ...string[]];
  /** The product or location has versions: `If-Match` is heeded. */
  versioned?: true;
  answers: Record<number, Answer>;
  problems?: readonly ProblemCode[];
  /** What its problems say beside their own facts, where it is known. */
  problemFields?: z.ZodRawShape;
  /** Schemas that the others only name, as `#/components/schemas/<name>`. */
  components?: Record<string, z.ZodType>;
  /** It has one effect and one answer per idempotency key, which no product's object keeps for it. `sealed`: it has a secret. */
  once?: "sealed" | true;
  /** A ticket in the URL may stand for the key. */
  ticketed?: true;
}

export interface Call<P = unknown, Q = unknown, B = unknown> {
  c: Context<AppEnv>;
  env: Env;
  request: Request;
  headers: Headers;
  requestId: string;
  /** Its answer may be kept by others than the caller. */
  isShared: boolean;
  credential: Credential;
  /** The one of the contract's types that the caller likes best. */
  mediaType: string;
  params: P;
  query: Q;
  body: B;
}

/** `run` says how it goes with a request that is answered once. */
type Handler<P, Q, B> = (call: Call<P, Q, B>, run: Run) => AtOnce<Response>;

/** `Name`: those that the document may have for it. */
export interface Route<Name extends string = string> {
  readonly method: Method;
  readonly path: string;
  /** None: the route is open to everybody, and nothing of its requests is looked at before its handler. */
  readonly contract?: Contract & { operationId: Name; tag: Tag };
  /** Of an open route that the document shows. */
  readonly operation?: Operation & { operationId: Name; tags: Tag[] };
  readonly handle: (c: Context<AppEnv>) => AtOnce<Response>;
}

/** Under which the document has its routes. */
export type Tag =
  | "Reservations"
  | "Stock"
  | "Catalog"
  | "Live"
  | "Events"
  | "Webhooks"
  | "Locations"
  | "Reports"
  | "Keys"
  | "Operation"
  | "Views";

interface Unnamed {
  contract: Contract;
  handle: Route["handle"];
}

/** Routes of one heading, each under the name that the document has for it. */
export function routesOf<Name extends string>(tag: Tag, routeByName: Record<Name, Unnamed>): Route<Name>[] {
  const routes: Route<Name>[] = [];
  for (const operationId in routeByName) {
    const { contract, handle } = routeByName[operationId];
    const [verb, path = ""] = contract.at.split(" ");
    const method = METHODS.find((known) => known.toUpperCase() === verb);
    if (!method) throw new Error(`${contract.at} has no method`);
    routes.push({ method, path, contract: { ...contract, operationId, tag }, handle });
  }
  return routes;
}

const JSON_ONLY = ["application/json"] as const;
const NONE = Object.freeze({});
const ALONE: Run = Object.freeze({ resumed: false, keep: false });

export function route<
  P extends z.ZodObject = NoFields,
  Q extends z.ZodObject = NoFields,
  B extends z.ZodType = NoFields,
>(endpoint: Contract<P, Q, B> & { handle: Handler<z.output<P>, z.output<Q>, z.output<B>> }): Unnamed {
  const { handle: handler, ...contract } = endpoint;
  const { at, scope, params, query = NO_FIELDS, produces = JSON_ONLY } = contract;
  const isShared = scope === "catalog:read";
  const pathFields = params && pathFieldsBy(params);
  /** What the query comes to where there is none: the same each time. */
  let unasked: unknown;
  // What is sent where nothing is read must not be lost without a word.
  const body = contract.body ?? (at.startsWith("GET ") || contract.consumes ? undefined : NO_FIELDS);
  const answer = (call: Call): AtOnce<Response> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fields are what the contract's schemas made of them
    const typed = call as Call<z.output<P>, z.output<Q>, z.output<B>>;
    const made = contract.once
      ? answerOnce(call, async (run) => handler(typed, run), contract.once === "sealed")
      : handler(typed, ALONE);
    return isShared ? andThen(made, (one) => shared(one, call.c)) : made;
  };
  const pass = (c: Context<AppEnv>, credential: Credential): AtOnce<Response> => {
    const request = c.req.raw;
    const { headers, url } = request;
    c.set("credential", credential);
    const call: Call = {
      c,
      env: c.env,
      request,
      headers,
      requestId: requestIdOf(c),
      isShared,
      credential,
      mediaType: negotiate(headers.get("Accept"), produces),
      params: NONE,
      query: NONE,
      body: NONE,
    };
    if (url.includes("%")) requireUtf8(url);
    if (pathFields) call.params = pathFields(c.req.param());
    if (url.includes("?")) call.query = check(query, queryFields(url, query), "query");
    else if (query !== NO_FIELDS) call.query = unasked ??= Object.freeze(check(query, NONE, "query"));
    if (!body) return answer(call);
    return readJson(request).then((json) => {
      call.body = checkBody(body, json);
      return answer(call);
    });
  };
  const handle: Route["handle"] = (c) => {
    const { raw } = c.req;
    const found = contract.ticketed
      ? authenticateLive(raw, c.env, scope)
      : authenticate(raw.headers, c.env, scope);
    return andThen(found, (credential) => pass(c, credential));
  };
  return { contract, handle };
}

/** Whoever asks gets it, without a key. */
export function openRoute<Name extends string>(
  path: string,
  handle: Route["handle"],
  operation?: Operation & { operationId: Name; tags: Tag[] },
): Route<Name> {
  return { method: "get", path, handle, ...(operation && { operation }) };
}
