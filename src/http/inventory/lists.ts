/** Products with their stock, from the book: all of them, and those that must be ordered. */
import * as belowMinimum from "../../d1/low-stock";
import { listProducts } from "../../d1/product-list";
import { type ProductState, stockView } from "../../domain/views";
import { quoteViewsOf } from "../products/quoted";
import { kind, productFilters, status, tag } from "../products/schemas";
import { pageAnswer } from "../request/answers";
import { route, type Call, routesOf } from "../route";
import { pageOf } from "../schemas/answers";
import { booleanParam, cursor, limit, locationId } from "../schemas/primitives";
import * as z from "../zod";
import { lowStock, stockListed } from "./schemas";

export const STOCK_LIST_ROUTES = routesOf("Stock", {
  listInventory: route({
    at: "GET /v1/inventory",
    summary: "List products with their stock, as the book last knew it",
    scope: "stock:read",
    query: z.strictObject({
      ...productFilters,
      locationId: z.maybe(locationId).describe("Only products with a level there, and only it."),
      overstocked: z.maybe(booleanParam).openapi({ type: "boolean" }),
    }),
    answers: { 200: pageOf(stockListed) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const page = await listProducts(call.env.BOOK, call.query);
      const quoteOf = await quoteViewsOf(call.env, page.items);
      const items = page.items.map((state) => {
        return { ...listed(call, state, call.query.locationId), quote: quoteOf(state.productId) };
      });
      return pageAnswer(call, { ...page, items });
    },
  }),
  listLowStock: route({
    at: "GET /v1/inventory/low-stock",
    summary: "List products below their minimum stock level, the largest shortfall first",
    scope: "stock:read",
    query: z.strictObject({
      kind: z.maybe(kind),
      status: z.maybe(status),
      tag: z.maybe(tag),
      locationId: z
        .maybe(locationId)
        .describe("Only products with a level there, and only it; the minimum is the product's."),
      limit,
      cursor,
    }),
    answers: { 200: pageOf(lowStock) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const page = await belowMinimum.listLowStock(call.env.BOOK, call.query);
      const items = page.items.map(({ state, shortfall }) => {
        return { ...listed(call, state, call.query.locationId), shortfall };
      });
      return pageAnswer(call, { ...page, items });
    },
  }),
});

function listed(call: Call, state: ProductState, locationId: string | undefined) {
  const { name, kind } = state.product.fields;
  return { ...stockView(state, call.credential.clamped, locationId), name, kind };
}
