/**
 * Catalog entries beside the shopper: `product:<shape>:<id>` holds the product's JSON as its object last published it. Written
 * by the product's object alone. An entry lives until its product changes or is deleted.
 */
import { KV_CACHE_TTL_SECONDS } from "../limits";

export interface CatalogEntry {
  /** The product's JSON as clients get it. */
  body: string;
  version: number;
}

/**
 * Counts the forms that the product's JSON has had, so that no entry of an older one is ever answered. Raise it whenever the
 * fields change; entries of the old number stay unread.
 */
export const CATALOG_SHAPE = 1;

export const entryKey = (productId: string) => `product:${CATALOG_SHAPE}:${productId}`;

/** `<version>\n<body>`: read without parsing the body. */
export async function readCatalogEntry(kv: KVNamespace, productId: string): Promise<CatalogEntry | null> {
  const text = await kv.get(entryKey(productId), { cacheTtl: KV_CACHE_TTL_SECONDS });
  if (text === null) return null;
  const end = text.indexOf("\n");
  return { version: Number(text.slice(0, end)), body: text.slice(end + 1) };
}

export async function writeCatalogEntry(kv: KVNamespace, productId: string, entry: CatalogEntry) {
  await kv.put(entryKey(productId), `${entry.version}\n${entry.body}`);
}

export async function deleteCatalogEntry(kv: KVNamespace, productId: string): Promise<void> {
  await kv.delete(entryKey(productId));
}

/** A page of the products that have an entry, of whichever shape; `cursor`: empty for the first page, undefined after the last. */
export async function listCatalogEntries(kv: KVNamespace, cursor: string) {
  const page = await kv.list({ prefix: "product:", ...(cursor && { cursor }) });
  const productIds = page.keys.map(({ name }) => name.slice(name.indexOf(":", "product:".length) + 1));
  return { productIds, cursor: page.list_complete ? undefined : page.cursor };
}
