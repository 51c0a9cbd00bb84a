/** A recording with all its times moved, so that it is a moment old whenever a test runs. */
import { decodeTime, encodeTime } from "ulid";

const ULID_TIME_CHARS = 10;
const NEAR_MS = 400 * 24 * 3_600_000;

/** Milliseconds, RFC 3339 and the times in ULIDs. */
export function moved(text: string, fromMs: number, toMs: number): string {
  const by = toMs - fromMs;
  return text
    .replaceAll(/\b\d{13}\b/g, (ms) => (Math.abs(Number(ms) - fromMs) < NEAR_MS ? `${Number(ms) + by}` : ms))
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => new Date(Date.parse(iso) + by).toISOString())
    .replaceAll(/(?<![0-9A-Z])0[0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Z])/g, (ulid) => {
      return encodeTime(decodeTime(ulid) + by, ULID_TIME_CHARS) + ulid.slice(ULID_TIME_CHARS);
    });
}
