/** What an endpoint says about when to come back. */
import { WEBHOOK_BACKOFF } from "../../limits";

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), bounded; 0 without one that can be read. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), WEBHOOK_BACKOFF.maxMs);
}
