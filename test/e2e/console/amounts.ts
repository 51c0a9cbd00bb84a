/** The pages with as many products as are asked for, three or thirty thousand: looked at in several widths, and kept as pictures. */
import { importProducts, ndjson } from "../../../scripts/import-call.ts";
import type { Test } from "../run-test.ts";
import { accessFindings } from "./access.ts";
import { LONG_NAME } from "./catalog.ts";
import { keepPictures } from "./states.ts";
import { NOTHING_ASKED, type Console, type Look, type Window } from "./window.ts";

const NAMES = [
  "Millennium Falcon",
  "Harbour Crane",
  "Black Seas Barracuda",
  "Santa Fe Super Chief",
  LONG_NAME,
];
const THEMES = ["Star Wars", "Town", "Pirates", "Train", "Ultimate Collectors and Friends of the Harbour"];
const PRICES = ["9.99", "149.00", "1249.95", "799.99"];
const LOW_BELOW = 5;
/** Those that come first have some; of all others none has come in yet. */
const STOCKED = 300;
const BATCH = 100;
/** From none to more than is ever there. */
const QUANTITIES = [0, 4, 17, 240, 1_250, 86_400, 999_999];

const DESK = { height: 860 };
const WINDOWS: readonly { look: Look; name: string; viewport?: { width: number; height: number } }[] = [
  { look: "light", name: "desk" },
  { look: "light", name: "800", viewport: { ...DESK, width: 800 } },
  { look: "phone", name: "phone" },
  { look: "phone", name: "320", viewport: { height: 640, width: 320 } },
];
const PAGES: readonly (readonly [name: string, path: string, shows: string])[] = [
  ["products", "/", "tbody tr .strong .value"],
  ["products-found", "/?q=crane", "tbody tr .strong .value"],
  ["products-none", "/?q=nosuchthing", ".empty"],
  ["low-stock", "/console/low-stock", "tbody tr .value"],
  ["holds", "/console/holds", ".empty"],
  ["events", "/console/events", ".events tbody tr .row-link"],
  ["reports", "/console/reports", "#asked"],
  ["health", "/console/health", "tbody tr .state"],
];
/** The search index of many products takes its time. */
const PATIENCE_MS = 180_000;

export function amountWalk(count: number): (console: Console) => Promise<void> {
  return async (console) => {
    await makeProducts(console.test, count);
    for (const { look, name, viewport } of WINDOWS) {
      const key = console.test.server.keys.admin;
      await using window = await console.open({
        look,
        key,
        path: NOTHING_ASKED,
        ...(viewport && { viewport }),
      });
      // There is no search index before the first search asks for one.
      window.allow(503, /\/v1\/products$/);
      const keep = (state: string) => keepState(console, window, `amount-${count}-${state}-${name}`);
      for (const [page, path, shows] of PAGES) {
        await window.page.goto(path);
        await window.page.locator(shows).first().waitFor({ timeout: PATIENCE_MS });
        await window.page.locator(".skeleton").first().waitFor({ state: "detached" });
        await keep(page);
      }
      if (count > BATCH) await loadMore(window);
      await keep("products-more");
      await failed(window);
      await keep("products-failed");
    }
  };
}

async function keepState(console: Console, window: Window, name: string): Promise<void> {
  console.test.find(await accessFindings(window, name));
  await keepPictures(console, window, name);
}

async function makeProducts({ api, server, say, signal }: Test, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, nth) => `MANY-${String(nth).padStart(5, "0")}`);
  const pick = <T>(values: readonly T[], nth: number) => values[nth % values.length];
  const rows = ids.map((productId, nth) => ({
    productId,
    kind: "set",
    name: nth < NAMES.length ? pick(NAMES, nth) : `${pick(NAMES, nth)} ${nth}`,
    attributes: { theme: pick(THEMES, nth), year: 1980 + (nth % 45) },
    price: { amount: pick(PRICES, nth), currency: "USD" },
    minimumStockLevel: nth % 2 === 0 ? LOW_BELOW : 0,
  }));
  const { url, keys } = server;
  await importProducts({ ...ndjson(rows), url, apiKey: keys.admin, signal, onResult: () => {} });
  say(`${count} products imported`);
  for (let from = 0; from < Math.min(STOCKED, count); from += BATCH) {
    const operations = ids.slice(from, from + BATCH).flatMap((productId, nth) => {
      const delta = pick(QUANTITIES, nth) ?? 0;
      return delta === 0
        ? []
        : [{ op: "adjust", productId, delta, type: "receipt", reason: "first delivery" }];
    });
    await api.call("POST /v1/inventory/bulk", { body: { operations } });
  }
}

async function loadMore({ page }: Window): Promise<void> {
  await page.goto("/");
  await page.locator(".load-more button").click();
  await page.locator("tbody tr").nth(BATCH).waitFor();
}

async function failed(window: Window): Promise<void> {
  const { page } = window;
  window.isCutOff = true;
  await page.route(/\/v1\//, (route) => route.abort("connectionreset"));
  await page.goto("/");
  await page.getByRole("alert").filter({ hasText: "The service was not reached" }).first().waitFor();
}
