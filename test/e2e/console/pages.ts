/** Every page with what it shows on most days: looked at by axe-core, and kept as pictures. */
import { checkState, isLong, keepPictures } from "./states.ts";
import type { Console, Look } from "./window.ts";

/** What shows that it is there. */
const PAGES: readonly (readonly [name: string, path: string, shows: string])[] = [
  ["products", "/", "tbody tr .strong .value"],
  ["products-none", "/?q=nosuchthing", ".empty"],
  ["product", "/console/products/WALK-HOLDS", "#movements"],
  ["product-long", "/console/products/LOOK-LONG", "#movements"],
  ["product-below", "/console/products/LOOK-BELOW", ".countdown"],
  ["product-zero", "/console/products/LOOK-ZERO", "#movements"],
  ["product-missing", "/console/products/NO-SUCH", "h1"],
  ["low-stock", "/console/low-stock", "tbody tr .value"],
  ["holds", "/console/holds", ".countdown"],
  ["orders", "/console/orders", ".countdown"],
  ["order", "/console/orders/ORD-TWICE", ".countdown"],
  ["order-missing", "/console/orders/NO-SUCH", "h1"],
  ["events", "/console/events", ".events tbody tr .row-link"],
  ["reports", "/console/reports", "#asked"],
  ["import", "/console/import", ".drop"],
  ["locations", "/console/locations", "tbody tr .row-link"],
  ["sources", "/console/sources", ".source"],
  ["webhooks", "/console/webhooks", ".listing"],
  ["health", "/console/health", "tbody tr .state"],
  ["keys", "/console/keys", ".listing"],
  ["no-such-page", "/console/nowhere", "h1"],
];

/** As a desk has them, light and dark. */
export async function walkPages(console: Console): Promise<void> {
  await eachPage(console, "light");
}

export async function walkPhone(console: Console): Promise<void> {
  await eachPage(console, "phone");
}

/** Windows that are dark from the beginning, that have forced colours, that are to be calm. */
export async function walkLooks(console: Console): Promise<void> {
  for (const look of ["dark", "forced", "calm"] as const) await eachPage(console, look);
}

async function eachPage(console: Console, look: Look): Promise<void> {
  const { test } = console;
  await using window = await console.open({ look });
  window.allow(404, /NO-SUCH/);
  const { page } = window;
  // A phone's is mostly the same: in the long version all of it is looked at.
  const isChecked = look !== "phone" || isLong(test);
  await checkState(console, window, "sign-in");
  await page.evaluate((key) => sessionStorage.setItem("holdfast.key", key), test.server.keys.admin);
  for (const [name, path, shows] of PAGES) {
    await page.goto(path);
    await page.locator(shows).first().waitFor();
    await page.locator(".skeleton").first().waitFor({ state: "detached" });
    if (isChecked) await checkState(console, window, name);
    if (!isLong(test)) await keepPictures(console, window, name);
  }
}
