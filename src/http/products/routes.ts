/** One catalog entry: made, read beside the shopper, patched, deleted. */
import { BookUnavailable, logBookUnavailable } from "../../d1/book";
import { findProduct } from "../../d1/products";
import { productView } from "../../domain/views";
import { findProducts } from "../../search/find-products";
import { readCatalogEntry, type CatalogEntry } from "../../kv/catalog-cache";
import { logError } from "../../telemetry/log";
import { CHANGED, created, current, ok, pageAnswer, pageOf } from "../answers";
import { changeByBody, readAnswer, representation } from "../clients/product";
import { notFound, problemResponse } from "../problem";
import { route, type Call, routesOf } from "../route";
import { productParams } from "../schemas/primitives";
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
      const { facets: counts, ...page } = await findProducts(call.env, call.query);
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
  readProduct: route({
    at: "GET /v1/products/{productId}",
    summary: "Read one product",
    scope: "catalog:read",
    params: productParams,
    answers: current("The product", product),
    problems: ["product_not_found"],
    handle: async (call) => {
      const id = call.params.productId;
      if (call.headers.get("Cache-Control")?.includes("no-cache"))
        return readAnswer(call, id, { view: "product" });
      const entry = await cachedEntry(call.env, id);
      return entry ? representation(call, entry.body, entry.version) : readFromBook(call, id);
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

/** The book answers and the object publishes meanwhile, so that the next one is served from the cache. */
async function readFromBook(call: Call, id: string): Promise<Response> {
  if (await isKnownMissing(id)) return problemResponse(call.c, notFound("product_not_found", id));
  try {
    const state = await findProduct(call.env.BOOK, id);
    if (!state) {
      rememberMissing(call, id);
      return problemResponse(call.c, notFound("product_not_found", id));
    }
    const published = call.env.PRODUCT.getByName(id).publish();
    call.c.executionCtx.waitUntil(
      published.catch((error) => logError("not published", error, { productId: id })),
    );
    return representation(call, JSON.stringify(productView(state)), state.product.catalogVersion);
  } catch (error) {
    if (!(error instanceof BookUnavailable)) throw error;
    logBookUnavailable(error, call.requestId);
    return readAnswer(call, id, { view: "product" });
  }
}
