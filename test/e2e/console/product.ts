/** What the console is for, by mouse: found, held, refused, confirmed, and seen by somebody else as it happens. */
import type { Locator, Page } from "playwright-core";
import { z } from "zod";
import { readStock } from "../products.ts";
import { figure, said } from "./reading.ts";
import type { Test } from "../run-test.ts";
import type { Console } from "./window.ts";

const PRODUCT = "WALK-MOUSE";
/** Until a change is no longer called one of now, and the page says so. */
const AGED_WITHIN_MS = 40_000;

export async function walkProduct({ test, open }: Console): Promise<void> {
  const { api, expect, server } = test;
  await using first = await open({ key: server.keys.admin });
  await using second = await open({
    key: server.keys.admin,
    path: `/console/products/${PRODUCT}`,
    look: "dark",
  });
  const { page } = first;
  await page.getByLabel("Search products").fill("falcon");
  await page.getByRole("link", { name: "Millennium Falcon" }).click();
  await page.getByRole("heading", { name: "Millennium Falcon", level: 1 }).waitFor();
  expect(new URL(page.url()).pathname === `/console/products/${PRODUCT}`, `it is at ${page.url()}`);
  await page.getByText("Live", { exact: true }).first().waitFor();

  const form = page.getByRole("form", { name: "Hold" });
  await form.getByLabel("Quantity").fill("9999");
  await form.getByLabel("Order").fill("ORD-1");
  first.allow(409, /\/reserve$/);
  await form.getByRole("button", { name: "Hold", exact: true }).click();
  const error = page.getByRole("alert");
  await error.waitFor();
  const text = (await error.textContent()) ?? "";
  expect(text.includes("9,999") && text.includes("240"), `too much: "${text}"`);
  expect((await form.getByLabel("Quantity").inputValue()) === "9999", "the quantity was cleared");
  expect((await form.getByLabel("Order").inputValue()) === "ORD-1", "the order was cleared");

  await form.getByLabel("Quantity").fill("3");
  // Some people double-click everything; the answer may come between the two.
  await form.getByRole("button", { name: "Hold", exact: true }).dblclick({ delay: 60 });
  for (const { page: seen } of [first, second]) {
    await seen.getByRole("button", { name: "Confirm ORD-1" }).waitFor();
    await figure(seen, "Available", "237");
    await figure(seen, "Held", "3");
  }
  expect((await error.count()) === 0, "the error is still there");
  await said(page, "3 units held at main");
  await page.getByRole("button", { name: "Extend ORD-1" }).click();
  await said(page, "held for another 15 min");
  await page.getByRole("button", { name: "Confirm ORD-1" }).click();
  for (const { page: seen } of [first, second]) {
    await figure(seen, "Available", "237");
    await figure(seen, "Held", "0");
    await figure(seen, "On hand", "237");
    await seen.getByText("Nothing is held.").waitFor();
  }
  const { onHand, reserved } = await readStock(api, PRODUCT);
  expect(onHand === 237 && reserved === 0, `the service has ${onHand} on hand, ${reserved} held`);
  await listFollows(test, first.page, second.page);
}

/** A change in one window is in the other's list without being asked for. */
async function listFollows({ expect }: Test, page: Page, other: Page): Promise<void> {
  await page.getByRole("link", { name: "Products", exact: true }).first().click();
  const row = page.getByRole("row", { name: /Millennium Falcon/ });
  await row.getByText("237").first().waitFor();
  await row.getByText(/^\d+ s$/).waitFor({ timeout: AGED_WITHIN_MS });
  const change = nextChange(row);
  await other.getByRole("tab", { name: "Receive" }).click();
  const form = other.getByRole("form", { name: "Receive" });
  await form.getByLabel("Quantity").fill("63");
  await form.getByRole("button", { name: "Receive", exact: true }).click();
  const { available, changed } = z.object({ available: z.string(), changed: z.string() }).parse(await change);
  expect(available === "300" && changed === "now", `${available} are available, changed ${changed}`);
}

/** What the row shows in the frame in which its available units change. */
function nextChange(row: Locator): Promise<unknown> {
  return row.evaluate((element) => {
    const [available, changed] = ["td.strong", "td:last-child"].map((cell) => element.querySelector(cell));
    const shown = Promise.withResolvers<unknown>();
    const observer = new MutationObserver(() =>
      requestAnimationFrame(() =>
        shown.resolve({ available: available?.textContent, changed: changed?.textContent }),
      ),
    );
    if (available) observer.observe(available, { subtree: true, characterData: true, childList: true });
    return shown.promise;
  });
}
