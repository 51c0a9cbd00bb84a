/** Where a request's client stands, in the header fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers). */
import { RATE_LIMIT_WINDOW_MS } from "../../limits/rate";
import { remaining, type Standing } from "./rate-windows";

const WINDOW_SECONDS = RATE_LIMIT_WINDOW_MS / 1000;

/** As it is now. */
export function rateLimitFields(standing: Standing): Record<string, string> {
  const t = secondsLeft(standing);
  let policies = "";
  let left = "";
  for (const one of standing.windows) {
    const { name, quota } = one.policy;
    if (policies !== "") {
      policies += ", ";
      left += ", ";
    }
    policies += `"${name}";q=${quota};w=${WINDOW_SECONDS}`;
    left += `"${name}";r=${remaining(one)};t=${t}`;
  }
  return { "RateLimit-Policy": policies, RateLimit: left };
}

/** An answer may have taken longer than its minute. */
export function secondsLeft({ endsMs }: Standing): number {
  return Math.max(0, Math.ceil((endsMs - Date.now()) / 1000));
}
