/** Several reservations at once: an order held, and orders or lists of reservations confirmed or released. */
import type { Command } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { readConfig } from "../../env";
import { HOLDS, MADE, REPLAYED, RESOLVED, created, jsonAnswer, ok } from "../answers";
import { commandRows } from "../batch/row-list";
import { applyRows, problemFields, summary, summaryOf, type Tried } from "../batch/rows";
import { applyKnown } from "../batch/unknown-products";
import { changeOrder } from "../clients/order";
import { locationIdsByPriority } from "../locations/known-locations";
import { newOrder, order } from "../orders/schemas";
import { notFound } from "../problem";
import { answerOnce } from "../request/answer-once";
import { requireScope } from "../request/auth";
import { requireHoldRoom } from "../request/hold-bound";
import { holdAsked } from "../request/idempotency-key";
import { route, type Call, routesOf } from "../route";
import { either, nonNegative, orderId, reason } from "../schemas/primitives";
import { MAX_RESERVATIONS_RESOLVED } from "../wire-limits";
import * as z from "../zod";
import { reservation } from "./schemas";

/** Any texts: what is not the id of a reservation is the id of none, and that is its row's 404. */
export const reservationIds = z.array(z.string()).min(1).max(MAX_RESERVATIONS_RESOLVED);

const rowResult = z.looseObject({
  index: nonNegative,
  reservationId: z.string(),
  applied: z.boolean(),
  replayed: z.boolean().optional(),
  reservation: reservation.optional(),
  status: z.int().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
});

export const manyResolved = z.component("ReservationsResolved", {
  results: z.array(rowResult).describe("In the order of the ids."),
  summary,
});

const orderOrMany = either("orderId", "reservationIds", "reservationIds");

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
    summary: "Reserve an order: all of it, or nothing",
    scope: "reservations:write",
    body: newOrder,
    answers: created("Held", order, MADE),
    problems: ["product_not_found", "level_not_found", ...HOLDS, "order_exists", "book_unavailable"],
    handle: async (call) => {
      const { orderId: id, lines, ttlSeconds = readConfig(call.env).holdTtlSeconds, ...rest } = call.body;
      if (ttlSeconds === null) requireScope(call.credential, "stock:write");
      requireHoldRoom(call, lines.length);
      const request = { ...rest, ttlSeconds, products: await byProduct(call, lines) };
      const asked = holdAsked(call.body);
      return changeOrder(call, id, { status: 201, asked, ask: (stub, caller) => stub.hold(request, caller) });
    },
  }),
  confirmMany: route({
    at: "POST /v1/reservations/confirm",
    summary: "Confirm an order, or several reservations",
    scope: "reservations:write",
    body: z
      .strictObject(whichShape)
      .refine(...orderOrMany)
      .openapi("ManyConfirmRequest"),
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
    summary: "Release an order, or several reservations",
    scope: "reservations:write",
    body: z
      .strictObject({ ...whichShape, reason: z.maybe(reason) })
      .refine(...orderOrMany)
      .openapi("ManyReleaseRequest"),
    answers: resolved,
    problems: ["order_not_found", "book_unavailable", ...RESOLVED],
    handle: (call) => {
      const { orderId: id, reservationIds: ids = [], ...how } = call.body;
      if (id !== undefined)
        return changeOrder(call, id, { ask: (stub, caller) => stub.release(caller, how.reason) });
      return resolveMany(call, ids, (ulid) => ({ verb: "release", ulid, ...how }));
    },
  }),
});

/** Each product once, with its lines in the order they were given. */
async function byProduct(call: Call, lines: z.output<typeof newOrder>["lines"]) {
  const everywhere = await locationIdsByPriority(call);
  return [...Map.groupBy(lines, (line) => line.productId)].map(([productId, ofProduct]) => ({
    productId,
    lines: ofProduct.map(({ quantity, locationId }) => {
      const anyLocation = locationId === undefined;
      return { quantity, locationIds: anyLocation ? everywhere : [locationId], anyLocation };
    }),
  }));
}

/** Always 200, with a result per id and a summary; else a problem about the `Idempotency-Key`. */
export function resolveMany(
  call: Call,
  ids: readonly string[],
  commandOf: (ulid: string) => Command,
): Promise<Response> {
  const parsed = ids.map((id) => {
    const fields = parseReservationId(id);
    return fields ? { fields } : { problem: notFound("reservation_not_found", id) };
  });
  return answerOnce(call, async (run) => {
    const rows = await commandRows(call, parsed, ({ ulid }, index) => {
      const command = commandOf(ulid);
      return { command, content: { reservationId: ids[index], ...command } };
    });
    const unknown = (index: number) => notFound("reservation_not_found", ids[index] ?? "");
    const outcomes = await applyKnown(call, { run, rows, apply: applyRows, unknown });
    const results = outcomes.map((outcome, index) => ({
      index,
      reservationId: ids[index],
      ...resultOf(outcome),
    }));
    return jsonAnswer(call, { results, summary: summaryOf(results) });
  });
}

function resultOf(outcome: Tried) {
  if ("problem" in outcome) return { applied: false, ...problemFields(outcome.problem) };
  const { body, replayed } = outcome.result;
  const resolved: unknown = JSON.parse(body);
  return { applied: true, ...(replayed && { replayed }), reservation: resolved };
}
