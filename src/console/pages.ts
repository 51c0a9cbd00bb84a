/** The pages: where they are, what they are called, what leads to them. Each is loaded when it is opened. */
import type { IconName } from "./icons.ts";
import { laterPage } from "./later.tsx";

export interface PageEntry {
  path: string;
  title: string;
  icon: IconName;
  group: "Stock" | "Set-up";
  /** After `g`. */
  key?: string;
  component: ReturnType<typeof laterPage>;
}

/** Those of the side bar, in its order. */
export const PAGES: readonly PageEntry[] = [
  {
    path: "/",
    title: "Products",
    icon: "package",
    group: "Stock",
    key: "p",
    component: laterPage(() => import("./pages/products.tsx").then(({ ProductsPage }) => ProductsPage)),
  },
  {
    path: "/console/low-stock",
    title: "Low stock",
    icon: "triangle-alert",
    group: "Stock",
    key: "l",
    component: laterPage(() => import("./pages/low-stock.tsx").then(({ LowStockPage }) => LowStockPage)),
  },
  {
    path: "/console/holds",
    title: "Holds",
    icon: "timer",
    group: "Stock",
    key: "h",
    component: laterPage(() => import("./pages/holds.tsx").then(({ HoldsPage }) => HoldsPage)),
  },
  {
    path: "/console/orders",
    title: "Orders",
    icon: "receipt-text",
    group: "Stock",
    key: "o",
    component: laterPage(() => import("./pages/orders.tsx").then(({ OrdersPage }) => OrdersPage)),
  },
  {
    path: "/console/events",
    title: "Events",
    icon: "activity",
    group: "Stock",
    key: "e",
    component: laterPage(() => import("./pages/events.tsx").then(({ EventsPage }) => EventsPage)),
  },
  {
    path: "/console/reports",
    title: "Reports",
    icon: "chart-column",
    group: "Stock",
    component: laterPage(() => import("./pages/reports.tsx").then(({ ReportsPage }) => ReportsPage)),
  },
  {
    path: "/console/import",
    title: "Import",
    icon: "upload",
    group: "Set-up",
    component: laterPage(() => import("./pages/import.tsx").then(({ ImportPage }) => ImportPage)),
  },
  {
    path: "/console/locations",
    title: "Locations",
    icon: "map-pin",
    group: "Set-up",
    component: laterPage(() => import("./pages/locations.tsx").then(({ LocationsPage }) => LocationsPage)),
  },
  {
    path: "/console/sources",
    title: "Sources",
    icon: "satellite-dish",
    group: "Set-up",
    component: laterPage(() => import("./pages/sources.tsx").then(({ SourcesPage }) => SourcesPage)),
  },
  {
    path: "/console/webhooks",
    title: "Webhooks",
    icon: "webhook",
    group: "Set-up",
    component: laterPage(() => import("./pages/webhooks.tsx").then(({ WebhooksPage }) => WebhooksPage)),
  },
  {
    path: "/console/health",
    title: "Health",
    icon: "heart-pulse",
    group: "Set-up",
    component: laterPage(() => import("./pages/health.tsx").then(({ HealthPage }) => HealthPage)),
  },
  {
    path: "/console/keys",
    title: "Keys",
    icon: "key-round",
    group: "Set-up",
    component: laterPage(() => import("./pages/keys.tsx").then(({ KeysPage }) => KeysPage)),
  },
];

/** Those that one comes to from another. */
export const INNER_PAGES: readonly Pick<PageEntry, "path" | "component">[] = [
  {
    path: "/console/products/:productId",
    component: laterPage(() => import("./pages/product.tsx").then(({ ProductPage }) => ProductPage)),
  },
  {
    path: "/console/orders/:orderId",
    component: laterPage(() => import("./pages/order.tsx").then(({ OrderPage }) => OrderPage)),
  },
  {
    path: "/console/webhooks/:webhookId",
    component: laterPage(() => import("./pages/webhook.tsx").then(({ WebhookPage }) => WebhookPage)),
  },
];
