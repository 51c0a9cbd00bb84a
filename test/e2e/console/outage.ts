/**
 * The server is killed while somebody works, and comes back: the mark says so, what is typed stays, a form that was sent in
 * between happens once, and the numbers are those of the service.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readStock } from "../products.ts";
import { figure, mark, said } from "./reading.ts";
import type { Console, Window } from "./window.ts";

const BOOK_LAG_MS = 10_000;
const PRODUCT = "WALK-OUTAGE";
const listed = z.object({
  items: z.array(z.object({ orderId: z.string().nullable(), quantity: z.number() })),
});

export async function walkOutage(console: Console): Promise<void> {
  const { test } = console;
  const { api, server, say, expect } = test;
  await using window = await console.open({ key: server.keys.admin, path: `/console/products/${PRODUCT}` });
  await using list = await console.open({ key: server.keys.admin, look: "dark", path: "/?q=night" });
  const { page } = window;
  for (const shown of [page, list.page]) await mark(shown, "Live");
  window.isCutOff = list.isCutOff = true;
  const keys = keysOf(window);
  await holdUnheard(window);
  const killedAt = performance.now();
  await server.kill9();
  for (const shown of [page, list.page]) await mark(shown, "Offline");
  say(`outage: the mark was red ${Math.round(performance.now() - killedAt)} ms after the kill`);
  const marked = await list.page
    .locator(".is-stale .value")
    .first()
    .evaluate((element) => getComputedStyle(element).textDecorationStyle);
  expect(marked === "dotted", `numbers that may be old are underlined ${marked}`);

  const notReached = formOf(page).getByText("The service was not reached");
  await notReached.waitFor({ timeout: 60_000 });
  await formOf(page).getByRole("button", { name: "Hold", exact: true }).click();
  const busy = formOf(page).locator("[aria-busy]");
  await busy.waitFor();
  await busy.waitFor({ state: "detached", timeout: 60_000 });
  await notReached.waitFor();
  expect((await formOf(page).getByLabel("Order").inputValue()) === "ORD-OUT", "the order was cleared");

  await server.restart();
  const backAt = performance.now();
  for (const shown of [page, list.page]) await markAgain(shown);
  say(`outage: it was live ${Math.round(performance.now() - backAt)} ms after the service was back`);
  await formOf(page).getByRole("button", { name: "Hold", exact: true }).click();
  await said(page, "4 units held");
  await figure(page, "Held", "4");
  await figure(page, "Available", "26");
  const { reserved } = await readStock(api, PRODUCT);
  expect(reserved === 4, `the service holds ${reserved}`);
  // Lists are a moment behind.
  let { items } = await api.read(listed, `GET /v1/reservations?productId=${PRODUCT}`);
  for (let waitedMs = 0; items.length === 0 && waitedMs < BOOK_LAG_MS; waitedMs += 100) {
    await sleep(100);
    ({ items } = await api.read(listed, `GET /v1/reservations?productId=${PRODUCT}`));
  }
  expect(items.length === 1, `the book has ${JSON.stringify(items)}`);
  expect(new Set(keys).size === 1 && keys.length > 2, `the hold was sent under ${JSON.stringify(keys)}`);
  await list.page
    .getByRole("row", { name: /Night Express/ })
    .getByText("26")
    .first()
    .waitFor();
}

function formOf(page: Window["page"]) {
  return page.getByRole("form", { name: "Hold" });
}

/** The idempotency keys of the holds that the page sent. */
function keysOf({ page }: Window): string[] {
  const keys: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/reserve")) keys.push(request.headers()["idempotency-key"] ?? "none");
  });
  return keys;
}

/** The service does it, and the answer is lost on the way. */
async function holdUnheard({ page }: Window): Promise<void> {
  await formOf(page).getByLabel("Quantity").fill("4");
  await formOf(page).getByLabel("Order").fill("ORD-OUT");
  await page.route(
    "**/reserve",
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  await formOf(page).getByRole("button", { name: "Hold", exact: true }).click();
  await page.waitForEvent("requestfailed");
}

async function markAgain(page: Window["page"]): Promise<void> {
  await page
    .locator(".mark:visible")
    .filter({ hasText: /^Live$/ })
    .waitFor({ timeout: 40_000 });
}
