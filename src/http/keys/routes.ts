/** What a key is, for whoever holds it. */
import { jsonAnswer, ok } from "../answers";
import { route, routesOf } from "../route";
import { self } from "./schemas";

export const KEY_ROUTES = routesOf("Keys", {
  readOwnKey: route({
    at: "GET /v1/keys/self",
    summary: "Read what this key may do",
    scope: "any key",
    answers: ok("The key", self),
    handle: (call) => {
      const { keyId, name, scopes, origins, expiresAtMs } = call.credential;
      const expiresAt = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
      return jsonAnswer(call, { keyId, name, scopes: [...scopes], origins, expiresAt });
    },
  }),
});
