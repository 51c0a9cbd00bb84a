/** Every page in every state that can be brought about: axe-core looks at it, and pictures are kept of it. */
import { join } from "node:path";
import { accessFindings } from "./access.ts";
import { PICTURES, type Console, type Look, type Window } from "./window.ts";

/** What shows that it is there. */
const PAGES: readonly (readonly [name: string, path: string, shows: string])[] = [
  ["products", "/", "tbody tr .strong .value"],
  ["products-none", "/?q=nosuchthing", ".empty"],
  ["product", "/console/products/WALK-HOLDS", "#movements"],
  ["product-long", "/console/products/LOOK-LONG", "#movements"],
  ["product-below", "/console/products/LOOK-BELOW", ".countdown"],
  ["product-zero", "/console/products/LOOK-ZERO", "#movements"],
  ["product-missing", "/console/products/NO-SUCH", "h1"],
  ["no-such-page", "/console/nowhere", "h1"],
];

const LOOKED_AT: readonly Look[] = ["light", "dark", "phone", "forced"];

export async function walkPages(console: Console): Promise<void> {
  const { test } = console;
  const { server } = test;
  for (const look of LOOKED_AT) {
    await using window = await console.open({ look });
    window.allow(404, /NO-SUCH/);
    const { page } = window;
    if (look === "light" || look === "phone") test.find(await accessFindings(window, `sign-in (${look})`));
    await keepPicture(window, "sign-in", look);
    await page.evaluate((key) => sessionStorage.setItem("holdfast.key", key), server.keys.admin);
    for (const [name, path, shows] of PAGES) {
      await page.goto(path);
      await page.locator(shows).first().waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      if (look === "light" || look === "phone") test.find(await accessFindings(window, `${name} (${look})`));
      await keepPicture(window, name, look);
      test.find(await sidewaysFindings(window, `${name} (${look})`));
    }
  }
}

export async function keepPicture({ page }: Window, name: string, look: Look): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}-${look}.png`), fullPage: true });
}

/** Tables scroll within their frames; a page does not scroll sideways. */
async function sidewaysFindings({ page }: Window, state: string): Promise<string[]> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return over > 0 ? [`${state} is ${over} px wider than the window`] : [];
}
