/** Market prices on the wire: as a feed pushes them, and as a product's history. */
import { PRICE_INTERVALS } from "../../domain/price-history";
import { DEFAULT_PRICE_PAGE, MAX_PRICE_PAGE } from "../../limits/quotes";
import { price } from "../products/schemas";
import { cursor, intParamOr, momentParam, nonNegative, productId, timestamp } from "../schemas/primitives";
import * as z from "../zod";

/** Where a price is from: a name, not a text. */
export const source = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 of A-Z a-z 0-9 . _ -")
  .openapi({ example: "feed" });

const moment = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
  .transform((value) => Date.parse(value))
  .refine((ms) => !Number.isNaN(ms), "is not a time that exists")
  .openapi({ type: "string", format: "date-time" });

export const newQuote = z
  .strictObject({
    productId,
    price,
    at: z.maybe(moment).describe("Now when it is left out. Not in the future."),
    source: source.default("feed"),
  })
  .openapi("NewQuote");

export const quoteResult = z
  .looseObject({
    index: nonNegative,
    productId: z.string().nullable(),
    result: z
      .enum(["recorded", "late", "duplicate", "refused"])
      .describe(
        "`recorded`: it was the newest. `late`: there is a newer one; it is in the history only. `duplicate`: it is known " +
          "already. `refused`: see `code` and `detail`.",
      ),
    status: z.int().optional(),
    code: z.string().optional().describe("The problem's."),
    detail: z.string().optional(),
  })
  .openapi("QuoteResult");

export const quotesAnswer = z
  .object({
    results: z.array(quoteResult).describe("In the order of the rows."),
    summary: z.object({
      total: nonNegative,
      recorded: nonNegative,
      late: nonNegative,
      duplicates: nonNegative,
      refused: nonNegative,
    }),
  })
  .openapi("QuotesAnswer");

const interval = z.enum(PRICE_INTERVALS);

export const priceFilters = {
  from: z.maybe(momentParam).describe("Not before this time; of an hour or a day, the one that it is in."),
  to: z.maybe(momentParam).describe("Before this time."),
  interval: z
    .maybe(interval)
    .describe(
      "`raw`: at most a point a second, kept for 2 days; `hour`: for 8 weeks; `day`: for 10 years. When it is left out: the " +
        "finest that shows the span in few points and still keeps its beginning. Days are those of UTC.",
    ),
  source: z.maybe(source),
  limit: intParamOr(DEFAULT_PRICE_PAGE, 1, MAX_PRICE_PAGE),
  cursor,
};

const decimal = z.string().openapi({ example: "649.99" });

const pricePoint = z
  .object({
    at: timestamp.describe("Where its second, hour or day begins."),
    open: decimal,
    high: decimal,
    low: decimal,
    close: decimal,
    currency: z.string(),
    source: z.string(),
  })
  .openapi("PricePoint");

export const pricePage = z.object({
  interval,
  items: z.array(pricePoint).describe("The oldest first; each source and currency has points of its own."),
  nextCursor: z.string().nullable(),
});
