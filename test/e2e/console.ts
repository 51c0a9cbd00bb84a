/**
 * The console in headless Chromium, against the real service: walks through every page by mouse and by keyboard, a server that is
 * killed, changes in quick succession, accessibility, sizes. Skipped where no Chromium is found:
 * npx node test/e2e/console.ts [--long yes] [WALK ...]
 * With --products 30000 there are that many of them, and nothing is done but to keep pictures of the pages.
 */
import { inspect } from "node:util";
import pLimit from "p-limit";
import type { Browser } from "playwright-core";
import { Outside } from "../../scripts/outside/server.ts";
import { findChromium } from "./chromium.ts";
import { amountWalk } from "./console/amounts.ts";
import { makeCatalog } from "./console/catalog.ts";
import { walkEmpty } from "./console/empty.ts";
import { walkEvents } from "./console/events.ts";
import { walkFailing } from "./console/failing.ts";
import { walkForms } from "./console/forms.ts";
import { walkHealth } from "./console/health.ts";
import { walkHolds } from "./console/holds.ts";
import { walkCancelledImport, walkImport } from "./console/import.ts";
import { walkByKeyboard } from "./console/keyboard.ts";
import { walkKeys } from "./console/keys.ts";
import { walkLoad } from "./console/load.ts";
import { walkLocations } from "./console/locations.ts";
import { walkLowStock } from "./console/low-stock.ts";
import { walkOrders } from "./console/orders.ts";
import { walkOutage } from "./console/outage.ts";
import { walkLooks, walkPages, walkPhone } from "./console/pages.ts";
import { walkProduct } from "./console/product.ts";
import { walkReports } from "./console/reports.ts";
import { walkSession } from "./console/session.ts";
import { walkSizes } from "./console/sizes.ts";
import { sourcesWalk } from "./console/sources.ts";
import { walkWebhooks } from "./console/webhooks.ts";
import { isLong } from "./console/states.ts";
import { consoleOf, startBrowser, type Console } from "./console/window.ts";
import { runTest, type Test } from "./run-test.ts";

type Walks = Record<string, (console: Console) => Promise<void>>;

const AT_ONCE = 3;

const chromium = findChromium();
if (chromium === undefined) {
  console.log("console: SKIPPED, since no Chromium is on the path (nor named by CHROMIUM)");
  process.exit();
}
await using outside = await Outside.start();

/** Each has products of its own. */
const TOGETHER: Walks = {
  pages: walkPages,
  phone: walkPhone,
  product: walkProduct,
  keyboard: walkByKeyboard,
  forms: walkForms,
  session: walkSession,
  lowStock: walkLowStock,
  holds: walkHolds,
  orders: walkOrders,
  events: walkEvents,
  reports: walkReports,
  import: walkImport,
  cancelledImport: walkCancelledImport,
  locations: walkLocations,
  sources: sourcesWalk(outside),
  webhooks: walkWebhooks,
  health: walkHealth,
  keys: walkKeys,
  failing: walkFailing,
  sizes: walkSizes,
};
const LONG: Walks = { looks: walkLooks };
/** They measure, and kill the server. */
const ALONE: Walks = { load: walkLoad, outage: walkOutage };

await runTest({
  title: "console: walks in a browser",
  // It takes half of that; a machine that others use, too, takes longer.
  limitSeconds: ({ products = "" }) => (products === "" ? 450 : 1800),
  options: { long: "no", products: "" },
  vars: outside.vars,
  run: async (test) => {
    await using browser = await startBrowser(chromium);
    const { products = "" } = test.values;
    if (products !== "") return await walkAll(test, browser, { amounts: amountWalk(Number(products)) });
    await walkAll(test, browser, { empty: walkEmpty });
    await makeCatalog(test.api);
    await walkAll(test, browser, { ...TOGETHER, ...(isLong(test) && LONG) }, AT_ONCE);
    await walkAll(test, browser, ALONE);
  },
});

/** Those that were named; all when none was. */
async function walkAll(test: Test, browser: Browser, walks: Walks, atOnce = 1): Promise<void> {
  const { positionals: named } = test;
  const wanted = Object.entries(walks).filter(([name]) => named.length === 0 || named.includes(name));
  await pLimit(atOnce).map(wanted, async ([name, walk]) => {
    const startedAt = performance.now();
    try {
      await walk(consoleOf(test, browser, name));
    } catch (error) {
      test.find([`${name}: ${inspect(error)}`]);
    }
    test.say(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  });
}
