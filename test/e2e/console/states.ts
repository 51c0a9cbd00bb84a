/** A state of a page that is looked at: by axe-core, by its width, and as pictures that are kept. */
import { join } from "node:path";
import { accessFindings } from "./access.ts";
import type { Test } from "../run-test.ts";
import { PICTURES, type Console, type Look, type Window } from "./window.ts";

/** In light and in dark. Its pictures are kept in the long version. */
export async function checkState(console: Console, window: Window, name: string): Promise<void> {
  console.test.find(await accessFindings(window, `${name} (${window.look})`));
  if (isLong(console.test)) await keepPictures(console, window, name);
}

/** Of a light window also as it is in the dark. */
export async function keepPictures({ test }: Console, window: Window, name: string): Promise<void> {
  const { page, look } = window;
  const keep = (as: Look) =>
    page.screenshot({ path: join(PICTURES, `${name}-${as}.png`), fullPage: true, animations: "disabled" });
  await keep(look);
  if (look === "light") {
    await page.emulateMedia({ colorScheme: "dark" });
    await keep("dark");
    await page.emulateMedia({ colorScheme: "light" });
  }
  test.find(await sidewaysFindings(window, `${name} (${look})`));
}

/** Asked for by `--long yes`. */
export function isLong({ values }: Test): boolean {
  return values["long"] === "yes";
}

/** Tables scroll within their frames; a page does not scroll sideways. */
async function sidewaysFindings({ page }: Window, state: string): Promise<string[]> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return over > 0 ? [`${state} is ${over} px wider than the window`] : [];
}
