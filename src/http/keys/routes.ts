/** What a key is, for whoever holds it. */
import { jsonAnswer, ok } from "../answers";
import { SCOPES } from "../request/auth";
import { route, routesOf } from "../route";
import { timestamp } from "../schemas/primitives";
import * as z from "../zod";

const self = z.component("KeySelf", {
  keyId: z.string().describe("As events name it: `key:<keyId>`. Tells nothing of the key."),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  origins: z.array(z.string()).nullable().describe("null: from anywhere."),
  expiresAt: timestamp.nullable(),
});

export const KEY_ROUTES = routesOf("Operation", {
  readOwnKey: route({
    at: "GET /v1/keys/self",
    summary: "What this key may do",
    scope: "any key",
    answers: ok("The key", self),
    handle: (call) => {
      const { keyId, name, scopes } = call.credential;
      return jsonAnswer(call, { keyId, name, scopes: [...scopes], origins: null, expiresAt: null });
    },
  }),
});
