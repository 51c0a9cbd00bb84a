/** The whole HTTP face: routes, and what happens to a request that fits none of them or fails. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { BookUnavailable, logBookUnavailable } from "../d1/book";
import { BadCursor } from "../d1/page";
import { logError } from "../telemetry/log";
import type { App } from "./endpoint";
import { ExactFirstRouter } from "./exact-first-router";
import { requestIdOf, type AppEnv } from "./middleware/request-id";
import { BOOK_UNAVAILABLE, INTERNAL, invalid, problemResponse, ProblemError, type Problem } from "./problem";
import { adminProductRoutes } from "./routes/admin-products";
import { bulkRoutes } from "./routes/bulk";
import { catalogRoutes } from "./routes/catalog";
import { catalogExportRoutes } from "./routes/catalog-export";
import { catalogImportRoutes } from "./routes/catalog-import";
import { docsRoutes } from "./routes/docs";
import { eventRoutes } from "./routes/events";
import { healthRoutes } from "./routes/health";
import { holdRoutes } from "./routes/holds";
import { inventoryRoutes } from "./routes/inventory";
import { movementRoutes } from "./routes/inventory-movements";
import { keyRoutes } from "./routes/keys";
import { levelRoutes } from "./routes/levels";
import { liveRoutes } from "./routes/live";
import { locationRoutes } from "./routes/locations";
import { orderRoutes } from "./routes/orders";
import { lowStockRoutes } from "./routes/low-stock";
import { productListRoutes } from "./routes/product-lists";
import { reservationListRoutes } from "./routes/reservation-list";
import { reservationRoutes } from "./routes/reservations";
import { verificationRoutes } from "./routes/verification";
import { updateRoutes } from "./routes/updates";
import { webhookDeliveryRoutes } from "./routes/webhook-deliveries";
import { webhookRoutes } from "./routes/webhooks";

export function createApp(): App {
  const app: App = new OpenAPIHono<AppEnv>({ router: new ExactFirstRouter() });
  eventRoutes(app);
  liveRoutes(app);
  catalogImportRoutes(app);
  catalogExportRoutes(app);
  productListRoutes(app);
  lowStockRoutes(app);
  catalogRoutes(app);
  holdRoutes(app);
  inventoryRoutes(app);
  bulkRoutes(app);
  adminProductRoutes(app);
  updateRoutes(app);
  movementRoutes(app);
  levelRoutes(app);
  orderRoutes(app);
  reservationListRoutes(app);
  reservationRoutes(app);
  locationRoutes(app);
  webhookRoutes(app);
  webhookDeliveryRoutes(app);
  keyRoutes(app);
  healthRoutes(app);
  verificationRoutes(app);
  docsRoutes(app);
  const methodsAt = methodIndex(app);
  app.notFound((c) => {
    const methods = methodsAt(c.req.path);
    if (methods.length === 0)
      return problemResponse(c, { code: "route_not_found", detail: `Nothing is at ${c.req.path}.` });
    const allow = methods.join(", ");
    return problemResponse(c, {
      code: "method_not_allowed",
      detail: `It takes ${allow}.`,
      headers: { Allow: allow },
    });
  });
  app.onError((error, c) => problemResponse(c, problemOf(error, requestIdOf(c))));
  return app;
}

const BAD_CURSOR = "is not the cursor of a page of this list in this order";

/** What a client is told of an error; what it is not told goes to the log. */
function problemOf(error: Error, requestId: string): Problem {
  if (error instanceof ProblemError) {
    if (error.cause !== undefined) logError(error.problem.code, error.cause, { requestId });
    return error.problem;
  }
  if (error instanceof BadCursor)
    return invalid([{ path: "query.cursor", code: "invalid_cursor", message: BAD_CURSOR }]);
  if (error instanceof BookUnavailable) {
    logBookUnavailable(error, requestId);
    return BOOK_UNAVAILABLE;
  }
  logError("internal", error.cause ?? error, { requestId });
  return INTERNAL;
}

/**
 * The methods that some route takes at a path. A path that stands in a route as it is has those of that route
 * alone.
 */
function methodIndex(app: App): (path: string) => string[] {
  const methodsByPath = new Map<string, Set<string>>();
  for (const { method, path } of app.routes) {
    const methods = methodsByPath.get(path) ?? new Set();
    methodsByPath.set(path, methods.add(method));
    if (method === "GET") methods.add("HEAD");
  }
  const patterns = [...methodsByPath].map(([path, methods]) => ({ pattern: patternOf(path), methods }));
  return (path) => [
    ...(methodsByPath.get(path) ?? patterns.find(({ pattern }) => pattern.test(path))?.methods ?? []),
  ];
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+").replaceAll("*", ".*")}$`);
}
