/** The OpenAPI document, made from the schemas that validate, and its reference page. */
import { nothingAt, problemResponse } from "../problem";
import { shared } from "../request/answer-headers";
import { requestIdOf } from "../request/request-id";
import { openRoute, type Route } from "../route";

/** The page runs its own files only. Styles in attributes are how the reference lays itself out. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Made from the routes by `npm run openapi`; what makes it would be a sixth of the Worker. */
const openApiDocument = openRoute("/openapi.json", async (c) => {
  const asset = await c.env.ASSETS.fetch(c.req.raw);
  const headers = { "Content-Type": "application/json", "X-Request-Id": requestIdOf(c) };
  return shared(new Response(asset.body, { status: asset.status, headers }));
});

const referencePage = openRoute("/docs/*", async (c) => {
  const asset = await c.env.ASSETS.fetch(c.req.raw);
  if (asset.status === 404) return problemResponse(c, nothingAt(c.req.path));
  const headers = new Headers(asset.headers);
  headers.set("Content-Security-Policy", POLICY);
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("X-Request-Id", requestIdOf(c));
  return new Response(asset.body, { status: asset.status, headers });
});

function redirect(path: string, Location: string): Route {
  return openRoute(path, (c) => c.body(null, 302, { Location, "X-Request-Id": requestIdOf(c) }));
}

export const DOCS_ROUTES = [
  openApiDocument,
  redirect("/redoc", "/docs"),
  redirect("/docs", "/docs/"),
  referencePage,
];
