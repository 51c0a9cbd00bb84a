/** What is low: received by mouse, counted by keyboard; the rows keep their places until they are put in order. */
import { readStock } from "../products.ts";
import { said, tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

const PRODUCT = "WALK-LOW";
const NAME = "Lighthouse Kit";

export async function walkLowStock(console: Console): Promise<void> {
  const { api, expect, server } = console.test;
  await using window = await console.open({ key: server.keys.admin, path: "/console/low-stock" });
  const { page } = window;
  await page.getByRole("row", { name: NAME }).waitFor();
  await receive(console, window);
  await page.locator(".resort").getByText("changed place").waitFor();
  await checkState(console, window, "low-stock-moved");
  await page.getByRole("button", { name: "Sort again" }).click();
  const names = await page.locator("tbody tr .row-link").allTextContents();
  expect(names.indexOf(NAME) > names.indexOf("Darth Maul"), `the order is ${names.join(", ")}`);
  await countByKeyboard(console, window);
  const { onHand } = await readStock(api, PRODUCT);
  expect(onHand === 50, `the service has ${onHand}`);
}

/** Seven short, of which four come in. */
async function receive(console: Console, window: Window): Promise<void> {
  const { expect } = console.test;
  const { page } = window;
  const row = page.getByRole("row", { name: NAME });
  await row.getByText("7", { exact: true }).waitFor();
  await row.getByRole("button", { name: "Receive" }).click();
  const sheet = page.getByRole("dialog", { name: NAME });
  const form = sheet.getByRole("form", { name: "Receive" });
  await form.getByLabel("Quantity").fill("a few");
  await form.getByRole("button", { name: "Receive", exact: true }).click();
  await form.getByRole("alert").getByText("Write a whole number.").waitFor();
  expect((await form.getByLabel("Quantity").inputValue()) === "a few", "the quantity was cleared");
  await checkState(console, window, "low-stock-sheet");
  await form.getByLabel("Quantity").fill("4");
  await form.getByRole("button", { name: "Receive", exact: true }).click();
  await sheet.waitFor({ state: "detached" });
  await said(page, "4 units received at main");
  await row.getByText("3", { exact: true }).waitFor();
}

/** Enough is found: the row says so, or has gone already. */
async function countByKeyboard({ test: { expect } }: Console, { page }: Window): Promise<void> {
  const { keyboard } = page;
  await page.evaluate(() => document.querySelector("main")?.focus());
  await keyboard.press("j");
  await tabTo(page, new RegExp(`^Count ${NAME}$`));
  await keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: NAME });
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "newQuantity");
  await keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await tabTo(page, new RegExp(`^Count ${NAME}$`));
  await keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "newQuantity");
  await keyboard.type("50");
  await keyboard.press("Enter");
  await said(page, "Counted 50 at main");
  await page.getByRole("row", { name: NAME }).waitFor({ state: "detached" });
  expect((await page.locator("tbody tr").count()) > 0, "the others have gone too");
}
