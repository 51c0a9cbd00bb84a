/** Reservations of many products, from the book. */
import * as book from "../../d1/reservations";
import { RESERVATION_STATES } from "../../domain/reservation";
import { pageAnswer } from "../request/answers";
import { route, routesOf } from "../route";
import { pageOf } from "../schemas/answers";
import {
  cursor,
  customerId,
  limit,
  locationId,
  maybe,
  momentParam,
  orderId,
  productId,
} from "../schemas/primitives";
import * as z from "../zod";
import { reservationListed } from "./schemas";

export const RESERVATION_LIST_ROUTES = routesOf("Reservations", {
  listReservations: route({
    at: "GET /v1/reservations",
    summary: "List reservations; a hold past its expiry is shown as expired",
    scope: ["reservations:read", "reservations:write"],
    query: z.strictObject({
      orderId: maybe(orderId),
      productId: maybe(productId),
      locationId: maybe(locationId),
      customerId: maybe(customerId),
      state: maybe(z.enum(RESERVATION_STATES)),
      expiresBefore: maybe(momentParam),
      limit,
      cursor,
    }),
    answers: { 200: pageOf(reservationListed) },
    problems: ["book_unavailable"],
    handle: async (call) => {
      const { actor, ownOnly } = call.credential;
      const query = { ...call.query, ...(ownOnly && { owner: actor }) };
      return pageAnswer(call, await book.listReservations(call.env.BOOK, query, Date.now()));
    },
  }),
});
