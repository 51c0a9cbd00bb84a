/** Tickets for browsers, which cannot send a key with an `EventSource` or a `WebSocket`. */
import { readConfig } from "../../env";
import { created, jsonAnswer } from "../answers";
import { newTicket } from "../request/tickets";
import { route, routesOf } from "../route";
import { timestamp } from "../schemas/primitives";
import * as z from "../zod";

export const liveTicket = z.component("LiveTicket", { ticket: z.string(), expiresAt: timestamp });

export const TICKET_ROUTES = routesOf("Operation", {
  createLiveTicket: route({
    at: "POST /v1/live/tickets",
    summary: "A ticket for live routes, for a minute: it goes in the URL where a key may not",
    scope: "any key",
    answers: created(
      "The ticket: it may what the key may, from the origin that asked if the key has origins",
      liveTicket,
      [],
    ),
    handle: (call) => {
      const origin = call.headers.get("Origin");
      const { ticket, expiresAtMs } = newTicket(readConfig(call.env), call.credential, origin);
      return jsonAnswer(call, { ticket, expiresAt: new Date(expiresAtMs).toISOString() }, { status: 201 });
    },
  }),
});
