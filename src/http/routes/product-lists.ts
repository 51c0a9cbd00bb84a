/** Lists of products from the book: the catalog, and the same products with their stock. */
import { z } from "@hono/zod-openapi";
import * as book from "../../d1/product-list";
import { DECIMAL } from "../../domain/money";
import { AVAILABILITIES } from "../../domain/product";
import { productView, stockView } from "../../domain/views";
import { route } from "../route";
import { pageAnswer } from "../json-answer";
import { cursor, limit, locationId, maybe, pageOf } from "../schemas/primitives";
import { attributesOf, barcode, kind, product, status, tag } from "../schemas/product";
import { stockListed } from "../schemas/stock";

const priceParam = maybe(
  z.string().regex(DECIMAL, "must be a decimal such as 19.99").transform(Number),
).openapi({ type: "string", pattern: DECIMAL.source, example: "19.99" });

const filters = {
  kind: maybe(kind),
  status: maybe(status),
  tag: maybe(tag),
  barcode: maybe(barcode),
  minPrice: priceParam,
  maxPrice: priceParam,
  availability: maybe(z.enum(AVAILABILITIES)),
  attributes: maybe(attributesOf(z.string())),
  sort: maybe(z.enum(book.PRODUCT_SORTS)).openapi({
    description: "By productId when it is left out. Products without a price come last in both directions.",
  }),
  limit,
  cursor,
};

export const listProducts = route(
  {
    method: "get",
    path: "/v1/products",
    operationId: "listProducts",
    summary: "List the catalog",
    tag: "Catalog",
    scope: "catalog:read",
    query: z.strictObject(filters),
    answers: {
      200: { description: "A page", schema: pageOf(product), headers: ["Link", "X-Book-Offset"] },
    },
    problems: ["book_unavailable"],
  },
  async (call) => {
    const page = await book.listProducts(call.env.BOOK, call.query);
    return pageAnswer(call, { ...page, items: page.items.map(productView) });
  },
);

export const listInventory = route(
  {
    method: "get",
    path: "/v1/inventory",
    operationId: "listInventory",
    summary: "List products with their stock, as the book last knew it",
    tag: "Stock",
    scope: "stock:read",
    query: z.strictObject({
      ...filters,
      locationId: maybe(locationId).openapi({
        description: "Only products with a level there, and only it.",
      }),
      overstocked: maybe(z.enum(["true", "false"]).transform((value) => value === "true")).openapi({
        type: "boolean",
      }),
    }),
    answers: {
      200: { description: "A page", schema: pageOf(stockListed), headers: ["Link", "X-Book-Offset"] },
    },
    problems: ["book_unavailable"],
  },
  async (call) => {
    const { clamped } = call.credential;
    const page = await book.listProducts(call.env.BOOK, call.query);
    const items = page.items.map((state) => {
      const { name, kind: kindOf } = state.product.fields;
      return { ...stockView(state, clamped, call.query.locationId), name, kind: kindOf };
    });
    return pageAnswer(call, { ...page, items });
  },
);

export const PRODUCT_LISTS = [listProducts, listInventory];
