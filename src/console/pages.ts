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
];

/** Those that one comes to from another. */
export const INNER_PAGES: readonly Pick<PageEntry, "path" | "component">[] = [
  {
    path: "/console/products/:productId",
    component: laterPage(() => import("./pages/product.tsx").then(({ ProductPage }) => ProductPage)),
  },
];
