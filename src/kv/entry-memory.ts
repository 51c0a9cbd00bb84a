/**
 * What this isolate has read of the catalog within the last second: a product that many look at costs KV one read a second. It is
 * bounded in number, and in size by leaving out what is large; what this isolate changes is read again.
 */
import QuickLRU from "quick-lru";
import type { Quote } from "../domain/quote";
import { ENTRY_MEMORY_ENTRIES, ENTRY_MEMORY_MS, MAX_REMEMBERED_ENTRY_CHARS } from "../limits";
import type { CatalogEntry } from "./catalog-cache";

/** A product as it is read: its JSON without a quote, and the quote, which changes without the product's version. */
export interface ProductEntry extends CatalogEntry {
  quote: Quote | null;
}

const entries = new QuickLRU<string, ProductEntry>({
  maxSize: ENTRY_MEMORY_ENTRIES,
  maxAge: ENTRY_MEMORY_MS,
});

export function rememberedEntry(productId: string): ProductEntry | undefined {
  return entries.get(productId);
}

export function rememberEntry(productId: string, entry: ProductEntry): void {
  if (entry.body.length <= MAX_REMEMBERED_ENTRY_CHARS) entries.set(productId, entry);
}

export function forgetEntry(productId: string): void {
  entries.delete(productId);
}
