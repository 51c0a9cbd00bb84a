/** What the service measures of itself, read from Prometheus' text. */
import { describe, expect, it } from "vitest";
import { readMetrics, sumOf, withinOf } from "../../src/console/metrics.ts";

const METRICS = readMetrics(`# HELP x Calls.
# TYPE x counter
x{source="a",outcome="ok"} 3
x{source="b",outcome="ok"} 4
x{source="a",outcome="failed"} 1
alone 12
lag_bucket{le="0.1"} 90
lag_bucket{le="2.5"} 99
lag_bucket{le="+Inf"} 100
lag_sum 7
`);

describe("metrics", () => {
  it("are added up over the labels that are not asked for", () => {
    expect(sumOf(METRICS, "x")).toBe(8);
    expect(sumOf(METRICS, "x", { source: "a" })).toBe(4);
    expect(sumOf(METRICS, "x", { source: "a", outcome: "ok" })).toBe(3);
    expect(sumOf(METRICS, "alone")).toBe(12);
    expect(sumOf(METRICS, "nothing")).toBeUndefined();
  });

  it("of a histogram say within which bound a share stays", () => {
    expect(withinOf(METRICS, "lag", 0.9)).toBe(0.1);
    expect(withinOf(METRICS, "lag", 0.99)).toBe(2.5);
    expect(withinOf(METRICS, "lag", 1)).toBeUndefined();
    expect(withinOf(METRICS, "nothing", 0.5)).toBeUndefined();
  });
});
