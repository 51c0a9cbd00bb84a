/** Orders as a whole; they are made and resolved under `/v1/reservations`. */
import { ok } from "../answers";
import { orderAnswer } from "../clients/order";
import { route, routesOf } from "../route";
import { orderId } from "../schemas/primitives";
import * as z from "../zod";
import { order } from "./schemas";

export const ORDER_ROUTES = routesOf("Reservations", {
  readOrder: route({
    at: "GET /v1/orders/{orderId}",
    summary: "Read an order",
    scope: ["reservations:read", "reservations:write"],
    params: z.strictObject({ orderId }),
    answers: ok("The order", order),
    problems: ["order_not_found", "book_unavailable"],
    handle: (call) => orderAnswer(call, call.params.orderId),
  }),
});
