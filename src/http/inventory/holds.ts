/** Setting units of one product aside: reserve, its dry run, and giving back what an order holds. */
import { change, readAnswer } from "../clients/product";
import { locationIdsByPriority } from "../locations/known-locations";
import { callerOf } from "../request/auth";
import { checkBody, inventory, orderReleaseBody, reservation, reserveBody } from "../reservations/schemas";
import { route, routesOf } from "../route";
import { CHANGED, HOLDS, created, ok } from "../schemas/answers";
import { locationId, nonNegative, orderId, productId, version, productParams } from "../schemas/primitives";
import * as z from "../zod";
import { reserveCommand } from "./reserve-command";

const ID_FIELD = '{"reservationId":"';

export const HOLD_ROUTES = routesOf("Reservations", {
  reserve: route({
    at: "POST /v1/inventory/{productId}/reserve",
    summary: "Hold units of a product",
    scope: "reservations:write",
    versioned: true,
    params: productParams,
    body: reserveBody,
    answers: created("Held", reservation),
    problems: [
      "product_not_found",
      "level_not_found",
      "reservation_not_found",
      ...HOLDS,
      "reservation_already_confirmed",
      "reservation_already_released",
      "extension_limit_reached",
    ],
    handle: async (call) => {
      const { productId: id } = call.params;
      return change(call, {
        productId: id,
        command: await reserveCommand(call, call.body, { productId: id, root: "body" }),
        status: 201,
        location: reservationPath,
      });
    },
  }),
  checkStock: route({
    at: "POST /v1/inventory/{productId}/check",
    summary: "Ask whether a reserve would succeed, without holding anything",
    scope: "stock:read",
    params: productParams,
    body: checkBody,
    answers: ok(
      "Whether it would",
      z
        .object({
          ok: z.boolean(),
          reason: z.string().optional().describe("The code that a reserve would be refused with."),
          available: z.int(),
          alternatives: z.array(z.object({ locationId, available: z.int() })),
        })
        .openapi("CheckResult"),
    ),
    problems: ["product_not_found", "level_not_found", "reservation_not_found"],
    handle: async (call) => {
      const { productId: id } = call.params;
      const hold = await reserveCommand(call, call.body, { productId: id, root: "body" });
      const elsewhere = await locationIdsByPriority(call);
      const by = callerOf(call.credential);
      return readAnswer(call, id, { view: "check", hold, elsewhere, clamped: by.clamped, by });
    },
  }),
  releaseOrderUnits: route({
    at: "POST /v1/inventory/{productId}/release",
    summary: "Give back units that an order holds, oldest hold first",
    scope: "reservations:write",
    versioned: true,
    params: productParams,
    body: orderReleaseBody,
    answers: ok(
      "Given back",
      z
        .object({
          productId,
          orderId,
          releasedQuantity: nonNegative,
          reservations: z.array(reservation),
          inventory,
          version,
        })
        .openapi("OrderRelease"),
      CHANGED,
    ),
    problems: ["product_not_found", "reservation_not_found", "exceeds_held"],
    handle: (call) =>
      change(call, { productId: call.params.productId, command: { verb: "release-order", ...call.body } }),
  }),
});

/** The id is the first field of the answer and has nothing in it that JSON would escape. */
function reservationPath(body: string): string {
  return `/v1/reservations/${body.slice(ID_FIELD.length, body.indexOf('"', ID_FIELD.length))}`;
}
