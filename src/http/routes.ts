/** All routes. The app, the OpenAPI document, the methods of a path and the access matrix are made from them. */
import { ADMIN_KEY_ROUTES } from "./admin/keys";
import { ADMIN_PRODUCT_ROUTES } from "./admin/products";
import { RATE_LIMIT_ROUTES } from "./admin/rate-limit";
import { RECOVERY_ROUTES } from "./admin/recovery";
import { SEARCH_ROUTES } from "./admin/search";
import { SOURCE_ROUTES } from "./admin/sources";
import { VERIFICATION_ROUTES } from "./admin/verification";
import { CONSOLE_ROUTES } from "./console/routes";
import { DOCS_ROUTES } from "./docs/routes";
import { EVENT_ROUTES } from "./events/routes";
import { HEALTH_ROUTES } from "./health/detailed";
import { readHealth } from "./health/routes";
import { BULK_ROUTES } from "./inventory/bulk";
import { HOLD_ROUTES } from "./inventory/holds";
import { STOCK_LIST_ROUTES } from "./inventory/lists";
import { MOVEMENT_ROUTES } from "./inventory/movements";
import { STOCK_ROUTES } from "./inventory/routes";
import { STOCK_UPDATE_ROUTES } from "./inventory/updates";
import { KEY_ROUTES } from "./keys/routes";
import { LIVE_EVENT_ROUTES, LIVE_LEVEL_ROUTES } from "./live/routes";
import { TICKET_ROUTES } from "./live/tickets";
import { LOCATION_ROUTES } from "./locations/routes";
import { METRICS_ROUTES } from "./metrics/routes";
import { ORDER_ROUTES } from "./orders/routes";
import { EXPORT_ROUTES } from "./products/export";
import { IMPORT_ROUTES } from "./products/import";
import { PRODUCT_ROUTES } from "./products/routes";
import { QUOTE_ROUTES } from "./quotes/routes";
import { MANY_RESERVATIONS_ROUTES } from "./reservations/many";
import { REPORT_ROUTES } from "./reports/routes";
import { RESERVATION_ROUTES } from "./reservations/routes";
import type { Route } from "./route";
import { readBrickHealth, VIEW_ROUTES } from "./views/routes";
import { PAGE_FILES } from "./views/files";
import { WEBHOOK_ROUTES } from "./webhooks/routes";

const API = [
  EXPORT_ROUTES,
  IMPORT_ROUTES,
  PRODUCT_ROUTES,
  QUOTE_ROUTES,
  STOCK_LIST_ROUTES,
  STOCK_ROUTES,
  HOLD_ROUTES,
  MOVEMENT_ROUTES,
  BULK_ROUTES,
  STOCK_UPDATE_ROUTES,
  MANY_RESERVATIONS_ROUTES,
  RESERVATION_ROUTES,
  ORDER_ROUTES,
  EVENT_ROUTES,
  LIVE_LEVEL_ROUTES,
  LIVE_EVENT_ROUTES,
  LOCATION_ROUTES,
  WEBHOOK_ROUTES,
  REPORT_ROUTES,
  KEY_ROUTES,
  ADMIN_KEY_ROUTES,
  TICKET_ROUTES,
  ADMIN_PRODUCT_ROUTES,
  VERIFICATION_ROUTES,
  SEARCH_ROUTES,
  RECOVERY_ROUTES,
  SOURCE_ROUTES,
  RATE_LIMIT_ROUTES,
  VIEW_ROUTES,
  HEALTH_ROUTES,
  METRICS_ROUTES,
  [readHealth, readBrickHealth],
].flat();

/** The name of an operation in the document; whatever is said of each is a record of these. */
export type OperationId = NonNullable<(typeof API)[number]["contract"]>["operationId"];

export const ROUTES: readonly Route[] = [...API, ...DOCS_ROUTES, ...PAGE_FILES, ...CONSOLE_ROUTES];
