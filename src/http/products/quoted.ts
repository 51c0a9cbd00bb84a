/**
 * The market price beside a product's own JSON. It changes without the product's version, so a product that has one is always
 * answered whole. One that cannot be read is left out: the product itself can still be shown.
 */
import { quotesOf } from "../../d1/quotes";
import { quoteView, type Quote, type QuoteView } from "../../domain/quote";
import { readCachedQuote } from "../../kv/quote-cache";
import { logError } from "../../telemetry/log";
import { representation } from "../clients/product";
import { jsonTextAnswer } from "../request/answers";
import { etag } from "../request/preconditions";
import type { Call } from "../route";

/** As it stands in the product's JSON, once: quotes inside texts are escaped, and no attribute is null. */
const NO_QUOTE = '"quote":null';

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

/** `body`: the product's JSON without its quote. */
export function quotedAnswer(
  call: Call,
  { body, version }: { body: string; version: number },
  quote: Quote | null,
): Response {
  if (!quote) return representation(call, body, version);
  const quoted = `"quote":${JSON.stringify(quoteView(quote, Date.now()))}`;
  const json = body.replace(NO_QUOTE, () => quoted);
  return jsonTextAnswer(call, json, { headers: { ETag: etag(version) } });
}

/** Of the products of a page, by their ids. Throws `BookUnavailable`. */
export async function quoteViewsOf(
  env: Env,
  products: readonly { productId: string }[],
): Promise<(productId: string) => QuoteView | null> {
  const ids = products.map(({ productId }) => productId);
  const quoteByProduct = await quotesOf(env.BOOK, ids);
  const now = Date.now();
  return (productId) => {
    const quote = quoteByProduct.get(productId);
    return quote ? quoteView(quote, now) : null;
  };
}
