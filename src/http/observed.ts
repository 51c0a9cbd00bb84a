/**
 * Every request of a route is counted, timed and logged here, around the route's handler: so its pattern is known without looking
 * for it again, and its series are looked up by a number. What goes wrong becomes its answer here, so that it is counted too.
 */
import type { Context } from "hono";
import { parseReservationId } from "../domain/ids";
import { readConfig } from "../env";
import { CLIENTS, type Client } from "../telemetry/instruments";
import { isLogged, logRequest, type LogLevel } from "../telemetry/log";
import { counter, flushSoon, observed, type Counter } from "../telemetry/meter-buffer";
import type { AtOnce } from "./request/at-once";
import { sealed } from "./request/answer-headers";
import type { Credential } from "./request/credential";
import { requestIdOf, type AppEnv } from "./request/request-id";
import type { Route } from "./route";

interface RequestSeries {
  requests: Counter;
  durations: { observe(seconds: number): void };
}

/** Others are anybody's invention, and count as the first. */
const METHODS = ["other", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

type Observable = Pick<Route, "path" | "handle">;

/** `answerTo`: what is answered when the handler throws. */
export function withTelemetry(
  { path: route, handle }: Observable,
  answerTo: (error: Error, c: Context<AppEnv>) => Response,
): Route["handle"] {
  const seriesByKind = new Map<number, RequestSeries>();
  const problemsByCode = new Map<string, Counter>();
  const problemsOf = (code: string): Counter => {
    const known = problemsByCode.get(code);
    if (known) return known;
    const made = counter("holdfast_http_problems_total", { route, code });
    problemsByCode.set(code, made);
    return made;
  };
  const observe = (c: Context<AppEnv>, startedAt: number, made: Response): Response => {
    const answer = sealed(c, made);
    const durationMs = Date.now() - startedAt;
    const method = Math.max(0, METHODS.indexOf(c.req.method));
    const client = clientOf(c);
    // Statuses have three digits.
    const kind = (client * METHODS.length + method) * 1000 + answer.status;
    let series = seriesByKind.get(kind);
    if (!series) {
      const labels = {
        method: METHODS[method] ?? "other",
        route,
        status: String(answer.status),
        client: CLIENTS[client] ?? "anonymous",
      };
      series = {
        requests: counter("holdfast_http_requests_total", labels),
        durations: observed("holdfast_http_request_duration_seconds", labels),
      };
      seriesByKind.set(kind, series);
    }
    series.requests.add();
    series.durations.observe(durationMs / 1000);
    const code: string | undefined = c.get("problemCode");
    if (code !== undefined) problemsOf(code).add();
    flushSoon(c.env);
    const level = levelOf(answer.status);
    if (isLogged(level, readConfig(c.env).logLevel))
      log(c, { level, route, durationMs, status: answer.status });
    return answer;
  };
  return (c) => {
    const startedAt = Date.now();
    const answered = (answer: Response) => observe(c, startedAt, answer);
    const failed = (error: unknown) =>
      answered(answerTo(error instanceof Error ? error : new Error(String(error)), c));
    let answer: AtOnce<Response>;
    try {
      answer = handle(c);
    } catch (error) {
      return failed(error);
    }
    return answer instanceof Promise ? answer.then(answered, failed) : answered(answer);
  };
}

/** The index among `CLIENTS`. */
function clientOf(c: Context<AppEnv>): number {
  const credential: Credential | undefined = c.get("credential");
  return CLIENTS.indexOf(credential ? kindOf(credential, c.req.raw.headers) : "anonymous");
}

function kindOf({ id, scopes, clamped, readsMetrics }: Credential, headers: Headers): Client {
  if (!clamped) return scopes.has("admin") ? "admin" : "staff";
  if (id === "public") return "public";
  if (readsMetrics) return "metrics";
  return headers.has("Origin") ? "browser" : "storefront";
}

/** Why it failed, another line says. */
function levelOf(status: number): LogLevel {
  return status >= 500 || status === 429 ? "warn" : "info";
}

function log(
  c: Context<AppEnv>,
  facts: { level: LogLevel; route: string; status: number; durationMs: number },
): void {
  const credential: Credential | undefined = c.get("credential");
  logRequest({
    ...facts,
    requestId: requestIdOf(c),
    method: c.req.method,
    keyId: credential?.keyId,
    // Of one who has no key, or whose request was not valid, a path may hold anything.
    productId: credential && facts.status !== 400 ? productIdOf(c) : undefined,
    code: c.get("problemCode"),
  });
}

function productIdOf(c: Context<AppEnv>): string | undefined {
  const { productId, id } = c.req.param();
  return productId ?? (id === undefined ? undefined : parseReservationId(id)?.productId);
}
