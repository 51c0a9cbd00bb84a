/** Setting units of one product aside: reserve, its dry run, and giving back what an order holds. */
import { z } from "@hono/zod-openapi";
import { parseReservationId } from "../../domain/ids";
import { endpoint, type App, type Call } from "../endpoint";
import { locationIdsByPriority } from "../known-locations";
import { requireScope } from "../middleware/auth";
import { invalid, ProblemError } from "../problem";
import { change, readOnce } from "../product-gateway";
import {
  locationId,
  maybe,
  nonNegative,
  orderId,
  productId,
  quantity,
  reason,
  version,
} from "../schemas/primitives";
import { checkBody, inventory, reservation, reserveBody } from "../schemas/reservation";

const params = z.strictObject({ productId });

export function holdRoutes(app: App): void {
  reserveRoute(app);
  checkRoute(app);
  releaseOrderRoute(app);
}

function reserveRoute(app: App): void {
  endpoint(
    app,
    {
      method: "post",
      path: "/v1/inventory/{productId}/reserve",
      operationId: "reserve",
      summary: "Hold units of a product",
      tag: "Reservations",
      scope: "reservations:write",
      versioned: true,
      params,
      body: reserveBody,
      answers: {
        201: {
          description: "Held",
          schema: reservation,
          headers: ["ETag", "Location", "Idempotency-Replayed"],
        },
      },
      problems: [
        "product_not_found",
        "level_not_found",
        "reservation_not_found",
        "product_not_active",
        "insufficient_stock",
        "customer_limit_reached",
        "reservation_already_confirmed",
      ],
    },
    async (call) => {
      const { locationId: one, locationIds: several, supersedes, ...hold } = call.body;
      if (hold.ttlSeconds === null) requireScope(call.credential, "stock:write");
      const places = await placesOf(call, one === undefined ? several : [one]);
      const command = { verb: "reserve" as const, ...hold, ...places };
      const passing =
        supersedes === undefined
          ? command
          : { ...command, supersedes: ownUlid(call.params.productId, supersedes) };
      return change(call, {
        productId: call.params.productId,
        command: passing,
        status: 201,
        location: reservationPath,
      });
    },
  );
}

function checkRoute(app: App): void {
  endpoint(
    app,
    {
      method: "post",
      path: "/v1/inventory/{productId}/check",
      operationId: "checkStock",
      summary: "Ask whether a reserve would succeed, without holding anything",
      tag: "Reservations",
      scope: "stock:read",
      params,
      body: checkBody,
      answers: {
        200: {
          description: "Whether it would",
          schema: z
            .object({
              ok: z.boolean(),
              available: z.int(),
              alternatives: z.array(z.object({ locationId, available: z.int() })),
            })
            .openapi("CheckResult"),
        },
      },
      problems: ["product_not_found", "level_not_found"],
    },
    async (call) => {
      const { quantity: wanted, customerId, locationId: one, locationIds: several } = call.body;
      const places = await placesOf(call, one === undefined ? several : [one]);
      const hold = { quantity: wanted, ...places, ...(customerId !== undefined && { customerId }) };
      return readOnce(call, call.params.productId, { view: "check", hold, clamped: call.credential.clamped });
    },
  );
}

function releaseOrderRoute(app: App): void {
  endpoint(
    app,
    {
      method: "post",
      path: "/v1/inventory/{productId}/release",
      operationId: "releaseOrderUnits",
      summary: "Give back units that an order holds, oldest hold first",
      tag: "Reservations",
      scope: "reservations:write",
      versioned: true,
      params,
      body: z
        .strictObject({ orderId, quantity: maybe(quantity), reason: maybe(reason) })
        .openapi("OrderReleaseRequest"),
      answers: {
        200: {
          description: "Given back",
          schema: z
            .object({
              productId,
              orderId,
              releasedQuantity: nonNegative,
              reservations: z.array(reservation),
              inventory,
              version,
            })
            .openapi("OrderRelease"),
          headers: ["ETag", "Idempotency-Replayed"],
        },
      },
      problems: ["product_not_found", "reservation_not_found", "exceeds_held"],
    },
    (call) =>
      change(call, { productId: call.params.productId, command: { verb: "release-order", ...call.body } }),
  );
}

/** Where a hold may be taken: where the caller says, else anywhere, locations in order of priority. */
async function placesOf(call: Call, named: string[] | undefined) {
  if (named) return { locationIds: named, anyLocation: false };
  return { locationIds: await locationIdsByPriority(call), anyLocation: true };
}

/** The ULID of a hold that must be one of this product's. Throws a problem (400) otherwise. */
function ownUlid(ofProduct: string, id: string): string {
  const parsed = parseReservationId(id);
  if (parsed?.productId === ofProduct) return parsed.ulid;
  const message = "must be a reservation of the same product";
  throw new ProblemError(invalid([{ path: "body.supersedes", code: "other_product", message }]));
}

const ID_FIELD = '{"reservationId":"';

/** The id is the first field of the answer and has nothing in it that JSON would escape. */
function reservationPath(body: string): string {
  return `/v1/reservations/${body.slice(ID_FIELD.length, body.indexOf('"', ID_FIELD.length))}`;
}
