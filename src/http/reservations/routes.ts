/** One reservation's life after the hold; every change goes to the product that its id names. */
import * as book from "../../d1/reservations";
import type { Command } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { RESERVATION_STATES } from "../../domain/reservation";
import { CHANGED, RESOLVED, current, jsonTextAnswer, ok, pageAnswer, pageOf } from "../answers";
import { change, read, representation } from "../clients/product";
import { missing, notFound, ProblemError, problemResponse } from "../problem";
import { refusalProblem } from "../refusal-problem";
import { callerOf, type Access } from "../request/credential";
import { etag } from "../request/preconditions";
import { route, type Call, type Contract, routesOf } from "../route";
import * as field from "../schemas/primitives";
import * as z from "../zod";
import { reservation, ttlSeconds, reservationListed } from "./schemas";

/** Any text: what is not the id of a reservation is the id of none, and that is 404. */
const params = z.strictObject({ id: z.string().openapi({ example: "75192-1~01K9Z3V6M8Q2W4E6R8T0Y2U4I6" }) });
const seen = z.maybe(field.version);

const withInventory = z.object({ inventory: z.object({ version: z.number() }) });

export const RESERVATION_ROUTES = routesOf("Reservations", {
  readReservation: route({
    at: "GET /v1/reservations/{id}",
    summary: "Read a reservation",
    scope: ["reservations:read", "reservations:write"],
    params,
    answers: current("The reservation", reservation),
    problems: ["reservation_not_found", "book_unavailable"],
    handle: async (call) => {
      const { id } = call.params;
      const by = callerOf(call.credential);
      const { productId, ulid } = parseReservationId(id) ?? missing("reservation_not_found", id);
      const result = await read(call.env, productId, { view: "reservation", ulid, clamped: by.clamped, by });
      if (result.ok) return reservationAnswer(call, result.body, result.version);
      const { code } = result.refusal;
      if (code !== "reservation_not_found" && code !== "product_not_found")
        return problemResponse(call.c, refusalProblem(result.refusal));
      // Objects let go of what ended long ago, and of all when the product is deleted; the book does not.
      const found = await book.findReservation(call.env.BOOK, id, { now: Date.now(), by });
      const { version } = found ?? missing("reservation_not_found", id);
      return reservationAnswer(call, JSON.stringify(found), version);
    },
  }),
  resizeReservation: changeOf({
    at: "PATCH /v1/reservations/{id}",
    summary: "Resize a reservation",
    body: z.strictComponent("ResizeRequest", { quantity: field.quantity, version: seen }),
    problems: ["insufficient_stock", "customer_limit_reached", "customer_required", "product_not_active"],
    command: (ulid, fields) => ({ verb: "resize", ulid, ...fields }),
  }),
  confirmReservation: changeOf({
    at: "POST /v1/reservations/{id}/confirm",
    summary: "Confirm a reservation: sell what it holds",
    body: z.strictComponent("ConfirmRequest", {
      quantity: z.maybe(field.quantity).describe("All that is held when it is left out; a rest is released."),
      ifExpired: z.enum(["reject", "reacquire"]).default("reject"),
      version: seen,
    }),
    problems: ["insufficient_stock", "exceeds_held", "customer_limit_reached", "level_not_found"],
    command: (ulid, fields) => ({ verb: "confirm", ulid, ...fields }),
  }),
  releaseReservation: changeOf({
    at: "POST /v1/reservations/{id}/release",
    summary: "Release units of a reservation",
    body: z.strictComponent("ReleaseRequest", {
      quantity: z.maybe(field.quantity),
      reason: z.maybe(field.reason),
      version: seen,
    }),
    problems: ["exceeds_held"],
    command: (ulid, fields) => ({ verb: "release", ulid, ...fields }),
  }),
  extendReservation: changeOf({
    at: "POST /v1/reservations/{id}/extend",
    summary: "Give a reservation more time",
    body: z.strictComponent("ExtendRequest", { ttlSeconds, version: seen }),
    problems: ["extension_limit_reached"],
    command: (ulid, fields) => ({ verb: "extend", ulid, ...fields }),
  }),
  cancelReservation: changeOf({
    at: "DELETE /v1/reservations/{id}",
    summary: "Cancel a reservation",
    command: (ulid) => ({ verb: "cancel", ulid }),
  }),
  returnUnits: changeOf({
    at: "POST /v1/reservations/{id}/return",
    summary: "Take confirmed units back",
    body: z.strictComponent("ReturnRequest", {
      quantity: field.quantity,
      restock: z.boolean(),
      reason: field.reason,
      locationId: z
        .maybe(field.locationId)
        .describe("Where they are put; where they were sold when it is left out."),
      version: seen,
    }),
    scope: "stock:write",
    problems: ["exceeds_held", "location_not_found", "location_closed"],
    command: (ulid, fields) => ({ verb: "return", ulid, ...fields }),
  }),
  listReservations: route({
    at: "GET /v1/reservations",
    summary: "List reservations",
    scope: ["reservations:read", "reservations:write"],
    query: z.strictObject({
      orderId: z.maybe(field.orderId),
      productId: z.maybe(field.productId),
      locationId: z.maybe(field.locationId),
      customerId: z.maybe(field.customerId),
      state: z.maybe(z.enum(RESERVATION_STATES)),
      expiresBefore: z.maybe(field.momentParam),
      ...field.pageParams,
    }),
    answers: { 200: pageOf(reservationListed) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { actor, kind, ownOnly } = call.credential;
      if (ownOnly && kind === "publishable") throw listsNone();
      const query = { ...call.query, ...(ownOnly && { owner: actor }) };
      return pageAnswer(call, await book.listReservations(call.env.BOOK, query, Date.now()));
    },
  }),
});

/** Everybody who sees the page has its key, and would see what all the others hold. */
function listsNone(): ProblemError {
  const detail = "A publishable key lists no reservations; it reads single ones, by their ids.";
  return new ProblemError({ code: "forbidden", detail });
}

/** The product's numbers stand in it: where they are newer than the reservation, whoever has its version has not these. */
function reservationAnswer(call: Call, body: string, version: number): Response {
  const { inventory } = withInventory.parse(JSON.parse(body));
  if (inventory.version === version) return representation(call, body, version);
  return jsonTextAnswer(call, body, { headers: { ETag: etag(version) } });
}

interface Change<B extends z.ZodType> extends Pick<
  Contract<typeof params, z.ZodObject, B>,
  "at" | "summary" | "body" | "problems"
> {
  scope?: Access;
  command: (ulid: string, fields: Omit<z.output<B>, "version">) => Command;
}

/** A change of one reservation: what all of them have in common, and the command that its body is. */
function changeOf<B extends z.ZodType<{ version?: number }>>({ problems = [], command, ...own }: Change<B>) {
  const contract: Contract<typeof params, z.ZodObject, B> = {
    scope: "reservations:write",
    ...own,
    versioned: true,
    params,
    answers: ok("The reservation afterwards", reservation, CHANGED),
    problems: ["reservation_not_found", ...RESOLVED, ...problems],
  };
  return route({
    ...contract,
    handle: (call) => {
      const { id } = call.params;
      const { productId, ulid } = parseReservationId(id) ?? missing("reservation_not_found", id);
      const { version, ...fields } = call.body;
      const unknown = notFound("reservation_not_found", id);
      return change(call, { productId, command: command(ulid, fields), version, unknown });
    },
  });
}
