/** The stock of one product as a whole: made, read, counted, deleted. */
import { MAIN_LOCATION } from "../../domain/ids";
import { ARRIVES, CHANGED, created, current } from "../answers";
import { change, changeByBody, readAnswer } from "../clients/product";
import { creation, deletionOf } from "../products/life";
import { productName } from "../products/schemas";
import { route, routesOf } from "../route";
import * as field from "../schemas/primitives";
import * as z from "../zod";
import { countBody, stock, stockChange } from "./schemas";

const levelParams = z.strictObject({ productId: field.productId, locationId: field.locationId });

export const STOCK_ROUTES = routesOf("Stock", {
  createInventory: route({
    at: "POST /v1/inventory",
    summary: "Create a product with its first stock",
    scope: "stock:write",
    body: z.strictComponent("NewInventory", {
      productId: field.newProductId,
      initialQuantity: field.nonNegative,
      minimumStockLevel: z.maybe(field.nonNegative),
      name: z.maybe(productName).describe("The productId when it is left out."),
      locationId: field.locationId.default(MAIN_LOCATION),
    }),
    answers: created("Created", stock),
    problems: [...ARRIVES, "product_exists"],
    handle: (call) => {
      const { productId, initialQuantity: quantity, locationId, ...fields } = call.body;
      return creation(call, productId, { verb: "create", fields, initial: { locationId, quantity } });
    },
  }),
  readInventory: route({
    at: "GET /v1/inventory/{productId}",
    summary: "Read the stock of a product",
    scope: "stock:read",
    params: field.productParams,
    query: z.strictObject({ locationId: z.maybe(field.locationId) }),
    answers: current("The stock", stock),
    problems: ["product_not_found", "level_not_found"],
    handle: (call) => {
      const { clamped } = call.credential;
      return readAnswer(call, call.params.productId, { view: "stock", ...call.query, clamped });
    },
  }),
  countStock: route({
    at: "PUT /v1/inventory/{productId}",
    summary: "Count: set what is on hand",
    ...stockChange,
    body: countBody,
    problems: ["product_not_found", ...ARRIVES, "below_reserved"],
    handle: (call) => changeByBody(call, (count) => ({ verb: "count", ...count })),
  }),
  deleteInventory: deletionOf({ at: "DELETE /v1/inventory/{productId}", summary: "Delete the product" }),
  setLevel: route({
    at: "PATCH /v1/inventory/{productId}/levels/{locationId}",
    summary: "Set a level's safety stock and backorder limit",
    ...stockChange,
    params: levelParams,
    body: z.strictComponent("LevelPatch", {
      safetyStock: z.maybe(field.nonNegative),
      backorderLimit: z.maybe(field.nonNegative),
      version: z.maybe(field.version),
    }),
    problems: ["product_not_found", ...ARRIVES],
    handle: (call) => {
      const { locationId } = call.params;
      return changeByBody(call, (limits) => ({ verb: "set-level", locationId, ...limits }));
    },
  }),
  removeLevel: route({
    at: "DELETE /v1/inventory/{productId}/levels/{locationId}",
    summary: "Remove an empty level",
    scope: "stock:write",
    versioned: true,
    params: levelParams,
    answers: { 204: { description: "Removed", headers: CHANGED } },
    problems: ["product_not_found", "level_not_found", "level_in_use"],
    handle: (call) => {
      const { productId, locationId } = call.params;
      return change(call, { productId, command: { verb: "remove-level", locationId }, status: 204 });
    },
  }),
});
