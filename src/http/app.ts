/** The whole HTTP face: routes, and what happens to a request that fits none of them or fails. */
import { Hono, type Context } from "hono";
import { BookUnavailable, logBookUnavailable } from "../d1/book";
import { BadCursor } from "../d1/page";
import { InvalidSettings } from "../env";
import { logError } from "../telemetry/log";
import { withCors } from "./cors";
import { ExactFirstRouter } from "./exact-first-router";
import { withTelemetry } from "./observed";
import * as problem from "./problem";
import { isUpgrade } from "./request/auth";
import { limited } from "./request/rate-limit";
import { requestIdOf, type AppEnv } from "./request/request-id";
import type { Route } from "./route";
import { ROUTES } from "./routes";

const PARAMETER = /\{(\w+)\}/g;

export function createApp(routes: readonly Route[] = ROUTES): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ router: new ExactFirstRouter() });
  const failed = (error: Error, c: Context<AppEnv>) => problem.problemResponse(c, problemOf(error, c));
  for (const { method, path, contract, handle } of routes) {
    const pattern = path.replaceAll(PARAMETER, ":$1");
    const within = contract ? limited(path, handle) : handle;
    app.on(method.toUpperCase(), pattern, withTelemetry({ path, handle: within }, failed));
  }
  const misfitting = limited("/", (c) => problem.problemResponse(c, misfit(routes, c.req.path)));
  app.notFound(withTelemetry({ path: "(none)", handle: misfitting }, failed));
  app.onError(failed);
  const { fetch } = app;
  const fromPages = withCors(fetch);
  app.fetch = (request, env, context) => {
    const { headers } = request;
    // A socket has an origin too, and is read by any page that can open it: its key or ticket is checked.
    const isPage = headers.has("Origin") && !isUpgrade(headers);
    return (isPage ? fromPages : fetch)(request, env, context);
  };
  return app;
}

function misfit(routes: readonly Route[], path: string): problem.Problem {
  const methods = methodsAt(routes, path);
  if (methods.length === 0) return problem.nothingAt(path);
  const Allow = methods.join(", ");
  return { code: "method_not_allowed", detail: `It takes ${Allow}.`, headers: { Allow } };
}

const BAD_CURSOR = "is not the cursor of a page of this list in this order";

/** What a client sees of an error; the rest goes to the log. */
function problemOf(error: Error, c: Context<AppEnv>): problem.Problem {
  const requestId = requestIdOf(c);
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (error instanceof problem.ProblemError) {
    if (error.cause !== undefined) logError(error.problem.code, error.cause, { requestId });
    return error.problem;
  }
  if (error instanceof BadCursor)
    return problem.badField(reads ? "query.cursor" : "body.cursor", "invalid_cursor", BAD_CURSOR).problem;
  if (error instanceof BookUnavailable) {
    logBookUnavailable(error, requestId);
    return reads ? problem.BOOK_UNAVAILABLE : problem.BOOK_NOT_WRITABLE;
  }
  if (error instanceof InvalidSettings) {
    if (!error.logged) logError("settings not valid", error);
    error.logged = true;
    return problem.MISCONFIGURED;
  }
  logError("internal", error.cause ?? error, { requestId });
  return problem.INTERNAL;
}

/** Of a path; one that stands in a route as it is has the methods of that route alone. */
function methodsAt(routes: readonly Route[], asked: string): string[] {
  const named = routes.filter(({ path }) => path === asked);
  const found = named.length > 0 ? named : routes.filter(({ path }) => patternOf(path).test(asked));
  return found.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]));
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(".", "\\.").replaceAll("*", ".*");
  return new RegExp(`^${escaped.replaceAll(PARAMETER, "[^/]+")}$`);
}
