/** One catalog entry: made, read beside the shopper, patched, deleted. */
import { productView } from "../../domain/views";
import { searchProducts } from "../clients/search";
import { CHANGED, created, current, ok, pageAnswer, pageOf } from "../answers";
import { changeByBody } from "../clients/product";
import { notFound, problemResponse } from "../problem";
import { andThen } from "../request/at-once";
import { route, routesOf } from "../route";
import { productParams } from "../schemas/primitives";
import { productPage } from "../views/product-pages";
import { readShownProduct } from "../views/shown-product";
import { format, htmlAnswer, PAGE_TYPES, isPage, withPages } from "../views/with-pages";
import * as z from "../zod";
import { creation, deletionOf } from "./life";
import { entryAnswer, entryJson, productEntry } from "./product-entry";
import { quoteViewsOf } from "./quoted";
import { facetCounts, facets, newProduct, product, productFilters, productPatch } from "./schemas";
export const PRODUCT_ROUTES = routesOf("Catalog", {
  listProducts: route({
    at: "GET /v1/products",
    summary: "List and search products",
    scope: "catalog:read",
    query: z.strictObject({ ...productFilters, facets }),
    answers: { 200: pageOf(product, undefined, { facets: facetCounts }) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { facets: counts, ...page } = await searchProducts(call.env, call.query);
      const quoteOf = await quoteViewsOf(call.env, page);
      const items = page.items.map((state) => productView(state, quoteOf(state.productId)));
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
      summary: "Read a product",
      scope: "catalog:read",
      params: productParams,
      query: z.strictObject({ format }),
      produces: PAGE_TYPES,
      answers: {
        ...current("The product", product),
        200: { description: "The product", schema: product, types: PAGE_TYPES, headers: ["ETag"] },
      },
      problems: ["product_not_found"],
      handle: (call) => {
        const id = call.params.productId;
        return andThen(productEntry(call, id), (entry) => {
          if (!entry) return problemResponse(call.c, notFound("product_not_found", id));
          if (!isPage(call)) return entryAnswer(call, entry);
          const url = new URL(call.request.url);
          return htmlAnswer(call, productPage({ product: readShownProduct(entryJson(entry)), url }));
        });
      },
    }),
  ),
  editProduct: route({
    at: "PATCH /v1/products/{productId}",
    summary: "Edit a product",
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
    summary: "Delete a product",
  }),
});
