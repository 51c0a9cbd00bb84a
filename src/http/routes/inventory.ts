/** Stock of one product: holds. */
import { z } from "@hono/zod-openapi";
import { endpoint, type App } from "../endpoint";
import { locationIdsByPriority } from "../known-locations";
import { change } from "../product-gateway";
import { productId } from "../schemas/primitives";
import { reservation, reserveBody, placesOf } from "../schemas/reservation";

export function stockRoutes(app: App): void {
  endpoint(
    app,
    {
      method: "post",
      path: "/v1/inventory/{productId}/reserve",
      operationId: "reserve",
      summary: "Hold units for a shopper",
      tag: "Stock",
      scope: "reservations:write",
      versioned: true,
      params: z.strictObject({ productId }),
      body: reserveBody,
      answers: { 201: { description: "Held", schema: reservation, headers: ["ETag", "Location", "Idempotency-Replayed"] } },
      problems: ["product_not_found", "level_not_found", "insufficient_stock"],
    },
    async (call) => {
      const { locationId: _, locationIds: __, supersedes, ...rest } = call.body;
      const places = await locationIdsByPriority(call);
      return change(call, { productId: call.params.productId, status: 201, command: { verb: "reserve", ...rest, ...placesOf(call.body, () => places) } });
    },
  );
}
