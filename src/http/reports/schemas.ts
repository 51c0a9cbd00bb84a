/** Reports on the wire. */
import { REPORT_INTERVALS, REPORT_WINDOWS, type Amount, type Sums } from "../../domain/report";
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "../../limits";
import { DEFAULT_SERIES_PAGE, MAX_SERIES_PAGE, MIN_SEARCHES_SHOWN } from "../../limits/reports";
import { cursor, intParamOr, momentParam, pageParams, productId, timestamp } from "../schemas/primitives";
import * as z from "../zod";

export const REPORT_SORTS = ["sold", "held", "expired", "returned", "refused", "added"] as const;

const window = z
  .enum(REPORT_WINDOWS)
  .default("24h")
  .describe("`24h` in whole hours, the others in whole days of UTC; each from where it begins, to now.");

export const rankingFilters = {
  window,
  sort: z
    .enum(REPORT_SORTS)
    .default("sold")
    .describe("By units, the most first; products without any of it are left out."),
  ...pageParams,
};

export const seriesFilters = {
  interval: z
    .enum(REPORT_INTERVALS)
    .default("hour")
    .describe("Hours are kept for 90 days, days for 3 years."),
  from: z
    .maybe(momentParam)
    .describe("Not before this time, or the hour or day that it is in; 24 hours or 30 days before the end."),
  to: z.maybe(momentParam).describe("Before this time."),
  limit: intParamOr(DEFAULT_SERIES_PAGE, 1, MAX_SERIES_PAGE),
  cursor,
};

export const searchFilters = { window, limit: intParamOr(DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE) };

const amount = z
  .object({ units: z.int(), count: z.int().describe("Events that added units.") })
  .openapi("ReportAmount") satisfies z.ZodType<Amount>;

const sums = {
  sold: amount.describe("Holds confirmed, and sales recorded as movements."),
  held: amount.describe("Units newly held; a hold that replaces another adds what it holds more."),
  expired: amount,
  released: amount.describe("Given back, the rest of a hold confirmed in part included."),
  returned: amount.describe("Units that came back, sellable or not, and returns recorded as movements."),
  added: amount.describe("Receipts."),
} satisfies Record<keyof Sums, z.ZodType>;

const span = { from: timestamp, to: timestamp };
const maximumError = z
  .int()
  .describe(
    "0: exact. Else every count is true or too low, by this much at most; so for what is not listed.",
  );

export const productReport = z.component("ProductReport", {
  productId,
  name: z.string().nullable(),
  ...sums,
  refused: amount.describe(
    "Units that nobody could hold for want of stock, and how often; see `refusedMaximumError`.",
  ),
  firstAt: timestamp.nullable().describe("Of the first of these events in the window."),
  lastAt: timestamp.nullable(),
});

export const rankingMore = { window: z.enum(REPORT_WINDOWS), ...span, refusedMaximumError: maximumError };

export const reportPoint = z.component("ReportPoint", {
  at: timestamp.describe("Where its hour or day begins."),
  ...sums,
});

export const seriesMore = { interval: z.enum(REPORT_INTERVALS) };

const searches = z.component("SearchCounts", {
  items: z.array(z.object({ words: z.string(), count: z.int() })),
  maximumError,
});

export const searchReport = z.component("SearchReport", {
  window: z.enum(REPORT_WINDOWS),
  ...span,
  searched: searches.describe(
    `First pages of searches, by their words as the search reads them; only those asked for ${MIN_SEARCHES_SHOWN} times or more.`,
  ),
  unfound: searches.describe("Those that found nothing."),
});
