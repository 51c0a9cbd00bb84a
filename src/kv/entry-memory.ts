/**
 * What this isolate has read of the catalog within the last second: a product that many look at costs KV one read a second. It is
 * bounded in number and in size, and what this isolate changes is read anew.
 */
import { LRUCache } from "lru-cache";
import type { Quote } from "../domain/quote";
import { ENTRY_MEMORY_CHARS, ENTRY_MEMORY_ENTRIES, ENTRY_MEMORY_MS } from "../limits";
import type { CatalogEntry } from "./catalog-cache";

/** A product as it is read: its JSON without a quote, and the quote, which changes without the product's version. */
export interface ProductEntry extends CatalogEntry {
  quote: Quote | null;
}

const entries = new LRUCache<string, ProductEntry>({
  max: ENTRY_MEMORY_ENTRIES,
  maxSize: ENTRY_MEMORY_CHARS,
  sizeCalculation: ({ body }) => body.length,
  ttl: ENTRY_MEMORY_MS,
  // Looks at the clock each time, rather than at a timer of some request.
  ttlResolution: 0,
});

export function rememberedEntry(productId: string): ProductEntry | undefined {
  return entries.get(productId);
}

export function rememberEntry(productId: string, entry: ProductEntry): void {
  entries.set(productId, entry);
}

export function forgetEntry(productId: string): void {
  entries.delete(productId);
}
