/** Orders of several products: found, confirmed whole by mouse, released by keyboard, short of something, and unknown. */
import { readStock } from "../products.ts";
import { figure, goByKeys, said, tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

const [FIRST, SECOND] = ["WALK-ORDER-A", "WALK-ORDER-B"];

export async function walkOrders(console: Console): Promise<void> {
  const { api, expect, server } = console.test;
  for (const orderId of ["ORD-WALK-1", "ORD-WALK-2"])
    await api.call("POST /v1/reservations", {
      body: {
        orderId,
        customerId: "C-1093",
        lines: [
          { productId: FIRST, quantity: 3 },
          { productId: SECOND, quantity: 1 },
        ],
      },
    });
  await using window = await console.open({ key: server.keys.admin, path: "/console/orders" });
  await byMouse(console, window);
  await byKeyboard(console, window);
  await shortAndUnknown(console, window);
  const [first, second] = [await readStock(api, FIRST), await readStock(api, SECOND)];
  expect(first.onHand === 27 && first.reserved === 0, `${FIRST}: ${JSON.stringify(first)}`);
  expect(second.onHand === 9 && second.reserved === 0, `${SECOND}: ${JSON.stringify(second)}`);
}

async function byMouse(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const search = page.getByLabel("Order id");
  await search.fill("c-1093");
  await page.getByRole("row", { name: /ORD-TWICE/ }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "ORD-WALK-1" }).click();
  await page.getByRole("heading", { name: "ORD-WALK-1", level: 1 }).waitFor();
  await figure(page, "Held", "4");
  await checkState(console, window, "order-held");
  await page.getByRole("button", { name: "Confirm all" }).click();
  await said(page, "ORD-WALK-1 confirmed: 4 units");
  await figure(page, "Confirmed", "4");
  await page.locator(".order-head").getByText("Confirmed").waitFor();
  await page.getByRole("button", { name: "Confirm all" }).waitFor({ state: "detached" });
  await checkState(console, window, "order-confirmed");
}

async function byKeyboard({ test: { expect } }: Console, { page }: Window): Promise<void> {
  const { keyboard } = page;
  await goByKeys(page, "o", "Orders");
  await keyboard.press("/");
  await keyboard.type("ORD-WALK-2");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "ORD-WALK-2", level: 1 }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  await tabTo(page, /^Release WALK-ORDER-A|^Release ORD-WALK-2$/);
  await keyboard.press("Enter");
  await said(page, "3 units of ORD-WALK-2 released");
  await page.keyboard.press("Control+k");
  await keyboard.type("release all");
  await keyboard.press("Enter");
  await said(page, "ORD-WALK-2 released: 1 unit");
  await figure(page, "Released", "4");
  expect((await page.getByRole("button", { name: "Release all" }).count()) === 0, "it can be released again");
}

async function shortAndUnknown(console: Console, window: Window): Promise<void> {
  const { page } = window;
  await page.goto("/console/orders/ORD-TWICE");
  await page.getByText("LOOK-BELOW: 3 units short.").waitFor();
  await checkState(console, window, "order-short");
  window.allow(404, /\/orders\//);
  await page.goto("/console/orders?q=NO-SUCH-ORDER");
  await page.getByText("No order that holds units now matches").waitFor();
  await checkState(console, window, "orders-no-match");
  await page.getByRole("button", { name: "Open NO-SUCH-ORDER" }).click();
  await page.getByRole("heading", { name: "No such order" }).waitFor();
}
