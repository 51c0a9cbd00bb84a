/** The history of a product's prices, in stretches of a second, an hour and a day. How long each is kept: `PRICE_GRAINS`. */
import { MAX_HOURLY_SPAN_MS, MAX_RAW_SPAN_MS, PRICE_GRAINS } from "../limits/quotes";

/** From the finest to the coarsest. */
export const PRICE_INTERVALS = ["raw", "hour", "day"] as const;
export type PriceInterval = (typeof PRICE_INTERVALS)[number];

/** The first price of a stretch, its highest, lowest and last, of one source in one currency. */
export interface PricePoint {
  startMs: number;
  open: string;
  high: string;
  low: string;
  close: string;
  currency: string;
  source: string;
}

/** Prices of that time and later are kept in that grain. */
export function keptSinceMs(interval: PriceInterval, nowMs: number): number {
  return nowMs - PRICE_GRAINS[interval].keptMs;
}

/** The finest grain that still keeps a price of that time; undefined: none does. */
export function finestInterval(atMs: number, nowMs: number): PriceInterval | undefined {
  return PRICE_INTERVALS.find((interval) => atMs >= keptSinceMs(interval, nowMs));
}

export function startOf(atMs: number, interval: PriceInterval): number {
  const { grainMs } = PRICE_GRAINS[interval];
  return Math.floor(atMs / grainMs) * grainMs;
}

/** What is shown of a history. */
export interface PriceSpan {
  interval: PriceInterval;
  /** The start of the first stretch. */
  fromMs: number;
  /** Before this. */
  toMs: number;
}

const DEFAULT_SPAN_MS = {
  raw: MAX_RAW_SPAN_MS,
  hour: MAX_HOURLY_SPAN_MS,
  day: PRICE_GRAINS.day.keptMs,
} as const;

/** Without an interval the finest that shows the span in not too many points, and still keeps its beginning. */
export function priceSpan(
  asked: { from?: number; to?: number; interval?: PriceInterval },
  nowMs: number,
): PriceSpan {
  const toMs = asked.to ?? Number.MAX_SAFE_INTEGER;
  const end = Math.min(toMs, nowMs);
  const from = asked.from ?? end - DEFAULT_SPAN_MS[asked.interval ?? "hour"];
  const interval = asked.interval ?? intervalFor(from, end, nowMs);
  return { interval, fromMs: startOf(Math.max(from, keptSinceMs(interval, nowMs)), interval), toMs };
}

function intervalFor(from: number, end: number, nowMs: number): PriceInterval {
  const finest = finestInterval(from, nowMs) ?? "day";
  const span = end - from;
  const wanted = span <= MAX_RAW_SPAN_MS ? "raw" : span <= MAX_HOURLY_SPAN_MS ? "hour" : "day";
  return PRICE_INTERVALS.indexOf(finest) > PRICE_INTERVALS.indexOf(wanted) ? finest : wanted;
}
