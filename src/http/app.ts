/** The whole HTTP face: routes, and what happens to a request that fits none of them or fails. */
import { Hono, type Context } from "hono";
import { BookUnavailable, logBookUnavailable } from "../d1/book";
import { BadCursor } from "../d1/page";
import { logError } from "../telemetry/log";
import { ExactFirstRouter } from "./exact-first-router";
import {
  badField,
  BOOK_NOT_WRITABLE,
  BOOK_UNAVAILABLE,
  INTERNAL,
  nothingAt,
  problemResponse,
  ProblemError,
  type Problem,
} from "./problem";
import { sealed } from "./request/answer-headers";
import { requestIdOf, type AppEnv } from "./request/request-id";
import type { Route } from "./route";
import { ROUTES } from "./routes";

const PARAMETER = /\{(\w+)\}/g;

export function createApp(routes: readonly Route[] = ROUTES): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ router: new ExactFirstRouter() });
  for (const { method, path, handle } of routes) {
    app.on(method.toUpperCase(), path.replaceAll(PARAMETER, ":$1"), handle);
  }
  const methodsAt = methodIndex(routes);
  app.notFound((c) => {
    const methods = methodsAt(c.req.path);
    if (methods.length === 0) return problemResponse(c, nothingAt(c.req.path));
    const Allow = methods.join(", ");
    const detail = `It takes ${Allow}.`;
    return problemResponse(c, { code: "method_not_allowed", detail, headers: { Allow } });
  });
  app.onError((error, c) => problemResponse(c, problemOf(error, c)));
  const { fetch } = app;
  app.fetch = async (...request) => sealed(await fetch(...request));
  return app;
}

const BAD_CURSOR = "is not the cursor of a page of this list in this order";

/** What a client sees of an error; the rest goes to the log. */
function problemOf(error: Error, c: Context<AppEnv>): Problem {
  const requestId = requestIdOf(c);
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (error instanceof ProblemError) {
    if (error.cause !== undefined) logError(error.problem.code, error.cause, { requestId });
    return error.problem;
  }
  if (error instanceof BadCursor)
    return badField(reads ? "query.cursor" : "body.cursor", "invalid_cursor", BAD_CURSOR).problem;
  if (error instanceof BookUnavailable) {
    logBookUnavailable(error, requestId);
    return reads ? BOOK_UNAVAILABLE : BOOK_NOT_WRITABLE;
  }
  logError("internal", error.cause ?? error, { requestId });
  return INTERNAL;
}

/** Of a path; one that stands in a route as it is has the methods of that route alone. */
function methodIndex(routes: readonly Route[]): (path: string) => string[] {
  const methodsByPath = new Map<string, string[]>();
  for (const { method, path } of routes) {
    const taken = method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()];
    methodsByPath.set(path, [...(methodsByPath.get(path) ?? []), ...taken]);
  }
  const patterns = [...methodsByPath].map(([path, methods]) => ({ pattern: patternOf(path), methods }));
  return (path) =>
    methodsByPath.get(path) ?? patterns.find(({ pattern }) => pattern.test(path))?.methods ?? [];
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(".", "\\.").replaceAll("*", ".*");
  return new RegExp(`^${escaped.replaceAll(PARAMETER, "[^/]+")}$`);
}
