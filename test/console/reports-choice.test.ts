/** What the reports are of, as their address says. */
import { describe, expect, it } from "vitest";
import { readReport, reportPath, seriesQuery } from "../../src/console/pages/reports-choice.ts";

describe("the address of the reports", () => {
  it.each(["/console/reports", "/console/reports?window=30d&by=refused&product=75192-1"])(
    "%s is read and written the same",
    (path) => {
      const query = Object.fromEntries(new URL(path, "http://h").searchParams);
      expect(reportPath(readReport(query))).toBe(path);
    },
  );

  it("with what there is not is of what sold in a week", () => {
    expect(readReport({ window: "1y", by: "profit" })).toEqual({
      window: "7d",
      measure: "sold",
      product: "",
    });
  });
});

it("A week is shown by the hour, a month by the day", () => {
  const nowMs = Date.parse("2026-03-31T12:00:00.000Z");
  expect([seriesQuery("7d", nowMs), seriesQuery("30d", nowMs)]).toEqual([
    { interval: "hour", from: "2026-03-24T12:00:00.000Z", limit: 200 },
    { interval: "day", from: "2026-03-01T12:00:00.000Z", limit: 200 },
  ]);
});
