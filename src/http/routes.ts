/** All routes. The app, the OpenAPI document, the methods of a path and the access matrix are made from them. */
import { ADMIN_ROUTES } from "./admin/routes";
import { DOCS_ROUTES, openApiRoute } from "./docs/routes";
import { readEvents } from "./events/routes";
import { readHealth } from "./health/routes";
import { INVENTORY_ROUTES } from "./inventory/routes";
import { readOwnKey } from "./keys/routes";
import { LIVE_ROUTES } from "./live/routes";
import { LOCATION_ROUTES } from "./locations/routes";
import { ORDER_ROUTES } from "./orders/routes";
import { PRODUCT_ROUTES } from "./products/routes";
import { RESERVATION_ROUTES } from "./reservations/routes";
import type { Route } from "./route";
import { WEBHOOK_ROUTES } from "./webhooks/routes";

const API: readonly Route[] = [
  ...PRODUCT_ROUTES,
  ...INVENTORY_ROUTES,
  ...RESERVATION_ROUTES,
  ...ORDER_ROUTES,
  readEvents,
  ...LIVE_ROUTES,
  ...LOCATION_ROUTES,
  ...WEBHOOK_ROUTES,
  readOwnKey,
  ...ADMIN_ROUTES,
  readHealth,
];

export const ROUTES: readonly Route[] = [...API, openApiRoute(API), ...DOCS_ROUTES];
