/** What the dashboard and the alerts ask for is measured, and what can wake somebody is tested. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { INSTRUMENTS, isInstrument } from "../../src/telemetry/instruments";

const read = (name: string) => readFileSync(join(import.meta.dirname, "../../monitoring", name), "utf8");

/** Names of series, with the instrument that they are of. */
function unknownIn(text: string): string[] {
  const names = new Set(text.match(/\bholdfast_[a-z_]+/g));
  return [...names].filter((name) => {
    const family = name.replace(/_(bucket|sum|count)$/, "");
    return !isInstrument(name) && !(isInstrument(family) && INSTRUMENTS[family].kind === "histogram");
  });
}

const dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })),
});

describe("monitoring", () => {
  it.each(["alerts.yml", "alerts.test.yml", "grafana-dashboard.json"])(
    "%s names only what there is",
    (name) => {
      expect(read(name)).toMatch(/holdfast_/);
      expect(unknownIn(read(name))).toEqual([]);
    },
  );

  it("has a test that raises each alert, and one that does not", () => {
    const alerts = [...read("alerts.yml").matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(alerts.length).toBeGreaterThan(10);
    for (const name of alerts)
      for (const what of ["raises", "leaves alone"])
        expect(read("alerts.test.yml")).toContain(`${name}, ${what}`);
  });

  it("shows every instrument that is not about the metrics themselves", () => {
    const { panels } = dashboard.parse(JSON.parse(read("grafana-dashboard.json")));
    const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
    const own = /metrics|otlp|offset|verified|batches|events_total|stock_moved/;
    const missing = Object.keys(INSTRUMENTS).filter((name) => !own.test(name) && !shown.includes(name));
    expect(missing).toEqual([]);
  });
});

describe("instruments", () => {
  it.each(Object.entries(INSTRUMENTS))("%s is named as Prometheus has it", (name, { kind, help, labels }) => {
    expect(name).toMatch(/^holdfast(_[a-z0-9]+)+$/);
    if (kind === "counter") expect(name).toMatch(/_total$/);
    else expect(name).not.toMatch(/_(total|count|sum|bucket)$/);
    if (kind === "histogram") expect(name).toMatch(/_seconds$/);
    expect(help).toMatch(/\.$/);
    for (const label of Object.keys(labels))
      expect(label).not.toMatch(/product|order|customer|key|reservation/i);
  });
});
