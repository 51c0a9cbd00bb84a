/** What reports are about: measures of products, windows of time and the stretches in them. Days are those of UTC. */
import { REPORT_GRAINS } from "../limits/reports";

/** Of each: units, and how many events added some. What an event adds stands in `src/d1/report-sums.ts`. */
export const MEASURES = ["sold", "held", "expired", "released", "returned", "added"] as const;
export type Measure = (typeof MEASURES)[number];

export interface Amount {
  units: number;
  count: number;
}
export type Sums = Record<Measure, Amount>;

export const REPORT_INTERVALS = ["hour", "day"] as const;
export type ReportInterval = (typeof REPORT_INTERVALS)[number];

const HOUR_MS = REPORT_GRAINS.hour.grainMs;
const DAY_MS = REPORT_GRAINS.day.grainMs;

const WINDOW = {
  "24h": { interval: "hour", lengthMs: 24 * HOUR_MS },
  "7d": { interval: "day", lengthMs: 7 * DAY_MS },
  "30d": { interval: "day", lengthMs: 30 * DAY_MS },
  "90d": { interval: "day", lengthMs: 90 * DAY_MS },
} as const;
export type ReportWindow = keyof typeof WINDOW;
export const REPORT_WINDOWS = ["24h", "7d", "30d", "90d"] as const satisfies readonly ReportWindow[];

/** Whole stretches of one interval. */
export interface ReportSpan {
  interval: ReportInterval;
  /** The beginning of the first stretch. */
  fromMs: number;
  /** Before this. */
  toMs: number;
}

export function stretchStart(atMs: number, interval: ReportInterval): number {
  const { grainMs } = REPORT_GRAINS[interval];
  return Math.floor(atMs / grainMs) * grainMs;
}

/** From the beginning of the hour or day in which it begins, so never shorter than its name, to the end of the one of now. */
export function windowSpan(window: ReportWindow, nowMs: number): ReportSpan {
  const { interval, lengthMs } = WINDOW[window];
  const { grainMs } = REPORT_GRAINS[interval];
  return {
    interval,
    fromMs: stretchStart(nowMs - lengthMs, interval),
    toMs: stretchStart(nowMs, interval) + grainMs,
  };
}

/** What is shown of a series that is not said from when on. */
const DEFAULT_SERIES_MS = { hour: 24 * HOUR_MS, day: 30 * DAY_MS } as const;

/** Stretches that touch [from, to), as far as they are kept and have begun. */
export function seriesSpan(
  asked: { interval: ReportInterval; from?: number; to?: number },
  nowMs: number,
): ReportSpan {
  const { interval } = asked;
  const { grainMs, keptMs } = REPORT_GRAINS[interval];
  const end = Math.min(asked.to ?? Number.MAX_SAFE_INTEGER, stretchStart(nowMs, interval) + grainMs);
  const from = Math.max(asked.from ?? Math.min(end, nowMs) - DEFAULT_SERIES_MS[interval], nowMs - keptMs);
  return { interval, fromMs: stretchStart(from, interval), toMs: end };
}

/** The beginnings of the span's stretches, at most so many. */
export function stretchesOf({ interval, fromMs, toMs }: ReportSpan, limit = Infinity): number[] {
  const { grainMs } = REPORT_GRAINS[interval];
  const count = Math.min(limit, Math.max(0, Math.ceil((toMs - fromMs) / grainMs)));
  return Array.from({ length: count }, (_, at) => fromMs + at * grainMs);
}
