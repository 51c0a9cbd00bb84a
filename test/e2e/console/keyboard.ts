/** The same by keyboard alone: nothing here touches the mouse, nor puts the focus where a key would not. */
import { readStock } from "../products.ts";
import { figure, focused, said, tabTo } from "./reading.ts";
import type { Console } from "./window.ts";

const PRODUCT = "WALK-KEYS";

export async function walkByKeyboard(console: Console): Promise<void> {
  const { test } = console;
  const { api, expect, server } = test;
  await using window = await console.open({ look: "calm" });
  const { page } = window;
  const { keyboard } = page;
  await page.getByLabel("Key", { exact: true }).waitFor();
  expect((await focused(page)) === "Key", `at the sign-in the focus is on "${await focused(page)}"`);
  await keyboard.type(server.keys.admin);
  await keyboard.press("Enter");
  await page.getByRole("row", { name: /Keyboard Castle/ }).waitFor();

  await keyboard.press("/");
  expect((await focused(page)) === "Search products", `"/" leads to "${await focused(page)}"`);
  await keyboard.type("keyboard cas");
  await page.getByRole("row", { name: /Millennium/ }).waitFor({ state: "detached" });
  await tabTo(page, /^Keyboard Castle$/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Keyboard Castle", level: 1 }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  await page.getByText("Live", { exact: true }).first().waitFor();

  window.allow(409, /\/reserve$/);
  await holdAndConfirm(console, window.page);
  await keyboard.press("Escape");
  await keyboard.press("g");
  await keyboard.press("p");
  await page.getByLabel("Search products").waitFor();
  await throughPalette(console, window.page);
  const { onHand, reserved } = await readStock(api, PRODUCT);
  expect(onHand === 62 && reserved === 0, `the service has ${onHand} on hand, ${reserved} held`);
}

type Page = Awaited<ReturnType<Console["open"]>>["page"];

async function holdAndConfirm({ test: { expect } }: Console, page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press("h");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "quantity");
  await keyboard.press("Control+A");
  await keyboard.type("51");
  await keyboard.press("Enter");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const typed = await page.evaluate(() => {
    const { activeElement } = document;
    return activeElement instanceof HTMLInputElement ? activeElement.value : "";
  });
  expect(typed === "51", `after a refusal the field that had the focus has "${typed}"`);
  await keyboard.press("Control+A");
  await keyboard.type("2");
  await tabTo(page, /^Order/);
  await keyboard.type("ORD-KEYS");
  await keyboard.press("Enter");
  await figure(page, "Held", "2");
  // Nothing fires inside a field: one that has the focus is left first.
  await tabTo(page, /^Hold$/);
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Confirm ORD-KEYS$/);
  await keyboard.press("Enter");
  await said(page, "2 units of ORD-KEYS confirmed");
  await figure(page, "On hand", "48");
}

/** Ctrl K works inside a field, too; what it opens has the focus. */
async function throughPalette({ test: { expect } }: Console, page: Page): Promise<void> {
  const { keyboard } = page;
  await keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
  await keyboard.press("Control+k");
  await keyboard.type("WALK-KEYS");
  await page.getByRole("option", { name: /Keyboard Castle/ }).waitFor();
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowUp");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Keyboard Castle", level: 1 }).waitFor();
  await keyboard.press("r");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "delta");
  await keyboard.type("14");
  await keyboard.press("Enter");
  await said(page, "14 units received at main");
  await figure(page, "Available", "62");
  const tinted = await page.locator(".value.up, .value.down").count();
  expect(tinted === 0, `${tinted} numbers are tinted although motion is to be reduced`);
}
