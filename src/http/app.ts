/** The whole HTTP face: routes, and what happens to a request that fits none of them or fails. */
import { Hono, type Context } from "hono";
import { BookUnavailable, logBookUnavailable } from "../d1/book";
import { BadCursor } from "../d1/page";
import { InvalidSettings } from "../env";
import { logError } from "../telemetry/log";
import { ExactFirstRouter } from "./exact-first-router";
import * as problem from "./problem";
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
  app.notFound((c) => {
    const methods = methodsAt(routes, c.req.path);
    if (methods.length === 0) return problem.problemResponse(c, problem.nothingAt(c.req.path));
    const Allow = methods.join(", ");
    const detail = `It takes ${Allow}.`;
    return problem.problemResponse(c, { code: "method_not_allowed", detail, headers: { Allow } });
  });
  app.onError((error, c) => problem.problemResponse(c, problemOf(error, c)));
  const { fetch } = app;
  app.fetch = async (...request) => sealed(await fetch(...request));
  return app;
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
