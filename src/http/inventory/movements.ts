/** Changes of what is on hand beside counts: adjustments and transfers, and the trail they all leave. */
import * as book from "../../d1/movements";
import { MOVEMENT_TYPES } from "../../domain/events/movement";
import { ARRIVES, pageAnswer, pageOf } from "../answers";
import { changeByBody } from "../clients/product";
import { missing } from "../problem";
import { route, routesOf } from "../route";
import * as field from "../schemas/primitives";
import * as z from "../zod";
import { adjustBody, stockChange, transferBody } from "./schemas";

export const movement = z.component("Movement", {
  movementId: z.string(),
  productId: field.productId,
  version: field.version,
  type: z.enum(MOVEMENT_TYPES),
  locationId: field.locationId,
  toLocationId: field.locationId.optional().describe("Of a transfer; the numbers are those of the source."),
  delta: z.int(),
  before: z.int(),
  after: z.int(),
  reason: z.string().nullable(),
  reference: z.string().nullable(),
  orderId: z.string().nullable(),
  reservationId: z.string().nullable(),
  actor: z.string(),
  adjustedBy: z.string().nullable().describe("Of a count, who is said to have made it."),
  at: field.timestamp,
});

const filters = {
  type: z.maybe(z.enum(MOVEMENT_TYPES)),
  from: z.maybe(field.momentParam).describe("Not before this time."),
  to: z.maybe(field.momentParam).describe("Before this time."),
};
const answers = { 200: pageOf(movement) };

export const MOVEMENT_ROUTES = routesOf("Stock", {
  adjustStock: route({
    at: "POST /v1/inventory/{productId}/adjust",
    summary: "Receive, sell, write off or correct units",
    ...stockChange,
    body: adjustBody,
    problems: ["product_not_found", ...ARRIVES, "insufficient_stock", "below_reserved"],
    handle: (call) => changeByBody(call, (adjustment) => ({ verb: "adjust", ...adjustment })),
  }),
  transferStock: route({
    at: "POST /v1/inventory/{productId}/transfer",
    summary: "Move goods between two locations; holds stay where they are",
    ...stockChange,
    body: transferBody,
    problems: ["product_not_found", ...ARRIVES, "level_not_found", "insufficient_stock"],
    handle: (call) => changeByBody(call, (transfer) => ({ verb: "transfer", ...transfer })),
  }),
  listMovements: route({
    at: "GET /v1/inventory/{productId}/movements",
    summary: "The audit trail of a product, newest first",
    scope: "events:read",
    params: field.productParams,
    query: z.strictObject({ ...filters, orderId: z.maybe(field.orderId), ...field.pageParams }),
    answers,
    problems: ["product_not_found", "book_unavailable"],
    handle: async (call) => {
      const { productId: id } = call.params;
      const page = await book.listMovements(call.env.BOOK, { ...call.query, productId: id });
      return pageAnswer(call, page.isKnown ? page : missing("product_not_found", id));
    },
  }),
  listAllMovements: route({
    at: "GET /v1/movements",
    summary: "The audit trail of all products, newest first",
    scope: "events:read",
    query: z.strictObject({
      ...filters,
      productId: z.maybe(field.productId),
      locationId: z.maybe(field.locationId).describe("Of a transfer, either place."),
      reference: z.maybe(field.reference),
      ...field.pageParams,
    }),
    answers,
    problems: ["book_unavailable"],
    handle: async (call) => {
      return pageAnswer(call, await book.listMovements(call.env.BOOK, call.query));
    },
  }),
});
