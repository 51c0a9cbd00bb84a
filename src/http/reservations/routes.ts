/**
 * One reservation's life after the hold; its product is in its id, so every change goes to that product's
 * object.
 */
import { findReservation } from "../../d1/reservations";
import type { Command } from "../../domain/command";
import { parseReservationId } from "../../domain/ids";
import { change, read, representation } from "../clients/product";
import { notFound, problemResponse } from "../problem";
import { refusalProblem } from "../refusal-problem";
import { jsonTextAnswer } from "../request/answers";
import { callerOf, type Access } from "../request/auth";
import { etag } from "../request/preconditions";
import { route, type Call, type Contract, type Route } from "../route";
import { CHANGED } from "../schemas/answers";
import { locationId, maybe, quantity, reason, version } from "../schemas/primitives";
import * as z from "../zod";
import { listReservations } from "./list";
import { confirmMany, holdOrder, releaseMany } from "./many";
import { reservation, ttlSeconds } from "./schemas";

/** Any text: what is not the id of a reservation is the id of none, and that is 404. */
const params = z.strictObject({ id: z.string().openapi({ example: "75192-1~01K9Z3V6M8Q2W4E6R8T0Y2U4I6" }) });
const path = "/v1/reservations/{id}";
const seen = maybe(version);

export const readReservation = route(
  {
    method: "get",
    path,
    operationId: "readReservation",
    summary: "Read one reservation",
    tag: "Reservations",
    scope: ["reservations:read", "reservations:write"],
    params,
    answers: {
      200: { description: "The reservation", schema: reservation, headers: ["ETag"] },
      304: { description: "The caller has this version" },
    },
    problems: ["reservation_not_found", "book_unavailable"],
  },
  async (call) => {
    const { id } = call.params;
    const by = callerOf(call.credential);
    const parsed = parseReservationId(id);
    if (!parsed) return problemResponse(call.c, notFound("reservation_not_found", id));
    const { productId, ulid } = parsed;
    const result = await read(call.env, productId, { view: "reservation", ulid, clamped: by.clamped, by });
    if (result.ok) return reservationAnswer(call, result.body, result.version);
    const { code } = result.refusal;
    if (code !== "reservation_not_found" && code !== "product_not_found") {
      return problemResponse(call.c, refusalProblem(result.refusal));
    }
    return readPruned(call, id);
  },
);

const withInventory = z.object({ inventory: z.object({ version: z.number() }) });

/** The product's numbers stand in it: where they are newer than the reservation, whoever has its version has not these. */
function reservationAnswer(call: Call, body: string, version: number): Response {
  const { inventory } = withInventory.parse(JSON.parse(body));
  if (inventory.version === version) return representation(call, body, version);
  return jsonTextAnswer(call, body, { headers: { ETag: etag(version) } });
}

/**
 * Objects let go of reservations that ended long ago, and of all when the product is deleted; the book has
 * them still.
 */
async function readPruned(call: Call, id: string): Promise<Response> {
  const by = callerOf(call.credential);
  const found = await findReservation(call.env.BOOK, id, { now: Date.now(), by });
  if (!found) return problemResponse(call.c, notFound("reservation_not_found", id));
  return reservationAnswer(call, JSON.stringify(found), found.version);
}

type ChangeContract<B extends z.ZodType> = Pick<
  Contract<typeof params, z.ZodObject, B>,
  "method" | "path" | "operationId" | "summary" | "body" | "problems"
> & { scope?: Access };

/** A change of one reservation: what all of them have in common, and the command that its body is. */
function changeOf<B extends z.ZodType<{ version?: number }>>(
  { problems = [], scope = "reservations:write", ...own }: ChangeContract<B>,
  command: (ulid: string, fields: Omit<z.output<B>, "version">) => Command,
): Route {
  const contract: Contract<typeof params, z.ZodObject, B> = {
    ...own,
    scope,
    tag: "Reservations",
    versioned: true,
    params,
    answers: { 200: { description: "The reservation afterwards", schema: reservation, headers: CHANGED } },
    problems: [
      "reservation_not_found",
      "reservation_already_confirmed",
      "reservation_already_released",
      "reservation_expired",
      ...problems,
    ],
  };
  return route(contract, (call) => {
    const { id } = call.params;
    const unknown = notFound("reservation_not_found", id);
    const parsed = parseReservationId(id);
    if (!parsed) return problemResponse(call.c, unknown);
    const { version: expected, ...fields } = call.body;
    const { productId, ulid } = parsed;
    return change(call, { productId, command: command(ulid, fields), version: expected, unknown });
  });
}

export const resizeReservation = changeOf(
  {
    method: "patch",
    path,
    operationId: "resizeReservation",
    summary: "Hold more or fewer units",
    body: z.strictObject({ quantity, version: seen }).openapi("ResizeRequest"),
    problems: ["insufficient_stock", "customer_limit_reached", "customer_required", "product_not_active"],
  },
  (ulid, fields) => ({ verb: "resize", ulid, ...fields }),
);

export const confirmReservation = changeOf(
  {
    method: "post",
    path: `${path}/confirm`,
    operationId: "confirmReservation",
    summary: "Take the units off the shelf: they are paid for",
    body: z
      .strictObject({
        quantity: maybe(quantity).openapi({
          description: "All that is held when it is left out; a rest is released.",
        }),
        ifExpired: z.enum(["reject", "reacquire"]).default("reject"),
        version: seen,
      })
      .openapi("ConfirmRequest"),
    problems: ["insufficient_stock", "exceeds_held", "customer_limit_reached", "level_not_found"],
  },
  (ulid, fields) => ({ verb: "confirm", ulid, ...fields }),
);

export const releaseReservation = changeOf(
  {
    method: "post",
    path: `${path}/release`,
    operationId: "releaseReservation",
    summary: "Give units back, all or some",
    body: z
      .strictObject({ quantity: maybe(quantity), reason: maybe(reason), version: seen })
      .openapi("ReleaseRequest"),
    problems: ["exceeds_held"],
  },
  (ulid, fields) => ({ verb: "release", ulid, ...fields }),
);

export const extendReservation = changeOf(
  {
    method: "post",
    path: `${path}/extend`,
    operationId: "extendReservation",
    summary: "Let a hold live longer, counted from now; never shortens",
    body: z.strictObject({ ttlSeconds, version: seen }).openapi("ExtendRequest"),
    problems: ["extension_limit_reached"],
  },
  (ulid, fields) => ({ verb: "extend", ulid, ...fields }),
);

export const cancelReservation = changeOf(
  {
    method: "delete",
    path,
    operationId: "cancelReservation",
    summary: "Release the whole hold; again: the same answer",
  },
  (ulid) => ({ verb: "cancel", ulid }),
);

export const returnUnits = changeOf(
  {
    method: "post",
    path: `${path}/return`,
    operationId: "returnUnits",
    summary: "Take confirmed units back, onto the shelf or not",
    body: z
      .strictObject({
        quantity,
        restock: z.boolean(),
        reason,
        locationId: maybe(locationId).openapi({
          description: "Where they are put; where they were sold when it is left out.",
        }),
        version: seen,
      })
      .openapi("ReturnRequest"),
    scope: "stock:write",
    problems: ["exceeds_held", "location_not_found", "location_closed"],
  },
  (ulid, fields) => ({ verb: "return", ulid, ...fields }),
);

export const RESERVATION_ROUTES = [
  holdOrder,
  confirmMany,
  releaseMany,
  listReservations,
  readReservation,
  resizeReservation,
  confirmReservation,
  releaseReservation,
  extendReservation,
  cancelReservation,
  returnUnits,
];
