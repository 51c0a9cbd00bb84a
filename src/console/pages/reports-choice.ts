/** What the reports are of: as the address of the page says. */
import type { ReportPoint, ReportWindow } from "../../client/wire-operation.ts";

export const WINDOWS = ["24h", "7d", "30d", "90d"] as const satisfies readonly ReportWindow[];

export const MEASURES = [
  { id: "sold", text: "Sold" },
  { id: "held", text: "Held" },
  { id: "expired", text: "Expired" },
  { id: "returned", text: "Returned" },
  { id: "added", text: "Received" },
  { id: "refused", text: "Refused" },
] as const;
export type Measure = (typeof MEASURES)[number]["id"];

export interface Report {
  window: ReportWindow;
  measure: Measure;
  /** Whose time is shown; none: "". */
  product: string;
}

export function readReport(query: Record<string, string>): Report {
  return {
    window: WINDOWS.find((window) => window === query["window"]) ?? "7d",
    measure: MEASURES.find(({ id }) => id === query["by"])?.id ?? "sold",
    product: query["product"] ?? "",
  };
}

export function reportPath({ window, measure, product }: Report): string {
  const params = new URLSearchParams({
    ...(window !== "7d" && { window }),
    ...(measure !== "sold" && { by: measure }),
    ...(product !== "" && { product }),
  });
  return params.size === 0 ? "/console/reports" : `/console/reports?${params}`;
}

/** What is refused has no time of its own; how much was held says most beside it. */
export function seriesMeasure(measure: Measure): Exclude<Measure, "refused"> {
  return measure === "refused" ? "held" : measure;
}

const WINDOW_HOURS: Record<ReportWindow, number> = { "24h": 24, "7d": 168, "30d": 720, "90d": 2160 };

/** By the hour where that is a readable number of points. */
export function seriesQuery(window: ReportWindow, nowMs: number) {
  const hours = WINDOW_HOURS[window];
  const interval = hours <= 168 ? ("hour" as const) : ("day" as const);
  return { interval, from: new Date(nowMs - hours * 3_600_000).toISOString(), limit: 200 };
}

/** A step for each hour or day, ending where the last of them does. */
export function pointsOf(
  series: readonly ReportPoint[],
  measure: Exclude<Measure, "refused">,
): { atMs: number; value: number }[] {
  return series.map((point) => ({ atMs: Date.parse(point.at), value: point[measure].units }));
}
