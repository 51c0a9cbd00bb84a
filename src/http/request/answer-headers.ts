/** What every answer says of how it may be kept and read, and of its client's rate limit, whichever route it comes from. */
import type { Context } from "hono";
import { policyField, rateLimitField } from "./rate-limit-fields";
import { requestIdOf, type AppEnv } from "./request-id";

/** Of the catalog: it may be kept anywhere, and is revalidated before it is used. */
export const SHARED = "no-cache";
const OWN = "private, no-cache";
const NOBODYS = "no-store";

interface Draft {
  status: number;
  type?: string | undefined;
  /** None: for the caller alone. */
  caching?: string | undefined;
  /** The route's own. */
  headers?: Record<string, string> | undefined;
}

const NONE = Object.freeze({});

/** An answer with all of it from the start. */
export function completeAnswer(
  c: Context<AppEnv>,
  body: BodyInit | null,
  { status, type, caching, headers: own = NONE }: Draft,
): Response {
  let varies = c.get("variesBy");
  if (caching !== undefined && !isPages(c)) varies = varies === undefined ? "Origin" : `${varies}, Origin`;
  const kept = caching ?? ("ETag" in own ? OWN : NOBODYS);
  const standing = c.get("standing");
  const limits = standing && policyField(standing);
  const answer = new Response(body, templateOf({ status, type, caching: kept, varies, limits }));
  const { headers } = answer;
  headers.set("X-Request-Id", requestIdOf(c));
  if (standing) headers.set("RateLimit", rateLimitField(standing));
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  c.set("completed", answer);
  return answer;
}

interface Common extends Pick<Draft, "status" | "type"> {
  caching: string;
  varies: string | undefined;
  /** The rate limits that it was counted by. */
  limits: string | undefined;
}

/**
 * Answers without a body, whose status and headers others begin with: the code has few ways to say these. Headers that are
 * copied from a response, and the rest set, cost half of those that are given by name and value.
 */
const templates = new Map<string, Response>();

function templateOf({ status, type, caching, varies, limits }: Common): Response {
  const key = `${status} ${type} ${caching} ${varies} ${limits}`;
  const known = templates.get(key);
  if (known) return known;
  const headers = new Headers({ "X-Content-Type-Options": "nosniff", "Cache-Control": caching });
  if (type !== undefined) headers.set("Content-Type", type);
  if (varies !== undefined) headers.set("Vary", varies);
  if (limits !== undefined) headers.set("RateLimit-Policy", limits);
  const template = new Response(null, { status, headers });
  templates.set(key, template);
  return template;
}

/** An answer of the catalog. */
export function shared(answer: Response, c?: Context<AppEnv>): Response {
  if (c?.get("completed") === answer) return answer;
  return answer.headers.has("Cache-Control") ? answer : withHeader(answer, "Cache-Control", SHARED);
}

/** Anything else is for the caller alone. What a route says of itself stands. */
export function sealed(c: Context<AppEnv>, answer: Response): Response {
  if (c.get("completed") === answer) return answer;
  let safe = withHeader(answer, "X-Content-Type-Options", "nosniff");
  const standing = c.get("standing");
  if (standing) {
    safe = withHeader(safe, "RateLimit", rateLimitField(standing));
    safe.headers.set("RateLimit-Policy", policyField(standing));
  }
  const { headers } = safe;
  const varies = c.get("variesBy");
  if (varies !== undefined) headers.append("Vary", varies);
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", headers.has("ETag") ? OWN : NOBODYS);
  else if (!isPages(c)) headers.append("Vary", "Origin");
  return safe;
}

/** What may be kept by others is another to pages of another origin; of those the answer speaks by itself (`withCors`). */
function isPages(c: Context<AppEnv>): boolean {
  return c.req.raw.headers.has("Origin");
}

/** The same answer; a copy where its headers are another's, as those of an asset are. */
export function withHeader(answer: Response, name: string, value: string): Response {
  try {
    answer.headers.set(name, value);
    return answer;
  } catch {
    const copy = new Response(answer.body, answer);
    copy.headers.set(name, value);
    return copy;
  }
}
