/** One catalog entry: made, read beside the shopper, patched, deleted. */
import { BookUnavailable, logBookUnavailable } from "../../d1/book";
import { findProduct } from "../../d1/products";
import { productView } from "../../domain/views";
import { searchProducts } from "../clients/search";
import { readCatalogEntry, type CatalogEntry } from "../../kv/catalog-cache";
import { logError } from "../../telemetry/log";
import { CHANGED, created, current, ok, pageAnswer, pageOf } from "../answers";
import { changeByBody, read, representation } from "../clients/product";
import { notFound, problemResponse, ProblemError } from "../problem";
import { refusalProblem } from "../refusal-problem";
import { route, type Call, routesOf } from "../route";
import { productParams } from "../schemas/primitives";
import { productPage } from "../views/product-pages";
import { readShownProduct } from "../views/shown-product";
import { format, htmlAnswer, PAGE_TYPES, wantsPage, withPages } from "../views/with-pages";
import * as z from "../zod";
import { creation, deletionOf } from "./life";
import { isKnownMissing, rememberMissing } from "./missing-products";
import { facetCounts, facets, newProduct, product, productFilters, productPatch } from "./schemas";
export const PRODUCT_ROUTES = routesOf("Catalog", {
  listProducts: route({
    at: "GET /v1/products",
    summary: "List and search the catalog",
    scope: "catalog:read",
    query: z.strictObject({ ...productFilters, facets }),
    answers: { 200: pageOf(product, undefined, { facets: facetCounts }) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { facets: counts, ...page } = await searchProducts(call.env, call.query);
      const items = page.items.map(productView);
      return pageAnswer(call, { ...page, items }, counts && { facets: counts });
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
  readProduct: withPages(
    route({
      at: "GET /v1/products/{productId}",
      summary: "Read one product, as JSON or as a page",
      scope: "catalog:read",
      params: productParams,
      query: z.strictObject({ format }),
      produces: PAGE_TYPES,
      answers: {
        ...current("The product", product),
        200: { description: "The product", schema: product, types: PAGE_TYPES, headers: ["ETag"] },
      },
      problems: ["product_not_found"],
      handle: async (call) => {
        const id = call.params.productId;
        const entry = await productEntry(call, id);
        if (!entry) return problemResponse(call.c, notFound("product_not_found", id));
        if (!wantsPage(call.request)) return representation(call, entry.body, entry.version);
        const url = new URL(call.request.url);
        return htmlAnswer(call, productPage({ product: readShownProduct(entry.body), url }));
      },
    }),
  ),
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

/** The product's JSON as clients get it: from KV, else from the book, else from its object. undefined: there is none. */
export async function productEntry(call: Call, id: string): Promise<CatalogEntry | undefined> {
  if (call.headers.get("Cache-Control")?.includes("no-cache")) return entryOfObject(call.env, id);
  return (await cachedEntry(call.env, id)) ?? entryOfBook(call, id);
}

/** A cache that fails is a cache that misses. */
async function cachedEntry(env: Env, id: string): Promise<CatalogEntry | null> {
  try {
    return await readCatalogEntry(env.CATALOG, id);
  } catch (error) {
    logError("catalog entry not read", error, { productId: id });
    return null;
  }
}

/** The book answers and the object publishes meanwhile, so that the next one is served from the cache. */
async function entryOfBook(call: Call, id: string): Promise<CatalogEntry | undefined> {
  if (await isKnownMissing(id)) return undefined;
  try {
    const state = await findProduct(call.env.BOOK, id);
    if (!state) {
      rememberMissing(call, id);
      return undefined;
    }
    const published = call.env.PRODUCT.getByName(id).publish();
    call.c.executionCtx.waitUntil(
      published.catch((error) => logError("not published", error, { productId: id })),
    );
    return { body: JSON.stringify(productView(state)), version: state.product.catalogVersion };
  } catch (error) {
    if (!(error instanceof BookUnavailable)) throw error;
    logBookUnavailable(error, call.requestId);
    return entryOfObject(call.env, id);
  }
}

async function entryOfObject(env: Env, id: string): Promise<CatalogEntry | undefined> {
  const result = await read(env, id, { view: "product" });
  if (result.ok) return result;
  if (result.refusal.code === "product_not_found") return undefined;
  throw new ProblemError(refusalProblem(result.refusal));
}
