/** Market prices beside products. One that cannot be read is left out: the product itself can still be shown. */
import { quotesOf } from "../../d1/quotes";
import { quoteView, type Quote, type QuoteView } from "../../domain/quote";
import { readCachedQuote } from "../../kv/quote-cache";
import type { FoundPage } from "../../search/find-products";
import { logError } from "../../telemetry/log";

/** From KV. Never rejects. */
export async function cachedQuote(env: Env, productId: string): Promise<Quote | null> {
  try {
    return await readCachedQuote(env.CATALOG, productId);
  } catch (error) {
    logError("quote not read", error, { productId });
    return null;
  }
}

/** From the book; while it is away, from KV. Never rejects. */
export async function newestQuote(env: Env, productId: string): Promise<Quote | null> {
  try {
    return (await quotesOf(env.BOOK, [productId])).get(productId) ?? null;
  } catch (error) {
    logError("quote not read", error, { productId });
    return cachedQuote(env, productId);
  }
}

/** Of the products of a page, by their ids. Throws `BookUnavailable`. */
export async function quoteViewsOf(
  env: Env,
  { items, quotes }: Pick<FoundPage, "items" | "quotes">,
): Promise<(productId: string) => QuoteView | null> {
  const ids = items.map(({ productId }) => productId);
  const quoteByProduct = quotes ?? (await quotesOf(env.BOOK, ids));
  const now = Date.now();
  return (productId) => {
    const quote = quoteByProduct.get(productId);
    return quote ? quoteView(quote, now) : null;
  };
}
