/** Products with their stock, from the book: all of them, and those that must be ordered. */
import * as belowMinimum from "../../d1/low-stock";
import { type ProductState, stockView } from "../../domain/views";
import { searchProducts } from "../clients/search";
import { pageAnswer, pageOf } from "../answers";
import { quoteViewsOf } from "../products/quoted";
import { productFilters } from "../products/schemas";
import { route, type Call, routesOf } from "../route";
import { booleanParam, locationId, pageParams } from "../schemas/primitives";
import * as z from "../zod";
import { lowStock, stockListed } from "./schemas";

const { kind, status, tag } = productFilters;

export const STOCK_LIST_ROUTES = routesOf("Stock", {
  listInventory: route({
    at: "GET /v1/inventory",
    summary: "List products with their stock",
    scope: "stock:read",
    query: z.strictObject({
      ...productFilters,
      locationId: z.maybe(locationId).describe("Only products with a level there, and only it."),
      overstocked: z.maybe(booleanParam).openapi({ type: "boolean" }),
    }),
    answers: { 200: pageOf(stockListed) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const page = await searchProducts(call.env, call.query);
      const quoteOf = await quoteViewsOf(call.env, page);
      const items = page.items.map((state) => ({ ...listed(call, state), quote: quoteOf(state.productId) }));
      return pageAnswer(call, { ...page, items });
    },
  }),
  listLowStock: route({
    at: "GET /v1/inventory/low-stock",
    summary: "List products that run low",
    scope: "stock:read",
    query: z.strictObject({
      kind,
      status,
      tag,
      locationId: z
        .maybe(locationId)
        .describe("Only products with a level there, and only it; the minimum is the product's."),
      ...pageParams,
    }),
    answers: { 200: pageOf(lowStock) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const page = await belowMinimum.listLowStock(call.env.BOOK, call.query);
      const items = page.items.map(({ state, shortfall }) => ({ ...listed(call, state), shortfall }));
      return pageAnswer(call, { ...page, items });
    },
  }),
});

function listed({ credential, query }: Call<unknown, { locationId?: string }>, state: ProductState) {
  const { name, kind: kindOf } = state.product.fields;
  return { ...stockView(state, credential.clamped, query.locationId), name, kind: kindOf };
}
