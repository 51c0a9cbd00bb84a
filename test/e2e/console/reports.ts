/** Reports: what sold, what was refused, what was searched for in vain; by another measure, another time, and of one product. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

const PRODUCT = "WALK-SOLD";
const NAME = "Snow Plough";
const IN_TIME_MS = 20_000;
const ranked = z.object({ items: z.array(z.object({ productId: z.string() })) });

const searches = z.object({ unfound: z.object({ items: z.array(z.object({ words: z.string() })) }) });

export async function walkReports(console: Console): Promise<void> {
  const { api, server } = console.test;
  const sale = { delta: -7, type: "sale", reason: "over the counter", locationId: "main" };
  await api.call(`POST /v1/inventory/${PRODUCT}/adjust`, { body: sale });
  await api.ask(`POST /v1/inventory/${PRODUCT}/reserve`, { body: { quantity: 500 } });
  for (let times = 0; times < 3; times += 1) await api.call("GET /v1/products?q=submarine");
  await summedUp(console);
  await using window = await console.open({ key: server.keys.admin, path: "/console/reports" });
  await byMouse(console, window);
  await byKeyboard(window);
}

/** The minute's job brings it about. */
async function summedUp({ test: { api, server } }: Console): Promise<void> {
  for (let waitedMs = 0; waitedMs < IN_TIME_MS; waitedMs += 500) {
    await fetch(`${server.url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
    const { items } = await api.read(ranked, "GET /v1/reports/products?sort=sold&window=24h");
    const { unfound } = await api.read(searches, "GET /v1/reports/searches?window=7d");
    const isSold = items.some(({ productId }) => productId === PRODUCT);
    if (isSold && unfound.items.some(({ words }) => words === "submarine")) return;
    await sleep(500);
  }
  throw new Error("what was sold, or searched for in vain, is in no report");
}

async function byMouse(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const row = page.getByRole("row", { name: new RegExp(NAME) });
  await row.locator("td.strong").getByText("7", { exact: true }).waitFor();
  await page
    .getByRole("table", { name: /^Asked in vain/ })
    .getByText("submarine")
    .waitFor();
  await page.getByRole("button", { name: "Refused" }).click();
  await row.locator("td.strong").getByText("500").waitFor();
  await checkState(console, window, "reports-refused");
  await page.getByRole("link", { name: NAME }).click();
  await page.getByRole("heading", { name: /^Held by hour$/ }).waitFor();
  await page.getByRole("button", { name: "Sold", exact: true }).click();
  await page.getByRole("img", { name: `Sold of ${PRODUCT} by hour: 7 units in all` }).waitFor();
  await checkState(console, window, "reports-product");
  await page.getByRole("button", { name: "Show as table" }).click();
  await page.getByRole("table", { name: /^Sold of/ }).waitFor();
  await page.getByRole("button", { name: `Close ${PRODUCT}` }).click();
  await page.getByRole("button", { name: "Returned" }).click();
  await page.getByText("Nothing was returned in this time.").waitFor();
}

async function byKeyboard({ page }: Window): Promise<void> {
  const { keyboard } = page;
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Over$/);
  await keyboard.type("24");
  await tabTo(page, /^Sold$/);
  await keyboard.press("Enter");
  await page.getByRole("row", { name: new RegExp(NAME) }).waitFor();
  await tabTo(page, new RegExp(`^${NAME}$`));
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: /^Sold by hour$/ }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H2");
}
