import { describe, expect, it } from "vitest";
import { retryAfterMs } from "../../../src/objects/webhook/attempt";

describe("Retry-After", () => {
  const now = Date.parse("2026-01-02T03:04:05Z");

  it.each([
    [null, 0],
    ["0", 0],
    [" 120 ", 120_000],
    ["999999999", 3_600_000],
    ["Fri, 02 Jan 2026 03:04:35 GMT", 30_000],
    ["Fri, 02 Jan 2026 03:04:00 GMT", 0],
    ["Sat, 02 Jan 2027 03:04:00 GMT", 3_600_000],
    ["soon", 0],
    ["", 0],
  ])("%j is %d ms", (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
