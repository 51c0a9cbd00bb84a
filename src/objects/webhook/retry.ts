/** When a failed delivery is tried again. */
import { WEBHOOK_BACKOFF_MAX_MS, WEBHOOK_BACKOFF_MIN_MS } from "../../limits";

/** Doubling from a second up to an hour; `random` (0 to 1) spreads what failed together by a fifth. */
export function backOffMs(failures: number, random: number): number {
  const fullMs = Math.min(WEBHOOK_BACKOFF_MAX_MS, WEBHOOK_BACKOFF_MIN_MS * 2 ** (failures - 1));
  return Math.round(fullMs * (0.8 + 0.2 * random));
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), bounded; 0 without one that can be read. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), WEBHOOK_BACKOFF_MAX_MS);
}
