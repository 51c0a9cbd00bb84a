/** The stock of one product as a whole: made, read, counted, deleted. */
import { MAIN_LOCATION } from "../../domain/ids";
import { change, changeByBody, readAnswer } from "../clients/product";
import { deletionOf } from "../products/deletion";
import { forgetMissing } from "../products/missing-products";
import { productName } from "../products/schemas";
import { route } from "../route";
import { CREATED } from "../schemas/answers";
import { locationId, maybe, newProductId, nonNegative, productId } from "../schemas/primitives";
import * as z from "../zod";
import { bulkChangeStock } from "./bulk";
import { HOLD_ROUTES } from "./holds";
import { LEVEL_ROUTES } from "./levels";
import { listInventory, listLowStock } from "./lists";
import { MOVEMENT_ROUTES } from "./movements";
import { countBody, stock, stockChanged } from "./schemas";
import { updateStock } from "./updates";

const params = z.strictObject({ productId });

export const createInventory = route(
  {
    method: "post",
    path: "/v1/inventory",
    operationId: "createInventory",
    summary: "Create a product with its first stock",
    tag: "Stock",
    scope: "stock:write",
    body: z
      .strictObject({
        productId: newProductId,
        initialQuantity: nonNegative,
        minimumStockLevel: maybe(nonNegative),
        name: maybe(productName).openapi({ description: "The productId when it is left out." }),
        locationId: locationId.default(MAIN_LOCATION),
      })
      .openapi("NewInventory"),
    answers: {
      201: { description: "Created", schema: stock, headers: CREATED },
    },
    problems: ["location_not_found", "location_closed", "product_exists"],
  },
  (call) => {
    const { productId: id, initialQuantity, locationId: place, ...fields } = call.body;
    return change(call, {
      productId: id,
      command: { verb: "create", fields, initial: { locationId: place, quantity: initialQuantity } },
      status: 201,
      awaitBook: true,
      location: () => `/v1/inventory/${id}`,
      applied: () => forgetMissing(id),
    });
  },
);

export const readInventory = route(
  {
    method: "get",
    path: "/v1/inventory/{productId}",
    operationId: "readInventory",
    summary: "Read the stock of one product, exact to this moment",
    tag: "Stock",
    scope: "stock:read",
    params,
    query: z.strictObject({ locationId: maybe(locationId) }),
    answers: {
      200: { description: "The stock", schema: stock, headers: ["ETag"] },
      304: { description: "The caller has this version" },
    },
    problems: ["product_not_found", "level_not_found"],
  },
  (call) =>
    readAnswer(call, call.params.productId, {
      view: "stock",
      ...call.query,
      clamped: call.credential.clamped,
    }),
);

export const countStock = route(
  {
    method: "put",
    path: "/v1/inventory/{productId}",
    operationId: "countStock",
    summary: "Set what is on hand, as counted",
    tag: "Stock",
    scope: "stock:write",
    versioned: true,
    params,
    body: countBody,
    answers: { 200: stockChanged },
    problems: ["product_not_found", "location_not_found", "location_closed", "below_reserved"],
  },
  changeByBody((count) => ({ verb: "count", ...count })),
);

export const deleteInventory = deletionOf({
  path: "/v1/inventory/{productId}",
  operationId: "deleteInventory",
  summary: "Delete the product",
  tag: "Stock",
});

export const INVENTORY_ROUTES = [
  listInventory,
  listLowStock,
  createInventory,
  readInventory,
  countStock,
  deleteInventory,
  ...HOLD_ROUTES,
  ...LEVEL_ROUTES,
  ...MOVEMENT_ROUTES,
  bulkChangeStock,
  updateStock,
];
