/**
 * The newest market price of a product beside the shopper: `quote:<shape>:<id>`. Written by the quotes object alone, a little
 * behind the book; apart from the catalog entry, which does not change with it.
 */
import { quoteSchema, type Quote } from "../domain/quote";
import { KV_CACHE_TTL_SECONDS } from "../limits";

/** Counts the forms that it has had: entries of another stay unread. */
export const QUOTE_SHAPE = 1;

export const quoteKey = (productId: string) => `quote:${QUOTE_SHAPE}:${productId}`;

/** null: it has none, or none that has got here. */
export async function readCachedQuote(kv: KVNamespace, productId: string): Promise<Quote | null> {
  const text = await kv.get(quoteKey(productId), { cacheTtl: KV_CACHE_TTL_SECONDS });
  return text === null ? null : quoteSchema.parse(JSON.parse(text));
}

export async function writeCachedQuote(kv: KVNamespace, productId: string, quote: Quote): Promise<void> {
  await kv.put(quoteKey(productId), JSON.stringify(quote));
}
