/** All routes. The app, the OpenAPI document, the methods of a path and the access matrix are made from them. */
import type { Route } from "./route";
import { ADMIN_PRODUCTS } from "./routes/admin-products";
import { CATALOG } from "./routes/catalog";
import { DOCS, openApiRoute } from "./routes/docs";
import { HOLDS } from "./routes/holds";
import { INVENTORY } from "./routes/inventory";
import { INVENTORY_MOVEMENTS } from "./routes/inventory-movements";
import { LEVELS } from "./routes/levels";
import { LIVE } from "./routes/live";
import { LOCATIONS } from "./routes/locations";
import { ORDERS } from "./routes/orders";
import { RESERVATIONS } from "./routes/reservations";
import { VERIFICATION } from "./routes/verification";
import { WEBHOOKS } from "./routes/webhooks";
import { WEBHOOK_DELIVERIES } from "./routes/webhook-deliveries";
import { bulkChangeStock } from "./routes/bulk";
import { exportProducts } from "./routes/catalog-export";
import { importProducts } from "./routes/catalog-import";
import { listLowStock } from "./routes/low-stock";
import { PRODUCT_LISTS } from "./routes/product-lists";
import { listReservations } from "./routes/reservation-list";
import { readEvents } from "./routes/events";
import { readHealth } from "./routes/health";
import { readOwnKey } from "./routes/keys";
import { updateStock } from "./routes/updates";

const API: readonly Route[] = [
  readEvents,
  ...LIVE,
  importProducts,
  exportProducts,
  ...PRODUCT_LISTS,
  listLowStock,
  ...CATALOG,
  ...HOLDS,
  ...INVENTORY,
  bulkChangeStock,
  ...ADMIN_PRODUCTS,
  updateStock,
  ...INVENTORY_MOVEMENTS,
  ...LEVELS,
  ...ORDERS,
  listReservations,
  ...RESERVATIONS,
  ...LOCATIONS,
  ...WEBHOOKS,
  ...WEBHOOK_DELIVERIES,
  readOwnKey,
  readHealth,
  ...VERIFICATION,
];

export const ROUTES: readonly Route[] = [...API, openApiRoute(API), ...DOCS];
