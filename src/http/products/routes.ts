/** One catalog entry: made, read beside the shopper, patched, deleted. */
import { BookUnavailable, logBookUnavailable } from "../../d1/book";
import * as book from "../../d1/product-list";
import { findProduct } from "../../d1/products";
import { productView } from "../../domain/views";
import { readCatalogEntry, type CatalogEntry } from "../../kv/catalog-cache";
import { logError } from "../../telemetry/log";
import { change, changeByBody, readAnswer, representation } from "../clients/product";
import { notFound, problemResponse } from "../problem";
import { pageAnswer } from "../request/answers";
import { route, type Call } from "../route";
import { CHANGED, CREATED, pageOf } from "../schemas/answers";
import { productId } from "../schemas/primitives";
import * as z from "../zod";
import { deletionOf } from "./deletion";
import { exportProducts } from "./export";
import { importProducts } from "./import";
import { forgetMissing, isKnownMissing, rememberMissing } from "./missing-products";
import { newProduct, product, productFilters, productPatch } from "./schemas";

const path = "/v1/products/{productId}";
const params = z.strictObject({ productId });

export const listProducts = route(
  {
    method: "get",
    path: "/v1/products",
    operationId: "listProducts",
    summary: "List the catalog",
    tag: "Catalog",
    scope: "catalog:read",
    query: z.strictObject(productFilters),
    answers: { 200: pageOf(product) },
    problems: ["book_unavailable"],
  },
  async (call) => {
    const page = await book.listProducts(call.env.BOOK, call.query);
    return pageAnswer(call, { ...page, items: page.items.map(productView) });
  },
);

export const createProduct = route(
  {
    method: "post",
    path: "/v1/products",
    operationId: "createProduct",
    summary: "Create a product",
    tag: "Catalog",
    scope: "stock:write",
    body: newProduct,
    answers: {
      201: {
        description: "Created",
        schema: product,
        headers: CREATED,
      },
    },
    problems: ["product_exists"],
  },
  (call) => {
    const { productId: id, ...fields } = call.body;
    return change(call, {
      productId: id,
      command: { verb: "create", fields },
      status: 201,
      awaitBook: true,
      location: () => `/v1/products/${id}`,
      applied: () => forgetMissing(id),
    });
  },
);

export const readProduct = route(
  {
    method: "get",
    path,
    operationId: "readProduct",
    summary: "Read one product",
    tag: "Catalog",
    scope: "catalog:read",
    params,
    answers: {
      200: { description: "The product", schema: product, headers: ["ETag"] },
      304: { description: "The caller has this version" },
    },
    problems: ["product_not_found"],
  },
  async (call) => {
    const id = call.params.productId;
    if (call.headers.get("Cache-Control")?.includes("no-cache"))
      return readAnswer(call, id, { view: "product" });
    const entry = await cachedEntry(call.env, id);
    return entry ? representation(call, entry.body, entry.version) : readFromBook(call, id);
  },
);

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

export const editProduct = route(
  {
    method: "patch",
    path,
    operationId: "editProduct",
    summary: "Edit catalog fields (JSON merge patch)",
    tag: "Catalog",
    scope: "stock:write",
    versioned: true,
    params,
    body: productPatch,
    answers: {
      200: {
        description: "The product afterwards",
        schema: product,
        headers: CHANGED,
      },
    },
    problems: ["product_not_found"],
  },
  changeByBody((patch) => ({ verb: "edit", patch }), { awaitBook: true }),
);

export const deleteProduct = deletionOf({
  path,
  operationId: "deleteProduct",
  summary: "Delete a product; its id may be created again",
  tag: "Catalog",
});

export const PRODUCT_ROUTES = [
  exportProducts,
  importProducts,
  listProducts,
  createProduct,
  readProduct,
  editProduct,
  deleteProduct,
];
