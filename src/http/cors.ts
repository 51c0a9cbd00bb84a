/**
 * Pages of other origins may call where a key, or `CORS_ORIGINS`, is for them; whether that key may do what it asks is seen
 * when it comes. Only requests with an `Origin` pass here: a server's cost nothing more.
 */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { CORS_MAX_AGE_SECONDS } from "./wire-limits";
import { allowedOrigin } from "./request/origin";

const TAKEN = [
  "X-API-Key",
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "X-Request-Id",
  "Last-Event-ID",
  "Cache-Control",
];
const SHOWN = [
  "ETag",
  "Link",
  "Location",
  "Retry-After",
  "X-Request-Id",
  "X-Book-Offset",
  "Idempotency-Replayed",
  "RateLimit",
  "RateLimit-Policy",
  "WWW-Authenticate",
];

type Fetch = Hono<{ Bindings: Env }>["fetch"];

/** Answers preflights, and says in answers who may read them. */
export function withCors(fetch: Fetch): Fetch {
  const app = new Hono<{ Bindings: Env }>();
  app.use(
    cors({
      origin: (origin, c) => allowedOrigin(c.env, origin),
      allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
      allowHeaders: TAKEN,
      exposeHeaders: SHOWN,
      maxAge: CORS_MAX_AGE_SECONDS,
    }),
  );
  app.all("*", (c) => fetch(c.req.raw, c.env, c.executionCtx));
  return app.fetch;
}
