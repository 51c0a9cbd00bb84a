/** For the engineer on call: who is being limited. */
import { readConfig } from "../../env";
import { MAX_CLIENTS_SHOWN } from "../../limits/rate";
import { jsonAnswer, ok } from "../answers";
import { rateLimiterOf } from "../request/rate-limit";
import { isFull, sent } from "../request/rate-windows";
import { route, routesOf } from "../route";
import { nonNegative, timestamp } from "../schemas/primitives";
import * as z from "../zod";

const positive = z.int().min(1);

export const status = z.component("RateLimitStatus", {
  enabled: z.boolean(),
  type: z.enum(["ip", "global", "both"]),
  requestsPerMinute: positive,
  totalRequestsPerMinute: positive.nullable().describe("Of all clients together; null: unless it is `both`."),
  adminRequestsPerMinute: positive,
  currentClients: z
    .array(
      z.object({
        clientId: z
          .string()
          .describe("The address, of IPv6 its network, `unknown` without one; `all`: everybody together."),
        policy: z.enum(["ip", "global", "admin"]),
        requestCount: nonNegative.describe("In this minute, the refused ones too."),
        windowStart: timestamp,
        isBlocked: z.boolean(),
      }),
    )
    .max(MAX_CLIENTS_SHOWN)
    .describe("As the isolate that answers has counted them, those with most requests first."),
});

export const RATE_LIMIT_ROUTES = routesOf("Operation", {
  readRateLimitStatus: route({
    at: "GET /v1/admin/rate-limit/status",
    summary: "The rate limits, and the clients of this minute",
    scope: "admin",
    answers: ok("As one isolate of the place that answers knows it", status),
    handle: (call) => {
      const config = readConfig(call.env);
      return jsonAnswer(call, { ...config.rateLimit, currentClients: clientsOf(rateLimiterOf(config)) });
    },
  }),
});

function clientsOf(limiter: ReturnType<typeof rateLimiterOf>) {
  if (!limiter) return [];
  const { startMs, windows } = limiter.windows.windows(Date.now());
  const windowStart = new Date(startMs).toISOString();
  return windows.slice(0, MAX_CLIENTS_SHOWN).map((window) => ({
    clientId: window.clientId,
    policy: window.policy.name,
    requestCount: sent(window),
    windowStart,
    isBlocked: isFull(window),
  }));
}
