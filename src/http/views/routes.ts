/** Read views of two kinds of product, with the names that collectors' and traders' clients expect; pages for browsers. */
import { productView } from "../../domain/views";
import type { SearchQuery } from "../../search/find-products";
import { searchProducts } from "../clients/search";
import { entryJson, productEntry } from "../products/product-entry";
import { quoteViewsOf } from "../products/quoted";
import { productFilters } from "../products/schemas";
import { notFound, problemResponse } from "../problem";
import { readHealth } from "../health/routes";
import { jsonAnswer, pageAnswer, pageHeaders, pageOf } from "../answers";
import { openRoute, route, routesOf, type Call } from "../route";
import { booleanParam, cursor, limit, productId } from "../schemas/primitives";
import * as z from "../zod";
import { ASSET_STATUSES, assetView, assetViewOf, PRODUCT_STATUSES_OF } from "./asset-view";
import { assetsPage } from "./assets-page";
import { assetPage, setPage } from "./product-pages";
import { setView, setViewOf } from "./set-view";
import { readShownProduct, type ShownProduct } from "./shown-product";
import { format, htmlAnswer, PAGE_TYPES, isPage, withPages } from "./with-pages";

const found = (schema: z.ZodType) => ({ 200: { description: "Found", schema, types: PAGE_TYPES } });
const listed = { ...pageOf(assetView), types: PAGE_TYPES };

function readSet(at: `GET /${string}`) {
  return withPages(
    route({
      at,
      summary: "Read a set",
      scope: "catalog:read",
      params: z.strictObject({ setId: productId.openapi({ example: "75192" }) }),
      query: z.strictObject({ format }),
      produces: PAGE_TYPES,
      answers: found(setView),
      problems: ["product_not_found"],
      handle: async (call) => {
        const { setId } = call.params;
        const product =
          (await productOfKind(call, setId, "set")) ?? (await productOfKind(call, `${setId}-1`, "set"));
        if (!product) return problemResponse(call.c, noSuch("set", setId));
        if (!isPage(call)) return jsonAnswer(call, setViewOf(setId, product));
        return htmlAnswer(call, setPage({ product, setId, url: new URL(call.request.url) }));
      },
    }),
  );
}

/** A form sends the fields that were left empty, too. */
function orBlank<S extends z.ZodType>(schema: S) {
  return z.preprocess((value) => (value === "" ? undefined : value), schema);
}

const assetStatus = z
  .string()
  .toUpperCase()
  .pipe(z.enum(ASSET_STATUSES))
  .openapi({ type: "string", enum: [...ASSET_STATUSES] });

export const VIEW_ROUTES = routesOf("Views", {
  readSet: readSet("GET /inventory/{setId}"),
  readBrickSet: readSet("GET /brick-api/inventory/{setId}"),
  listAssets: withPages(
    route({
      at: "GET /inventory/assets",
      summary: "List assets",
      scope: "catalog:read",
      query: z.strictObject({
        active_only: booleanParam.default(false).openapi({ type: "boolean", default: false }),
        limit,
        cursor,
        format,
      }),
      produces: PAGE_TYPES,
      answers: { 200: listed },
      problems: ["book_unavailable"],
      handle: (call) => {
        const { active_only: activeOnly, format: _, ...page } = call.query;
        return assetsAnswer(call, { ...page, ...(activeOnly && { status: "active" }) });
      },
    }),
  ),
  searchAssets: withPages(
    route({
      at: "GET /inventory/assets/search",
      summary: "Search assets",
      scope: "catalog:read",
      query: z.strictObject({
        q: orBlank(productFilters.q),
        min_price: orBlank(productFilters.minPrice),
        max_price: orBlank(productFilters.maxPrice),
        status: orBlank(z.maybe(assetStatus)),
        sort: orBlank(productFilters.sort),
        limit,
        cursor,
        format,
      }),
      produces: PAGE_TYPES,
      answers: { 200: listed },
      problems: ["book_unavailable"],
      handle: (call) => {
        const { min_price: minPrice, max_price: maxPrice, status, format: _, ...others } = call.query;
        const query: SearchQuery = others;
        if (minPrice !== undefined) query.minPrice = minPrice;
        if (maxPrice !== undefined) query.maxPrice = maxPrice;
        if (status !== undefined) query.status = PRODUCT_STATUSES_OF[status];
        return assetsAnswer(call, query);
      },
    }),
  ),
  readAsset: withPages(
    route({
      at: "GET /inventory/assets/{assetId}",
      summary: "Read an asset",
      scope: "catalog:read",
      params: z.strictObject({ assetId: productId.openapi({ example: "bitcoin" }) }),
      query: z.strictObject({ format }),
      produces: PAGE_TYPES,
      answers: found(assetView),
      problems: ["product_not_found"],
      handle: async (call) => {
        const { assetId } = call.params;
        const product = await productOfKind(call, assetId, "asset");
        if (!product) return problemResponse(call.c, noSuch("asset", assetId));
        if (!isPage(call)) return jsonAnswer(call, assetViewOf(product));
        return htmlAnswer(call, assetPage({ product, url: new URL(call.request.url) }));
      },
    }),
  ),
});

/** For whoever watches the views alone: the same as `/health`. */
export const readBrickHealth = openRoute(
  "/brick-api/health",
  readHealth.handle,
  readHealth.operation && { ...readHealth.operation, operationId: "readBrickHealth", tags: ["Views"] },
);

async function productOfKind(call: Call, id: string, kind: string): Promise<ShownProduct | undefined> {
  const entry = await productEntry(call, id);
  const product = entry && readShownProduct(entryJson(entry));
  return product?.kind === kind ? product : undefined;
}

function noSuch(kind: string, id: string) {
  return { ...notFound("product_not_found", id), detail: `There is no ${kind} ${id}.` };
}

async function assetsAnswer(call: Call, query: SearchQuery): Promise<Response> {
  const page = await searchProducts(call.env, { ...query, kind: "asset" });
  const quoteOf = await quoteViewsOf(call.env, page);
  const products = page.items.map((state) => productView(state, quoteOf(state.productId)));
  if (!isPage(call)) return pageAnswer(call, { ...page, items: products.map(assetViewOf) });
  const { nextCursor } = page;
  const body = assetsPage({ products, nextCursor, url: new URL(call.request.url) });
  return htmlAnswer(call, body, pageHeaders(call, page));
}
