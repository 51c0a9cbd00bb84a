/** What somebody reads on a page of the console; each waits until it is so, and throws when it does not come to be. */
import type { Locator, Page } from "playwright-core";

/** Of the figures at the top of a product's page. */
export async function figure(page: Page, name: string, value: string): Promise<void> {
  const shown = page
    .locator(".figures > div")
    .filter({ has: page.locator("dt", { hasText: exactly(name) }) });
  await shown
    .locator("dd")
    .filter({ hasText: exactly(value) })
    .waitFor();
}

/** In the one polite place: shown for a moment, and read out. */
export async function said(page: Page, text: string): Promise<void> {
  await page.locator(".toasts").getByText(text).last().waitFor();
}

/** What the mark of the side bar says. */
export async function mark(page: Page, text: string): Promise<void> {
  await markOf(page).filter({ hasText: text }).waitFor();
}

function markOf(page: Page): Locator {
  return page.locator(".mark:visible");
}

/** What has the focus, as it is called. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement)) return "";
    const isControl =
      activeElement instanceof HTMLInputElement ||
      activeElement instanceof HTMLSelectElement ||
      activeElement instanceof HTMLTextAreaElement;
    const label = isControl ? activeElement.labels?.[0] : undefined;
    return activeElement.getAttribute("aria-label") ?? (label ?? activeElement).textContent.trim();
  });
}

const MAX_TABS = 80;

/** Presses Tab until the focus is on what is called so. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const met: string[] = [];
  for (let pressed = 0; pressed < MAX_TABS; pressed += 1) {
    const at = await focused(page);
    if (name.test(at)) return;
    met.push(at);
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${name}: ${met.join(" > ")}`);
}

/** To another page as a hand on the keys goes: "g", then the page's letter. */
export async function goByKeys(page: Page, letter: string, heading: string): Promise<void> {
  // Nothing fires inside a field.
  await page.evaluate(() => document.querySelector("main")?.focus());
  await page.keyboard.press("g");
  await page.keyboard.press(letter);
  await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
