/** Where a request's client stands, in the header fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers). */
import { RATE_LIMIT_WINDOW_MS } from "../../limits/rate";
import { remaining, type Standing, type Window } from "./rate-windows";

const WINDOW_SECONDS = RATE_LIMIT_WINDOW_MS / 1000;

/** What is left, as it is now. */
export function rateLimitField(standing: Standing): string {
  const t = secondsLeft(standing);
  return listOf(standing, (one) => `r=${remaining(one)};t=${t}`);
}

/** The limits themselves. */
export function policyField(standing: Standing): string {
  return listOf(standing, ({ policy }) => `q=${policy.quota};w=${WINDOW_SECONDS}`);
}

function listOf({ windows }: Standing, parameters: (window: Window) => string): string {
  let list = "";
  for (const one of windows) list += `${list && ", "}"${one.policy.name}";${parameters(one)}`;
  return list;
}

/** An answer may have taken longer than its minute. */
export function secondsLeft({ endsMs }: Standing): number {
  return Math.max(0, Math.ceil((endsMs - Date.now()) / 1000));
}
