/** A market price of a product, from a source outside, at a time. It is no event of the product and does not change its version. */
import * as z from "zod";
import { QUOTE_STALE_MS } from "../limits";

export const quoteSchema = z.object({
  /** A plain decimal, exact. */
  amount: z.string(),
  currency: z.string(),
  source: z.string(),
  atMs: z.int(),
  change24hPercent: z.string().nullable(),
  marketCap: z.string().nullable(),
  volume24h: z.string().nullable(),
});

export type Quote = z.output<typeof quoteSchema>;

/** As clients get it: with its age, and whether it is too old to go by. */
export function quoteView({ atMs, ...quote }: Quote, nowMs: number) {
  const { amount, currency, source, change24hPercent, marketCap, volume24h } = quote;
  const ageMs = Math.max(0, nowMs - atMs);
  return {
    amount,
    currency,
    source,
    at: new Date(atMs).toISOString(),
    ageSeconds: Math.floor(ageMs / 1000),
    stale: ageMs > QUOTE_STALE_MS,
    change24hPercent,
    marketCap,
    volume24h,
  };
}

export type QuoteView = ReturnType<typeof quoteView>;
