/**
 * The OpenAPI document, made from the schemas that validate, and its reference page, which is served from
 * here alone.
 */
import { problemResponse } from "../problem";
import type { App } from "../endpoint";
import { registerRoutes } from "../openapi";
import { shared } from "../middleware/answer-headers";
import { requestIdOf } from "../middleware/request-id";

const DESCRIPTION =
  "The inventory service that never sells the same unit twice. Every product has an object of its own that " +
  "decides; lists and the event log come from the book, a moment behind, and say how fresh they are.";

/** The page runs its own files only. Styles in attributes are how the reference lays itself out. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function docsRoutes(app: App): void {
  let document: string | undefined;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(contractOf(app));
    return shared(
      c.body(document, 200, { "Content-Type": "application/json", "X-Request-Id": requestIdOf(c) }),
    );
  });
  for (const path of ["/", "/redoc", "/docs"]) {
    const headers = { Location: path === "/docs" ? "/docs/" : "/docs" };
    app.get(path, (c) => c.body(null, 302, { ...headers, "X-Request-Id": requestIdOf(c) }));
  }
  app.get("/docs/*", async (c) => {
    const asset = await c.env.ASSETS.fetch(c.req.raw);
    if (asset.status === 404)
      return problemResponse(c, { code: "route_not_found", detail: `Nothing is at ${c.req.path}.` });
    const headers = new Headers(asset.headers);
    headers.set("Content-Security-Policy", POLICY);
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Request-Id", requestIdOf(c));
    return new Response(asset.body, { status: asset.status, headers });
  });
}

function contractOf(app: App) {
  const { openAPIRegistry } = app;
  openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
  });
  openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  registerRoutes(app);
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Holdfast", version: "1", description: DESCRIPTION },
    servers: [{ url: "/" }],
  });
}
