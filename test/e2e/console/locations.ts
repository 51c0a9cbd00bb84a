/** Places: added, changed, and removed once nothing is there; what is wrong is said where it belongs. */
import { said, tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

export async function walkLocations(console: Console): Promise<void> {
  const { server } = console.test;
  await using window = await console.open({ key: server.keys.admin, path: "/console/locations" });
  await window.page.getByRole("form", { name: "New location" }).waitFor();
  await add(console, window);
  await edit(console, window);
  await remove(console, window);
  await byKeyboard(console, window);
}

async function add(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const form = page.getByRole("form", { name: "New location" });
  const button = form.getByRole("button", { name: "Add location" });
  window.allow(400, /\/v1\/locations$/);
  await form.getByLabel("Id").fill("no spaces here");
  await form.getByLabel("Name").fill("Quay 7");
  await form.getByLabel("Latitude").fill("north");
  await button.click();
  await form.getByRole("alert").getByText("Write degrees").waitFor();
  await form.getByLabel("Latitude").fill("95");
  await button.click();
  await form.getByRole("alert").nth(1).waitFor();
  await checkState(console, window, "locations-refused");
  window.allow(409, /\/v1\/locations$/);
  await form.getByLabel("Id").fill("north");
  await form.getByLabel("Latitude").fill("53,54");
  await form.getByLabel("Longitude").fill("9.98");
  await button.click();
  await form.getByRole("alert").waitFor();
  await form.getByLabel("Id").fill("quay-7");
  await button.click();
  await said(page, "Quay 7 added");
  await page
    .getByRole("row", { name: /quay-7/ })
    .getByText("53.54, 9.98")
    .waitFor();
}

async function edit(console: Console, window: Window): Promise<void> {
  const { page } = window;
  await page.getByRole("link", { name: "Quay 7" }).click();
  const form = page.getByRole("form", { name: "Edit quay-7" });
  await form.getByLabel("Priority").fill("first");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByRole("alert").getByText("Write a whole number.").waitFor();
  await form.getByLabel("Priority").fill("7");
  await form.getByLabel("Country").fill("de");
  await checkState(console, window, "locations-edit");
  await form.getByRole("button", { name: "Save" }).click();
  await said(page, "Quay 7 saved");
  await page
    .getByRole("row", { name: /quay-7/ })
    .getByText("DE")
    .waitFor();
}

async function remove(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const put = { delta: 4, type: "receipt", reason: "a pallet", locationId: "quay-7" };
  const taken = { delta: -4, type: "correction", reason: "moved on", locationId: "quay-7" };
  await console.test.api.call("POST /v1/inventory/WALK-PLACE/adjust", { body: put });
  await page.getByRole("link", { name: "Quay 7" }).click();
  const panel = page.getByRole("complementary", { name: "Edit location" });
  await panel.getByRole("button", { name: "Delete location" }).click();
  const sure = panel.getByRole("group", { name: "Delete location" });
  window.allow(409, /\/v1\/locations\/quay-7$/);
  await sure.getByRole("button", { name: "Delete location" }).click();
  await panel.getByRole("alert").getByRole("link", { name: "WALK-PLACE" }).waitFor();
  await checkState(console, window, "locations-in-use");
  await console.test.api.call("POST /v1/inventory/WALK-PLACE/adjust", { body: taken });
  await sure.getByRole("button", { name: "Delete location" }).click();
  await said(page, "Quay 7 deleted");
  await page.getByRole("row", { name: /quay-7/ }).waitFor({ state: "detached" });
}

async function byKeyboard({ test: { expect } }: Console, { page }: Window): Promise<void> {
  const { keyboard } = page;
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^New location$/);
  await keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "locationId");
  await keyboard.type("pier-1");
  await keyboard.press("Tab");
  await keyboard.type("Pier 1");
  await keyboard.press("Enter");
  await said(page, "Pier 1 added");
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Pier 1$/);
  await keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "name");
  await keyboard.press("End");
  await keyboard.type(" east");
  await keyboard.press("Enter");
  await said(page, "Pier 1 east saved");
  const rows = await page.getByRole("row", { name: /pier-1/ }).count();
  expect(rows === 1, `there are ${rows} rows of one place`);
}
