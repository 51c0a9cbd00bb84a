/**
 * The console in headless Chromium, against the real service: walks by mouse and by keyboard, a server that is killed, changes in
 * quick succession, accessibility, sizes. Skipped where no Chromium is found: npx node test/e2e/console.ts [WALK ...]
 */
import { inspect } from "node:util";
import { findChromium } from "./chromium.ts";
import { makeCatalog } from "./console/catalog.ts";
import { walkForms } from "./console/forms.ts";
import { walkByKeyboard } from "./console/keyboard.ts";
import { walkLoad } from "./console/load.ts";
import { walkOutage } from "./console/outage.ts";
import { walkPages } from "./console/pages.ts";
import { walkProduct } from "./console/product.ts";
import { walkSession } from "./console/session.ts";
import { walkSizes } from "./console/sizes.ts";
import { startConsole, type Console } from "./console/window.ts";
import { runTest } from "./run-test.ts";

/** The last kills the server. */
const WALKS: Record<string, (console: Console) => Promise<void>> = {
  product: walkProduct,
  keyboard: walkByKeyboard,
  forms: walkForms,
  session: walkSession,
  pages: walkPages,
  sizes: walkSizes,
  load: walkLoad,
  outage: walkOutage,
};

const chromium = findChromium();
if (chromium === undefined) {
  console.log("console: SKIPPED, since no Chromium is on the path (nor named by CHROMIUM)");
  process.exit();
}

await runTest({
  title: "console: walks in a browser",
  limitSeconds: 300,
  run: async (test) => {
    await makeCatalog(test.api);
    await using console = await startConsole(test, chromium);
    for (const [name, walk] of Object.entries(WALKS)) {
      if (test.positionals.length > 0 && !test.positionals.includes(name)) continue;
      const startedAt = performance.now();
      console.walk = name;
      try {
        await walk(console);
      } catch (error) {
        test.find([`${name}: ${inspect(error)}`]);
      }
      test.say(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    }
  },
});
