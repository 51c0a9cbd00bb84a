/** Keys: made, shown once, rotated and revoked, by mouse and by keyboard. */
import { z } from "zod";
import { ApiClient } from "../../../scripts/api-client.ts";
import { focused, said, tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

const whose = z.object({ name: z.string(), scopes: z.array(z.string()) });

export async function walkKeys(console: Console): Promise<void> {
  const { server } = console.test;
  await using window = await console.open({ key: server.keys.admin, path: "/console/keys" });
  const { page } = window;
  await page.getByRole("form", { name: "New key" }).waitFor();
  const first = await makeByMouse(console, window);
  const second = await rotate(console, window);
  console.test.expect(first !== second, "the rotated key is the same");
  await revoke(console, window);
  await byKeyboard(console, window);
}

async function makeByMouse(console: Console, window: Window): Promise<string> {
  const { page } = window;
  const { expect } = console.test;
  const form = page.getByRole("form", { name: "New key" });
  window.allow(400, /\/v1\/admin\/keys$/);
  await form.getByRole("button", { name: "Make key" }).click();
  await form.getByRole("alert").first().waitFor();
  await form.getByLabel("Name").fill("Harbour shop");
  await form.getByLabel("Only from these pages").fill("shop.example");
  await form.getByRole("button", { name: "Make key" }).click();
  await form.getByRole("alert").first().waitFor();
  expect((await form.getByLabel("Name").inputValue()) === "Harbour shop", "the name was cleared");
  const invalid = await form.getByLabel("Only from these pages").getAttribute("aria-invalid");
  expect(invalid === "true", "what is wrong with the origin is not said at its field");
  await checkState(console, window, "keys-refused");
  await form.getByLabel("Only from these pages").fill("");
  for (const scope of ["catalog:read", "stock:read"]) await form.getByLabel(scope).check();
  await form.getByRole("button", { name: "Make key" }).click();
  const key = await takeSecret(console, window, "The key of Harbour shop");
  const self = await keyed(console, key).read(whose, "GET /v1/keys/self");
  expect(
    self.name === "Harbour shop" && self.scopes.join() === "catalog:read,stock:read",
    JSON.stringify(self),
  );
  return key;
}

function keyed({ test }: Console, apiKey: string): ApiClient {
  return new ApiClient({ url: test.server.url, apiKey });
}

/** It stays over another page, until it is said to be kept; then it is nowhere. */
async function takeSecret(console: Console, window: Window, name: string): Promise<string> {
  const { page } = window;
  const secret = page.getByRole("region", { name });
  await secret.waitFor();
  const key = await secret.getByRole("textbox").inputValue();
  await checkState(console, window, "keys-secret");
  await secret.getByRole("button", { name: "Copy" }).click();
  await said(page, "opied");
  await page.getByRole("link", { name: "Locations" }).first().click();
  await page.getByRole("heading", { name: "Locations", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Keys" }).first().click();
  await secret.getByRole("button", { name: "I have kept it" }).click();
  await secret.waitFor({ state: "detached" });
  const html = await page.content();
  console.test.expect(!html.includes(key), "the page still has the key");
  return key;
}

async function rotate(console: Console, window: Window): Promise<string> {
  const { page } = window;
  await page.getByRole("link", { name: "Rotate Harbour shop" }).click();
  const form = page.getByRole("form", { name: "Rotate Harbour shop" });
  await form.getByLabel("The key as it is works for").selectOption("3600");
  await checkState(console, window, "keys-rotate");
  await form.getByRole("button", { name: "Rotate key" }).click();
  const key = await takeSecret(console, window, "The key of Harbour shop");
  await page
    .getByRole("row", { name: /Harbour shop/ })
    .getByText("as it was until")
    .waitFor();
  return key;
}

async function revoke(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const row = page.getByRole("row", { name: /Harbour shop/ });
  await row.getByRole("button", { name: "Revoke" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke Harbour shop" });
  await checkState(console, window, "keys-revoke");
  await dialog.getByRole("button", { name: "Keep key" }).click();
  await dialog.waitFor({ state: "detached" });
  await row.getByRole("button", { name: "Revoke" }).click();
  await dialog.getByRole("button", { name: "Revoke key" }).click();
  await said(page, "Harbour shop works no longer");
  await row.getByText("Revoked").waitFor();
}

async function byKeyboard({ test: { expect } }: Console, { page }: Window): Promise<void> {
  const { keyboard } = page;
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^New key$/);
  await keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "name");
  await keyboard.type("Scanner");
  await tabTo(page, /^stock:write/);
  await keyboard.press("Space");
  await keyboard.press("Enter");
  const secret = page.getByRole("region", { name: "The key of Scanner" });
  await secret.waitFor();
  await page.waitForFunction(
    () => document.activeElement instanceof HTMLInputElement && document.activeElement.readOnly,
  );
  await tabTo(page, /^I have kept it$/);
  await keyboard.press("Enter");
  await secret.waitFor({ state: "detached" });
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Revoke Scanner$/);
  await keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Revoke Scanner" });
  await dialog.waitFor();
  await keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect((await focused(page)) === "Revoke Scanner", `after Esc the focus is on "${await focused(page)}"`);
  await keyboard.press("Enter");
  await tabTo(page, /^Revoke key$/);
  await keyboard.press("Enter");
  await said(page, "Scanner works no longer");
}
