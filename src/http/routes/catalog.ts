/** One catalog entry: made, read beside the shopper, patched, deleted. */
import { z } from "@hono/zod-openapi";
import { BookUnavailable, logBookUnavailable } from "../../d1/book";
import { findProduct } from "../../d1/products";
import { productView } from "../../domain/views";
import { readCatalogEntry, type CatalogEntry } from "../../kv/catalog-cache";
import { logError } from "../../telemetry/log";
import { type Call, route } from "../route";
import { forgetMissing, isKnownMissing, rememberMissing } from "../missing-products";
import { notFound, problemResponse } from "../problem";
import { change, readAnswer, representation } from "../product-gateway";
import { deleteQuery, productId } from "../schemas/primitives";
import { newProduct, product, productPatch } from "../schemas/product";

const path = "/v1/products/{productId}";
const params = z.strictObject({ productId });

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
        headers: ["ETag", "Location", "Idempotency-Replayed"],
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

/** The book answers and the object is asked to publish, so that the next one is served from the cache. */
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
        headers: ["ETag", "Idempotency-Replayed"],
      },
    },
    problems: ["product_not_found"],
  },
  (call) => {
    const { version, ...patch } = call.body;
    const command = { verb: "edit" as const, patch };
    return change(call, { productId: call.params.productId, command, version, awaitBook: true });
  },
);

export const deleteProduct = route(
  {
    method: "delete",
    path,
    operationId: "deleteProduct",
    summary: "Delete a product; its id may be created again",
    tag: "Catalog",
    scope: "admin",
    versioned: true,
    params,
    query: deleteQuery,
    answers: { 204: { description: "Deleted", headers: ["ETag", "Idempotency-Replayed"] } },
    problems: ["product_not_found", "product_in_use", "reason_required"],
  },
  (call) => {
    const command = { verb: "delete" as const, ...call.query };
    return change(call, { productId: call.params.productId, command, status: 204, awaitBook: true });
  },
);

export const CATALOG = [createProduct, readProduct, editProduct, deleteProduct];
