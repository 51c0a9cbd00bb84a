/** What is held: narrowed, confirmed, released and given more time; what is refused; and what expires while one looks. */
import { z } from "zod";
import { readStock } from "../products.ts";
import { goByKeys, said, tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

const PRODUCT = "WALK-RACK";
const EXTENSIONS = 10;
const made = z.object({ reservationId: z.string() });

export async function walkHolds(console: Console): Promise<void> {
  const { api, expect, server } = console.test;
  const hold = (orderId: string, ttlSeconds: number, customerId?: string) =>
    api.read(made, `POST /v1/inventory/${PRODUCT}/reserve`, {
      body: { quantity: 2, orderId, ttlSeconds, ...(customerId !== undefined && { customerId }) },
    });
  await hold("ORD-RACK-1", 600, "C-4410");
  await hold("ORD-RACK-2", 1200);
  const { reservationId } = await hold("ORD-RACK-3", 59, "C-0217");
  for (let nth = 0; nth < EXTENSIONS; nth += 1)
    await api.call(`POST /v1/reservations/${reservationId}/extend`, { body: { ttlSeconds: 60 + nth * 2 } });

  await using window = await console.open({ key: server.keys.admin, path: "/console/holds" });
  await byMouse(console, window);
  await hold("ORD-RACK-4", 4);
  await expires(window);
  await byKeyboard(console, window);
  const { onHand, reserved } = await readStock(api, PRODUCT);
  expect(onHand === 38 && reserved === 2, `the service has ${onHand} on hand, ${reserved} held`);
}

async function byMouse(console: Console, window: Window): Promise<void> {
  const { expect } = console.test;
  const { page } = window;
  const filter = page.getByLabel("Filter holds");
  await filter.fill("no such hold");
  await page.getByText("matches “no such hold”").waitFor();
  await checkState(console, window, "holds-no-match");
  await page.getByRole("button", { name: "Clear search" }).click();
  await filter.fill("rack");
  await page.getByRole("row", { name: /LOOK-BELOW/ }).waitFor({ state: "detached" });
  const orders = () => page.locator("tbody td.wide a").allTextContents();
  const soonest = (await orders()).join();
  expect(soonest === "ORD-RACK-3,ORD-RACK-1,ORD-RACK-2", `the soonest first: ${soonest}`);

  window.allow(409, /\/extend$/);
  await page.getByRole("button", { name: "Extend ORD-RACK-3" }).click();
  await page.getByRole("alert").getByText("extended").first().waitFor();
  await checkState(console, window, "holds-refused");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await pressedTwice(console, window);
  await page.getByRole("button", { name: "Confirm ORD-RACK-1" }).waitFor({ state: "detached" });
  await page.getByLabel("State").selectOption("confirmed");
  await page.getByRole("row", { name: /ORD-RACK-1/ }).waitFor();
  await checkState(console, window, "holds-confirmed");
  await page.getByLabel("Location").selectOption("north");
  await page.getByText("matches “rack”").waitFor();
  await page.getByLabel("Location").selectOption("");
  await page.getByLabel("State").selectOption("held");
}

/** One is sent: whether the second press comes while the first is on its way, or just after it was answered. */
async function pressedTwice({ test: { expect } }: Console, { page }: Window): Promise<void> {
  const sent: string[] = [];
  page.on("request", (request) => {
    const [, verb] = /\/(extend|confirm)$/.exec(request.url()) ?? [];
    if (verb !== undefined && request.method() === "POST") sent.push(verb);
  });
  const extend = page.getByRole("button", { name: "Extend ORD-RACK-1" });
  await extend.click();
  await said(page, "2 units of ORD-RACK-1 held for another 15 min");
  await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
  await extend.dispatchEvent("click", { detail: 2 });
  await page.getByRole("button", { name: "Confirm ORD-RACK-1" }).evaluate((button) => {
    if (!(button instanceof HTMLElement)) return;
    button.click();
    button.click();
  });
  await said(page, "2 units of ORD-RACK-1 confirmed");
  expect(sent.join() === "extend,confirm", `two presses each have sent ${sent.join()}`);
}

/** It comes while one looks, counts down, and goes. */
async function expires({ page }: Window): Promise<void> {
  const row = page.getByRole("row", { name: /ORD-RACK-4/ });
  await row.locator(".countdown.soon").waitFor();
  await row.waitFor({ state: "detached" });
}

async function byKeyboard({ test: { expect } }: Console, { page }: Window): Promise<void> {
  const { keyboard } = page;
  await goByKeys(page, "o", "Orders");
  await goByKeys(page, "h", "Holds");
  await keyboard.press("/");
  await keyboard.type("rack-2");
  await page.getByRole("row", { name: /ORD-RACK-3/ }).waitFor({ state: "detached" });
  await tabTo(page, /^Release ORD-RACK-2$/);
  await keyboard.press("Enter");
  await said(page, "2 units of ORD-RACK-2 released");
  await page.getByText("matches “rack-2”").waitFor();
  await tabTo(page, /^Clear search$/);
  await keyboard.press("Enter");
  await page.getByRole("row", { name: /ORD-RACK-3/ }).waitFor();
  expect(new URL(page.url()).search === "", `the address is ${page.url()}`);
}
