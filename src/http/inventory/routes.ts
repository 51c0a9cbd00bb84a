/** The stock of one product as a whole: made, read, counted, deleted. */
import { MAIN_LOCATION } from "../../domain/ids";
import { change, changeByBody, readAnswer } from "../clients/product";
import { creation, deletionOf } from "../products/life";
import { productName } from "../products/schemas";
import { route, routesOf } from "../route";
import { ARRIVES, created, current, CHANGED } from "../schemas/answers";
import {
  locationId,
  newProductId,
  nonNegative,
  productId,
  version,
  productParams,
} from "../schemas/primitives";
import * as z from "../zod";
import { countBody, stock, stockChange } from "./schemas";

const levelParams = z.strictObject({ productId, locationId });

export const STOCK_ROUTES = routesOf("Stock", {
  createInventory: route({
    at: "POST /v1/inventory",
    summary: "Create a product with its first stock",
    scope: "stock:write",
    body: z
      .strictObject({
        productId: newProductId,
        initialQuantity: nonNegative,
        minimumStockLevel: z.maybe(nonNegative),
        name: z.maybe(productName).describe("The productId when it is left out."),
        locationId: locationId.default(MAIN_LOCATION),
      })
      .openapi("NewInventory"),
    answers: created("Created", stock),
    problems: [...ARRIVES, "product_exists"],
    handle: (call) => {
      const { productId: id, initialQuantity, locationId: place, ...fields } = call.body;
      const initial = { locationId: place, quantity: initialQuantity };
      return creation(call, id, { verb: "create", fields, initial });
    },
  }),
  readInventory: route({
    at: "GET /v1/inventory/{productId}",
    summary: "Read the stock of one product, exact to this moment",
    scope: "stock:read",
    params: productParams,
    query: z.strictObject({ locationId: z.maybe(locationId) }),
    answers: current("The stock", stock),
    problems: ["product_not_found", "level_not_found"],
    handle: (call) =>
      readAnswer(call, call.params.productId, {
        view: "stock",
        ...call.query,
        clamped: call.credential.clamped,
      }),
  }),
  countStock: route({
    at: "PUT /v1/inventory/{productId}",
    summary: "Set what is on hand, as counted",
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
    body: z
      .strictObject({
        safetyStock: z.maybe(nonNegative),
        backorderLimit: z.maybe(nonNegative),
        version: z.maybe(version),
      })
      .openapi("LevelPatch"),
    problems: ["product_not_found", ...ARRIVES],
    handle: (call) => {
      const { version: seen, ...limits } = call.body;
      const { productId: id, locationId: place } = call.params;
      const command = { verb: "set-level" as const, locationId: place, ...limits };
      return change(call, { productId: id, command, version: seen });
    },
  }),
  removeLevel: route({
    at: "DELETE /v1/inventory/{productId}/levels/{locationId}",
    summary: "Remove a level that has neither stock nor holds",
    scope: "stock:write",
    versioned: true,
    params: levelParams,
    answers: { 204: { description: "Removed", headers: CHANGED } },
    problems: ["product_not_found", "level_not_found", "level_in_use"],
    handle: (call) => {
      const { productId: id, locationId: place } = call.params;
      const command = { verb: "remove-level" as const, locationId: place };
      return change(call, { productId: id, command, status: 204 });
    },
  }),
});
