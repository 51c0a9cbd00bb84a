/** What must be ordered: products below their minimum, from the book, worst first. */
import { z } from "@hono/zod-openapi";
import * as book from "../../d1/low-stock";
import { stockView } from "../../domain/views";
import { route } from "../route";
import { pageAnswer } from "../json-answer";
import { cursor, limit, locationId, maybe, pageOf, quantity } from "../schemas/primitives";
import { kind, status, tag } from "../schemas/product";
import { stockListedShape } from "../schemas/stock";

const lowStock = z
  .object({
    ...stockListedShape,
    shortfall: quantity.openapi({ description: "Units that shoppers can get, short of the minimum." }),
  })
  .openapi("LowStock");

export const listLowStock = route(
  {
    method: "get",
    path: "/v1/inventory/low-stock",
    operationId: "listLowStock",
    summary: "List products below their minimum stock level, the largest shortfall first",
    tag: "Stock",
    scope: "stock:read",
    query: z.strictObject({
      kind: maybe(kind),
      status: maybe(status),
      tag: maybe(tag),
      locationId: maybe(locationId).openapi({
        description: "Only products with a level there, and only it; the minimum is the product's.",
      }),
      limit,
      cursor,
    }),
    answers: {
      200: { description: "A page", schema: pageOf(lowStock), headers: ["Link", "X-Book-Offset"] },
    },
    problems: ["book_unavailable"],
  },
  async (call) => {
    const { clamped } = call.credential;
    const page = await book.listLowStock(call.env.BOOK, call.query);
    const items = page.items.map(({ state, shortfall }) => {
      const { name, kind: kindOf } = state.product.fields;
      return { ...stockView(state, clamped, call.query.locationId), name, kind: kindOf, shortfall };
    });
    return pageAnswer(call, { ...page, items });
  },
);
