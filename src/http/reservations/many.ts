/** Several reservations at once: an order held, and orders or lists of reservations confirmed or released. */
import type { OrderLine } from "../../domain/command";
import { changeOrder } from "../clients/order";
import { locationIdsByPriority } from "../locations/known-locations";
import { newOrder, order } from "../orders/schemas";
import { requireScope } from "../request/auth";
import { route, type Call, routesOf } from "../route";
import { HOLDS, MADE, REPLAYED, RESOLVED, created, ok } from "../schemas/answers";
import { orderId, reason } from "../schemas/primitives";
import * as z from "../zod";
import { manyResolved, reservationIds, resolveMany } from "./resolve-many";

type WireLine = z.output<typeof newOrder>["lines"][number];

const ORDER_OR_MANY = {
  error: "give orderId or reservationIds, and not both",
  path: ["reservationIds"],
  params: { code: "contradiction" },
};

const whichShape = {
  orderId: z.maybe(orderId).describe("The whole order."),
  reservationIds: z.maybe(reservationIds).describe("Instead: these, each by itself."),
};

const resolved = ok(
  "The order, or what became of each reservation",
  z.union([order, manyResolved]),
  REPLAYED,
);

export const MANY_RESERVATIONS_ROUTES = routesOf("Reservations", {
  holdOrder: route({
    at: "POST /v1/reservations",
    summary: "Hold all lines of an order, or none",
    scope: "reservations:write",
    body: newOrder,
    answers: created("Held", order, MADE),
    problems: ["product_not_found", "level_not_found", ...HOLDS, "order_exists", "book_unavailable"],
    handle: async (call) => {
      const { orderId: id, lines, ...rest } = call.body;
      if (rest.ttlSeconds === null) requireScope(call.credential, "stock:write");
      const request = { ...rest, products: await byProduct(call, lines) };
      return changeOrder(call, id, { status: 201, ask: (stub, caller) => stub.hold(request, caller) });
    },
  }),
  confirmMany: route({
    at: "POST /v1/reservations/confirm",
    summary: "Confirm an order, whole or not at all, or several reservations, each by itself",
    scope: "reservations:write",
    body: z.strictObject(whichShape).refine(isOrderOrMany, ORDER_OR_MANY).openapi("ManyConfirmRequest"),
    answers: resolved,
    problems: ["order_not_found", "level_not_found", "book_unavailable", ...RESOLVED, "insufficient_stock"],
    handle: (call) => {
      const { orderId: id, reservationIds: ids = [] } = call.body;
      if (id !== undefined) return changeOrder(call, id, { ask: (stub, caller) => stub.confirm(caller) });
      return resolveMany(call, ids, (ulid) => ({ verb: "confirm", ulid, ifExpired: "reject" }));
    },
  }),
  releaseMany: route({
    at: "POST /v1/reservations/release",
    summary: "Give back all that an order holds, or several reservations, each by itself",
    scope: "reservations:write",
    body: z
      .strictObject({ ...whichShape, reason: z.maybe(reason) })
      .refine(isOrderOrMany, ORDER_OR_MANY)
      .openapi("ManyReleaseRequest"),
    answers: resolved,
    problems: ["order_not_found", "book_unavailable", ...RESOLVED],
    handle: (call) => {
      const { orderId: id, reservationIds: ids = [], reason: why } = call.body;
      if (id !== undefined)
        return changeOrder(call, id, { ask: (stub, caller) => stub.release(caller, why) });
      const command = (ulid: string) => ({
        verb: "release" as const,
        ulid,
        ...(why !== undefined && { reason: why }),
      });
      return resolveMany(call, ids, command);
    },
  }),
});

/** Each product once, with its lines in the order they were given. */
async function byProduct(call: Call, lines: readonly WireLine[]) {
  const everywhere = await locationIdsByPriority(call);
  const place = ({ locationId }: WireLine): Pick<OrderLine, "locationIds" | "anyLocation"> =>
    locationId === undefined
      ? { locationIds: everywhere, anyLocation: true }
      : { locationIds: [locationId], anyLocation: false };
  return [...Map.groupBy(lines, (line) => line.productId)].map(([productId, ofProduct]) => ({
    productId,
    lines: ofProduct.map((line) => ({ quantity: line.quantity, ...place(line) })),
  }));
}

function isOrderOrMany(body: { orderId?: string; reservationIds?: string[] }): boolean {
  return (body.orderId === undefined) !== (body.reservationIds === undefined);
}
