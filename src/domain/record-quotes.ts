/** What becomes of prices that are handed in: which are new, which come late or twice, and which are refused. */
import { QUOTE_AHEAD_MS } from "../limits/quotes";
import { normalizeAmount, plainDecimal } from "./money";
import { finestInterval, startOf, type PriceInterval } from "./price-history";
import { isNewer, type NewQuote, type Quote } from "./quote";

/** Why a price is not taken. */
export type QuoteRefusal =
  | "product_not_found"
  /** It is from the future. */
  | "future"
  /** Nothing of that age is kept. */
  | "too_old"
  /** Its amount is no decimal. */
  | "not_a_price";

export type QuoteResult = { productId: string } & (
  | {
      /**
       * `recorded`: it was the newest when it came. `late`: a newer one was there, it is in the history only. `duplicate`: it
       * is known, and nothing was written.
       */
      result: "recorded" | "late" | "duplicate";
    }
  | { result: "refused"; code: QuoteRefusal }
);

/** A price that may be taken: its amount is normalized, and the history has a place for it. */
export interface Price extends Quote {
  productId: string;
  /** The finest grain that keeps it. */
  finest: PriceInterval;
}

/** What D1 knows. */
export interface QuoteFacts {
  /** The products that there are, each with its newest price. */
  newestByProduct: ReadonlyMap<string, Quote | null>;
  /** Of the prices asked about, those that the history has as the first or last of a stretch. */
  known: ReadonlySet<Price>;
}

export interface Recording {
  results: QuoteResult[];
  /** For the history. */
  prices: Price[];
  /** The new newest price of each product that has one. */
  newest: Map<string, Price>;
}

/** Whole part and places: sources say more places than a catalog's price may have. */
const AMOUNT = /^\d{1,15}(\.\d{1,40})?$/;

/** One that may be taken if there is its product, or why it cannot be. */
export function priceOf(quote: NewQuote, nowMs: number): Price | QuoteRefusal {
  const { productId, amount, currency, source, atMs } = quote;
  const { change24hPercent = null, marketCap = null, volume24h = null } = quote;
  const plain = plainDecimal(amount);
  if (!AMOUNT.test(plain) || !Number.isSafeInteger(atMs)) return "not_a_price";
  if (atMs > nowMs + QUOTE_AHEAD_MS) return "future";
  const finest = finestInterval(atMs, nowMs);
  if (finest === undefined) return "too_old";
  return {
    productId,
    amount: normalizeAmount(plain),
    currency,
    source,
    atMs,
    finest,
    change24hPercent,
    marketCap,
    volume24h,
  };
}

/** In the order in which they came. */
export function decideQuotes(
  asked: readonly { productId: string; price: Price | QuoteRefusal }[],
  { newestByProduct, known }: QuoteFacts,
): Recording {
  const newest = new Map<string, Price>();
  const prices: Price[] = [];
  const seen = new Set<string>();
  const decide = (productId: string, price: Price | QuoteRefusal): QuoteResult => {
    if (typeof price === "string") return { productId, result: "refused", code: price };
    const before = newest.get(productId) ?? newestByProduct.get(productId);
    if (before === undefined) return { productId, result: "refused", code: "product_not_found" };
    const key = JSON.stringify([productId, price.source, price.currency, price.atMs, price.amount]);
    if (known.has(price) || seen.has(key)) return { productId, result: "duplicate" };
    seen.add(key);
    prices.push(price);
    if (before !== null && !isNewer(price, before)) return { productId, result: "late" };
    newest.set(productId, price);
    return { productId, result: "recorded" };
  };
  return { results: asked.map(({ productId, price }) => decide(productId, price)), prices, newest };
}

/** The stretch of the history in which a price is looked for. */
export function stretchOf({ atMs, finest }: Price): number {
  return startOf(atMs, finest);
}
