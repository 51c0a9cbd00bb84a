/** Every code a client can meet, its status and title, and the writer of problem documents (RFC 9457). */
import type { Context } from "hono";
import { completeAnswer } from "./request/answer-headers";
import { requestIdOf, type AppEnv } from "./request/request-id";
import { MAX_ERROR_CHARS, MAX_ERRORS_SHOWN } from "./wire-limits";

export const PROBLEMS = {
  validation_failed: { status: 400, title: "The request is not valid" },
  malformed_json: { status: 400, title: "The body is not JSON" },
  unauthenticated: { status: 401, title: "A key is needed" },
  forbidden: { status: 403, title: "The key may not do this" },
  product_not_found: { status: 404, title: "There is no such product" },
  location_not_found: { status: 404, title: "There is no such location" },
  level_not_found: { status: 404, title: "The product has no stock at this location" },
  reservation_not_found: { status: 404, title: "There is no such reservation" },
  order_not_found: { status: 404, title: "There is no such order" },
  route_not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "This path does not take this method" },
  not_acceptable: { status: 406, title: "The answer has no form that the request accepts" },
  product_exists: { status: 409, title: "The product exists" },
  insufficient_stock: { status: 409, title: "There is not enough stock" },
  product_not_active: { status: 409, title: "The product is not for sale" },
  version_conflict: { status: 409, title: "It has changed since it was read" },
  reservation_already_confirmed: { status: 409, title: "The reservation is confirmed" },
  reservation_already_released: { status: 409, title: "The reservation is released" },
  order_exists: { status: 409, title: "The order exists" },
  level_in_use: { status: 409, title: "The level is in use" },
  location_exists: { status: 409, title: "The location exists with other content" },
  location_in_use: { status: 409, title: "The location is in use" },
  location_closed: { status: 409, title: "The location is being removed" },
  product_in_use: { status: 409, title: "The product has stock or holds" },
  source_not_configured: { status: 409, title: "The source has no key here" },
  extension_limit_reached: { status: 409, title: "The hold has been extended as often as one may be" },
  customer_limit_reached: { status: 409, title: "The customer has as many as one may have" },
  reservation_expired: { status: 410, title: "The reservation has expired" },
  offset_expired: { status: 410, title: "These events are no longer kept" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body has a type that is not read here" },
  idempotency_key_reused: { status: 422, title: "The idempotency key belongs to another request" },
  below_reserved: { status: 422, title: "Less than what is held" },
  customer_required: { status: 422, title: "It must be said for whom" },
  reason_required: { status: 422, title: "A reason is needed" },
  exceeds_held: { status: 422, title: "More than what is held" },
  rate_limited: { status: 429, title: "Too many requests" },
  holds_limit_reached: { status: 429, title: "Too many holds" },
  internal: { status: 500, title: "Something went wrong here" },
  book_unavailable: { status: 503, title: "The book cannot be reached at the moment" },
  misconfigured: { status: 503, title: "The settings are not valid" },
  overloaded: { status: 503, title: "Too busy at the moment" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  /** `body.lines[0].quantity`, `query.limit`, `path.productId`, `header.If-Match`. */
  path: string;
  code: string;
  message: string;
}

export interface Problem {
  code: ProblemCode;
  detail: string;
  /** Overrides the code's own status: only a version conflict met through `If-Match` does. */
  status?: number;
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Thrown by what comes before and around a handler; the app turns it into its answer. */
export class ProblemError extends Error {
  /** A cause is for the log alone. */
  constructor(
    readonly problem: Problem,
    cause?: unknown,
  ) {
    super(problem.detail, { cause });
  }
}

/** However much is wrong, and however long the names are, the answer stays small. */
export function invalid(errors: readonly FieldError[]): Problem {
  const errorCount = errors.length;
  const shown = errors
    .slice(0, MAX_ERRORS_SHOWN)
    .map(({ path, code, message }) => ({ path: cut(path), code, message: cut(message) }));
  const [first] = shown;
  const more = errorCount > 1 ? ` (and ${errorCount - 1} more)` : "";
  const detail = first ? `${first.path}: ${first.message}${more}` : "The request is not valid.";
  return { code: "validation_failed", detail, extensions: { errors: shown, errorCount } };
}

export function badField(path: string, code: string, message: string): ProblemError {
  return new ProblemError(invalid([{ path, code, message }]));
}

function cut(text: string): string {
  const short = text.length > MAX_ERROR_CHARS ? `${text.slice(0, MAX_ERROR_CHARS - 1)}…` : text;
  return short.toWellFormed();
}

export function notFound(
  code: "location_not_found" | "product_not_found" | "reservation_not_found",
  id: string,
): Problem {
  const noun = code.replace("_not_found", "");
  return { code, detail: `There is no ${noun} ${id}.`, extensions: { [`${noun}Id`]: id } };
}

export function missing(...what: Parameters<typeof notFound>): never {
  throw new ProblemError(notFound(...what));
}

export function nothingAt(path: string): Problem {
  return { code: "route_not_found", detail: `Nothing is at ${path}.` };
}

export function offsetExpired(oldestOffset: number | null | undefined): Problem {
  const detail = `Events before offset ${oldestOffset} are no longer kept.`;
  return { code: "offset_expired", detail, extensions: { oldestOffset } };
}

/** A problem is only waited out where the wait may be short. */
const RETRY_SOON = { "Retry-After": "1" };

export const OVERLOADED: Problem = {
  code: "overloaded",
  detail: "Try again in a moment.",
  headers: RETRY_SOON,
};
export const BOOK_UNAVAILABLE: Problem = {
  code: "book_unavailable",
  detail: "Lists and logs cannot be read at the moment; single products still can.",
  headers: RETRY_SOON,
};
/** To who wants to change something; whether it was, is not always known. */
export const BOOK_NOT_WRITABLE: Problem = {
  ...BOOK_UNAVAILABLE,
  detail: "The book cannot be written at the moment; send the request again.",
};
/** Its log names them; callers learn nothing of the inside. */
export const MISCONFIGURED: Problem = {
  code: "misconfigured",
  detail: "Whoever runs this service finds in its log which settings are not valid.",
};
export const INTERNAL: Problem = { code: "internal", detail: "The request id finds it in the log." };

/** As it is sent; its other members are facts by code. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: ProblemCode;
  requestId: string;
  errors?: readonly FieldError[];
}

export function problemResponse(c: Context<AppEnv>, problem: Problem): Response {
  const { code, detail, extensions } = problem;
  const requestId = requestIdOf(c);
  c.set("problemCode", code);
  const { title } = PROBLEMS[code];
  const status = problem.status ?? PROBLEMS[code].status;
  const type = `urn:holdfast:problem:${code}`;
  const problemDocument: ProblemDocument = {
    type,
    title,
    status,
    detail,
    instance: c.req.path,
    code,
    requestId,
    ...extensions,
  };
  const page = c.get("errorPage")?.(problemDocument);
  return completeAnswer(c, page?.body ?? JSON.stringify(problemDocument), {
    status,
    type: "application/problem+json",
    caching: "no-store",
    headers: page ? { ...page.headers, ...problem.headers } : problem.headers,
  });
}
