/** A market price of a product, from a source outside, at a time. It is no event of the product and does not change its version. */
import * as z from "zod";
import { QUOTE_STALE_MS, QUOTE_STALE_MS_BY_SOURCE } from "../limits/quotes";

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

/** A price as whoever has it hands it in. */
export interface NewQuote {
  productId: string;
  /** A decimal, also as `1.5e-7`. */
  amount: string;
  currency: string;
  source: string;
  atMs: number;
  change24hPercent?: string | null;
  marketCap?: string | null;
  volume24h?: string | null;
}

/** The product's newest price, for those who listen. */
export interface QuoteUpdate {
  productId: string;
  amount: string;
  currency: string;
  source: string;
  atMs: number;
}

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
    stale: ageMs > staleAfterMs(source),
    change24hPercent,
    marketCap,
    volume24h,
  };
}

export type QuoteView = ReturnType<typeof quoteView>;

export function staleAfterMs(source: string): number {
  return QUOTE_STALE_MS_BY_SOURCE.get(source) ?? QUOTE_STALE_MS;
}

/** As listeners get it. */
export function quoteMessage({ productId, amount, currency, source, atMs }: QuoteUpdate) {
  return { type: "quote", productId, price: { amount, currency }, source, at: new Date(atMs).toISOString() };
}

type Ordered = Pick<Quote, "amount" | "currency" | "source" | "atMs">;

/**
 * The order of a product's prices: by their time; those of the same moment by their amount, so that the newest is the same
 * whatever order they arrive in. Amounts must be normalized: then the longer whole part is more, and texts decide the rest.
 */
export function isNewer(price: Ordered, than: Ordered): boolean {
  const order = orderOf(price);
  const other = orderOf(than);
  const differing = order.findIndex((value, index) => value !== other[index]);
  return differing >= 0 && (order[differing] ?? 0) > (other[differing] ?? 0);
}

function orderOf({ atMs, amount, source, currency }: Ordered): (number | string)[] {
  return [atMs, amount.indexOf("."), amount, source, currency];
}
