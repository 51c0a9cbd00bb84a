/** One catalog entry: made, read beside the shopper, patched, deleted. */
import { BookUnavailable, logBookUnavailable } from "../../d1/book";
import * as book from "../../d1/product-list";
import { findProduct } from "../../d1/products";
import type { Quote } from "../../domain/quote";
import { productView } from "../../domain/views";
import { readCatalogEntry, type CatalogEntry } from "../../kv/catalog-cache";
import { logError } from "../../telemetry/log";
import { changeByBody, read } from "../clients/product";
import { publishQuote } from "../clients/quotes";
import { notFound, problemResponse } from "../problem";
import { refusalProblem } from "../refusal-problem";
import { pageAnswer } from "../request/answers";
import { route, type Call, routesOf } from "../route";
import { CHANGED, created, current, ok, pageOf } from "../schemas/answers";
import { productParams } from "../schemas/primitives";
import * as z from "../zod";
import { creation, deletionOf } from "./life";
import { isKnownMissing, rememberMissing } from "./missing-products";
import { cachedQuote, newestQuote, quotedAnswer, quoteViewsOf } from "./quoted";
import { newProduct, product, productFilters, productPatch } from "./schemas";
export const PRODUCT_ROUTES = routesOf("Catalog", {
  listProducts: route({
    at: "GET /v1/products",
    summary: "List the catalog",
    scope: "catalog:read",
    query: z.strictObject(productFilters),
    answers: { 200: pageOf(product) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const page = await book.listProducts(call.env.BOOK, call.query);
      const quoteOf = await quoteViewsOf(call.env, page.items);
      const items = page.items.map((state) => productView(state, quoteOf(state.productId)));
      return pageAnswer(call, { ...page, items });
    },
  }),
  createProduct: route({
    at: "POST /v1/products",
    summary: "Create a product",
    scope: "stock:write",
    body: newProduct,
    answers: created("Created", product),
    problems: ["product_exists"],
    handle: (call) => {
      const { productId: id, ...fields } = call.body;
      return creation(call, id, { verb: "create", fields });
    },
  }),
  readProduct: route({
    at: "GET /v1/products/{productId}",
    summary: "Read one product",
    scope: "catalog:read",
    params: productParams,
    answers: current("The product", product),
    problems: ["product_not_found"],
    handle: async (call) => {
      const id = call.params.productId;
      if (call.headers.get("Cache-Control")?.includes("no-cache")) return readFromObject(call, id);
      const [entry, quote] = await Promise.all([cachedEntry(call.env, id), cachedQuote(call.env, id)]);
      return entry ? quotedAnswer(call, entry, quote) : readFromBook(call, id, quote);
    },
  }),
  editProduct: route({
    at: "PATCH /v1/products/{productId}",
    summary: "Edit catalog fields (JSON merge patch)",
    scope: "stock:write",
    versioned: true,
    params: productParams,
    body: productPatch,
    answers: ok("The product afterwards", product, CHANGED),
    problems: ["product_not_found"],
    handle: (call) => changeByBody(call, (patch) => ({ verb: "edit", patch }), { awaitBook: true }),
  }),
  deleteProduct: deletionOf({
    at: "DELETE /v1/products/{productId}",
    summary: "Delete a product; its id may be created again",
  }),
});

/** A cache that fails is a cache that misses. */
async function cachedEntry(env: Env, id: string): Promise<CatalogEntry | null> {
  try {
    return await readCatalogEntry(env.CATALOG, id);
  } catch (error) {
    logError("catalog entry not read", error, { productId: id });
    return null;
  }
}

/** The book answers and the objects publish meanwhile, so that the next one is served from the cache. */
async function readFromBook(call: Call, id: string, cached: Quote | null): Promise<Response> {
  if (await isKnownMissing(id)) return problemResponse(call.c, notFound("product_not_found", id));
  try {
    const [state, quote] = await Promise.all([findProduct(call.env.BOOK, id), newestQuote(call.env, id)]);
    if (!state) {
      rememberMissing(call, id);
      return problemResponse(call.c, notFound("product_not_found", id));
    }
    const publish = (published: Promise<void>) =>
      call.c.executionCtx.waitUntil(
        published.catch((error) => logError("not published", error, { productId: id })),
      );
    publish(call.env.PRODUCT.getByName(id).publish());
    if (quote && !cached) publish(publishQuote(call.env, id));
    const body = JSON.stringify(productView(state));
    return quotedAnswer(call, { body, version: state.product.catalogVersion }, quote);
  } catch (error) {
    if (!(error instanceof BookUnavailable)) throw error;
    logBookUnavailable(error, call.requestId);
    return readFromObject(call, id);
  }
}

/** The product from its object, the quote from the book. */
async function readFromObject(call: Call, id: string): Promise<Response> {
  const [found, quote] = await Promise.all([
    read(call.env, id, { view: "product" }),
    newestQuote(call.env, id),
  ]);
  if (!found.ok) return problemResponse(call.c, refusalProblem(found.refusal));
  return quotedAnswer(call, found, quote);
}
