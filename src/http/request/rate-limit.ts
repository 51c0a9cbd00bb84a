/**
 * Rate limits. They come before the key is looked at, so that guessing keys is limited too, and a refused request costs
 * nothing but its answer. Every answer says where its client stands, in the header fields of the IETF's draft
 * (draft-ietf-httpapi-ratelimit-headers). What is counted, and how exactly: `rate-windows.ts`.
 */
import type { Context } from "hono";
import { readConfig, type Config } from "../../env";
import { count } from "../../telemetry/meter-buffer";
import { problemResponse, type Problem } from "../problem";
import type { Route } from "../route";
import { clientAddressOf } from "./client-address";
import { dueShares, RateWindows, takeShares, type Claim, type Policy, type Standing } from "./rate-windows";
import { secondsLeft } from "./rate-limit-fields";
import type { AppEnv } from "./request-id";

const ADMIN_PATHS = "/v1/admin/";
const EVERYBODY = "all";

interface RateLimiter {
  windows: RateWindows;
  claims(headers: Headers, isAdmin: boolean): readonly Claim[];
}

const limiterByConfig = new WeakMap<Config, RateLimiter>();

/** undefined: there are no limits. */
export function rateLimiterOf(config: Config): RateLimiter | undefined {
  if (!config.rateLimit.enabled) return undefined;
  const known = limiterByConfig.get(config);
  if (known) return known;
  const limiter = { windows: new RateWindows(), claims: claimsBy(config.rateLimit) };
  limiterByConfig.set(config, limiter);
  return limiter;
}

/** Administrators are counted by address alone, so that no storm of others can keep them out. */
function claimsBy({ type, ...quotas }: Config["rateLimit"]): RateLimiter["claims"] {
  const admin: Policy = { name: "admin", quota: quotas.adminRequestsPerMinute };
  const ip: Policy = { name: "ip", quota: quotas.requestsPerMinute };
  const all: Policy = { name: "global", quota: quotas.totalRequestsPerMinute ?? quotas.requestsPerMinute };
  const together: Claim = { policy: all, clientId: EVERYBODY };
  return (headers, isAdmin) => {
    if (isAdmin) return [{ policy: admin, clientId: clientAddressOf(headers) }];
    if (type === "global") return [together];
    const alone = { policy: ip, clientId: clientAddressOf(headers) };
    return type === "ip" ? [alone] : [alone, together];
  };
}

/** What answers at this path, for clients that have not had their allowance of this minute. */
export function limited(path: string, handle: Route["handle"]): Route["handle"] {
  const isAdmin = path.startsWith(ADMIN_PATHS);
  return (c) => {
    const limiter = rateLimiterOf(readConfig(c.env));
    if (!limiter) return handle(c);
    const request = c.req.raw;
    const standing = limiter.windows.take(limiter.claims(request.headers, isAdmin), Date.now());
    c.set("standing", standing);
    if (standing.full) {
      const { policy } = standing.full;
      count("holdfast_rate_limited_total", { limit: policy.name });
      return problemResponse(c, refusal(standing, policy));
    }
    tellOthers(c, standing);
    return handle(c);
  };
}

function refusal(standing: Standing, { name, quota }: Policy): Problem {
  const whose = name === "global" ? "all clients together" : "one address";
  const seconds = secondsLeft(standing);
  return {
    code: "rate_limited",
    detail: `More than ${quota} requests of ${whose} in a minute. Try again in ${seconds} s.`,
    extensions: { violatedPolicies: [name] },
    headers: { "Retry-After": String(seconds) },
  };
}

/** Behind the answer: whoever waits for it does not wait for them. */
function tellOthers(c: Context<AppEnv>, { windows }: Standing): void {
  for (const window of windows) {
    const shares = dueShares(window);
    if (shares > 0) c.executionCtx.waitUntil(takeShares(window, shares, c.env.RATE_LIMITER));
  }
}
