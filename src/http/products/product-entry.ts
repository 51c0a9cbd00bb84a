/** One product as it is read: from this isolate's memory, else from KV, else from the book, else from its object. */
import { BookUnavailable, logBookUnavailable } from "../../d1/book";
import { findProduct } from "../../d1/products";
import { quoteView } from "../../domain/quote";
import { productView } from "../../domain/views";
import { readCatalogEntry, type CatalogEntry } from "../../kv/catalog-cache";
import { rememberedEntry, rememberEntry, type ProductEntry } from "../../kv/entry-memory";
import { logError } from "../../telemetry/log";
import { counter } from "../../telemetry/meter-buffer";
import { jsonTextAnswer } from "../answers";
import { read, representation } from "../clients/product";
import { publishQuote } from "../clients/quotes";
import { ProblemError } from "../problem";
import { refusalProblem } from "../refusal-problem";
import type { AtOnce } from "../request/at-once";
import { etag } from "../request/preconditions";
import type { Call } from "../route";
import { isKnownMissing, rememberMissing } from "./missing-products";
import { cachedQuote, newestQuote } from "./quoted";

const readsFrom = {
  memory: counter("holdfast_catalog_reads_total", { from: "memory" }),
  kv: counter("holdfast_catalog_reads_total", { from: "kv" }),
  book: counter("holdfast_catalog_reads_total", { from: "book" }),
  object: counter("holdfast_catalog_reads_total", { from: "object" }),
};

/** What of a request decides where the product is read. */
type Reader = Pick<Call, "c" | "env" | "headers" | "requestId">;

/** undefined: there is none. */
export function productEntry(call: Reader, id: string): AtOnce<ProductEntry | undefined> {
  if (call.headers.get("Cache-Control")?.includes("no-cache")) return entryOfObject(call.env, id);
  const remembered = rememberedEntry(id);
  if (!remembered) return storedEntry(call, id);
  readsFrom.memory.add();
  return remembered;
}

async function storedEntry(call: Reader, id: string): Promise<ProductEntry | undefined> {
  const { env } = call;
  const entry = (await cachedEntry(env, id)) ?? (await entryOfBook(call, id));
  if (entry) rememberEntry(id, entry);
  return entry;
}

/** As it stands in the product's JSON, once: quotes inside texts are escaped, and no attribute is null. */
const NO_QUOTE = '"quote":null';

/** The product's JSON, with its quote. */
export function entryJson({ body, quote }: ProductEntry): string {
  if (!quote) return body;
  return body.replace(NO_QUOTE, () => `"quote":${JSON.stringify(quoteView(quote, Date.now()))}`);
}

/** A quote changes without the product's version: a product that has one is always answered whole. */
export function entryAnswer(call: Call, entry: ProductEntry): Response {
  if (!entry.quote) return representation(call, entry.body, entry.version);
  return jsonTextAnswer(call, entryJson(entry), { headers: { ETag: etag(entry.version) } });
}

/** A cache that fails is a cache that misses. */
async function cachedEntry(env: Env, id: string): Promise<ProductEntry | null> {
  const reading: Promise<CatalogEntry | null> = readCatalogEntry(env.CATALOG, id).catch((error: unknown) => {
    logError("catalog entry not read", error, { productId: id });
    return null;
  });
  const [entry, quote] = await Promise.all([reading, cachedQuote(env, id)]);
  if (!entry) return null;
  readsFrom.kv.add();
  return { ...entry, quote };
}

/** The book answers and the objects publish meanwhile, so that the next one is served from the cache. */
async function entryOfBook(call: Reader, id: string): Promise<ProductEntry | undefined> {
  if (await isKnownMissing(id)) return undefined;
  const { env } = call;
  try {
    const [state, quote] = await Promise.all([findProduct(env.BOOK, id), newestQuote(env, id)]);
    readsFrom.book.add();
    if (!state) {
      rememberMissing(call, id);
      return undefined;
    }
    const published = [env.PRODUCT.getByName(id).publish(), ...(quote ? [publishQuote(env, id)] : [])];
    for (const one of published)
      call.c.executionCtx.waitUntil(
        one.catch((error: unknown) => logError("not published", error, { productId: id })),
      );
    return { body: JSON.stringify(productView(state)), version: state.product.catalogVersion, quote };
  } catch (error) {
    if (!(error instanceof BookUnavailable)) throw error;
    logBookUnavailable(error, call.requestId);
    return entryOfObject(env, id);
  }
}

/** The product from its object, the quote from the book. */
async function entryOfObject(env: Env, id: string): Promise<ProductEntry | undefined> {
  readsFrom.object.add();
  const [found, quote] = await Promise.all([read(env, id, { view: "product" }), newestQuote(env, id)]);
  if (found.ok) return { body: found.body, version: found.version, quote };
  if (found.refusal.code === "product_not_found") return undefined;
  throw new ProblemError(refusalProblem(found.refusal));
}
