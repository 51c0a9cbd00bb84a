/** Keys: a wrong one, one that may little, one that stops working; the path that one came for; and signing out. */
import { z } from "zod";
import { figure } from "./reading.ts";
import { signIn, type Console, type Window } from "./window.ts";

const PRODUCT = "WALK-HOLDS";
const made = z.object({ key: z.string(), keyId: z.string() });

export async function walkSession(console: Console): Promise<void> {
  const { test } = console;
  const { server, expect } = test;
  const path = `/console/products/${PRODUCT}`;
  await using window = await console.open({ path });
  const { page } = window;
  window.allow(401, /\/v1\/keys\/self$/);
  await page.getByLabel("Key", { exact: true }).fill("no-such-key");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("does not know this key").waitFor();
  expect(
    (await page.getByLabel("Key", { exact: true }).inputValue()) === "no-such-key",
    "the wrong key was cleared",
  );
  await signIn(page, server.keys.admin);
  await page.getByRole("heading", { name: "Black Seas Barracuda", level: 1 }).waitFor();
  expect(new URL(page.url()).pathname === path, `sign-in led to ${page.url()}`);

  await page.reload();
  await page.getByRole("heading", { name: "Black Seas Barracuda", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Key", { exact: true }).waitFor();
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]),
  );
  expect(!kept.includes(server.keys.admin), `after signing out there is still ${kept}`);
  expect(!page.url().includes(server.keys.admin), `the address is ${page.url()}`);
  await reader(console);
  await revoked(console);
}

/** It sees, and each form says what it lacks instead of being hidden or refused. */
async function reader(console: Console): Promise<void> {
  const { api, expect } = console.test;
  const scopes = ["catalog:read", "stock:read", "reservations:read", "events:read"];
  const { key } = await api.read(made, "POST /v1/admin/keys", { body: { name: "A reader", scopes } });
  await using window = await console.open({ key, path: `/console/products/${PRODUCT}` });
  const { page } = window;
  await figure(page, "Available", "40");
  for (const [action, scope] of [
    ["Hold", "reservations:write"],
    ["Count", "stock:write"],
    ["Receive", "stock:write"],
    ["Correct", "stock:write"],
  ] as const) {
    await page.getByRole("tab", { name: action }).click();
    const form = page.getByRole("form", { name: action });
    await form.getByText(`It needs the scope ${scope}.`).waitFor();
    const button = form.getByRole("button", { name: action, exact: true });
    expect((await button.getAttribute("aria-disabled")) === "true", `${action} can be pressed`);
  }
}

/** A key that is revoked while somebody types: it is asked for again, and what was typed is there afterwards. */
async function revoked(console: Console): Promise<void> {
  const { api, expect, server } = console.test;
  const body = { name: "Soon gone", scopes: ["admin"] };
  const { key, keyId } = await api.read(made, "POST /v1/admin/keys", { body });
  await using window = await console.open({ key, path: `/console/products/${PRODUCT}` });
  const { page } = window;
  await figure(page, "Available", "40");
  await page.getByRole("form", { name: "Hold" }).getByLabel("Order").fill("ORD-TYPED");
  await api.call(`DELETE /v1/admin/keys/${keyId}`);
  await untilRefused(window);
  await signIn(page, server.keys.admin);
  expect(
    (await page.getByRole("form", { name: "Hold" }).getByLabel("Order").inputValue()) === "ORD-TYPED",
    "what was typed is gone",
  );
  await figure(page, "Available", "40");
}

async function untilRefused(window: Window): Promise<void> {
  const { page } = window;
  window.allow(401, /^\/v1\//);
  for (let tries = 0; tries < 40; tries += 1) {
    await page.waitForTimeout(500);
    if (await page.getByLabel("Key", { exact: true }).isVisible()) return;
    await page.getByRole("button", { name: "Verify" }).click({ timeout: 2000 });
  }
  throw new Error("a revoked key is not refused");
}
