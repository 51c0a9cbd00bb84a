/** The rules of one level: what is kept back, what may be promised ahead, and its end. */
import { change } from "../clients/product";
import { route, routesOf } from "../route";
import { ARRIVES, CHANGED } from "../schemas/answers";
import { locationId, maybe, nonNegative, productId, version } from "../schemas/primitives";
import * as z from "../zod";
import { stockChange } from "./schemas";

const params = z.strictObject({ productId, locationId });

export const LEVEL_ROUTES = routesOf("Stock", {
  setLevel: route({
    at: "PATCH /v1/inventory/{productId}/levels/{locationId}",
    summary: "Set a level's safety stock and backorder limit",
    ...stockChange,
    params,
    body: z
      .strictObject({
        safetyStock: maybe(nonNegative),
        backorderLimit: maybe(nonNegative),
        version: maybe(version),
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
    params,
    answers: { 204: { description: "Removed", headers: CHANGED } },
    problems: ["product_not_found", "level_not_found", "level_in_use"],
    handle: (call) => {
      const { productId: id, locationId: place } = call.params;
      const command = { verb: "remove-level" as const, locationId: place };
      return change(call, { productId: id, command, status: 204 });
    },
  }),
});
