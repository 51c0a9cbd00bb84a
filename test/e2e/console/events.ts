/** The stream: what happens comes in by itself, waits while it is paused, is filtered, opened, and found by its offset. */
import { z } from "zod";
import { focused, tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

const PRODUCT = "WALK-STREAM";

export async function walkEvents(console: Console): Promise<void> {
  const { server } = console.test;
  await using window = await console.open({ key: server.keys.admin, path: "/console/events" });
  const { page } = window;
  await page.locator(".event-product").first().waitFor();
  await adjust(console, "came by itself");
  await page.getByRole("row", { name: /came by itself/ }).waitFor();
  await paused(console, window);
  await filtered(console, window);
  await byOffset(console, window);
  await byKeyboard(console, window);
}

async function adjust({ test: { api } }: Console, reason: string): Promise<void> {
  const body = { delta: 1, type: "receipt", reason, locationId: "main" };
  await api.call(`POST /v1/inventory/${PRODUCT}/adjust`, { body });
}

async function paused(console: Console, window: Window): Promise<void> {
  const { page } = window;
  await page.getByRole("button", { name: "Pause" }).click();
  await adjust(console, "came while it was paused");
  await page.getByRole("button", { name: /^Resume, \d+ waiting$/ }).waitFor();
  const row = page.getByRole("row", { name: /came while it was paused/ });
  console.test.expect((await row.count()) === 0, "an event is shown while the stream is paused");
  await checkState(console, window, "events-paused");
  await page.getByRole("button", { name: /^Resume/ }).click();
  await row.waitFor();
}

async function filtered(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const filter = page.getByLabel("Filter events");
  await filter.fill("nothing has these words");
  await page.getByText("matches “nothing has these words”").waitFor();
  await checkState(console, window, "events-no-match");
  await page.getByRole("button", { name: "Clear search" }).click();
  await filter.fill(`${PRODUCT.toLowerCase()} paused`);
  await page.getByRole("row", { name: /came by itself/ }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "stock.adjusted" }).click();
  const raw = page.getByRole("region", { name: /^Event \d+ as JSON$/ });
  await raw.waitFor();
  const text = (await raw.textContent()) ?? "";
  const { productId } = z.object({ productId: z.string() }).parse(JSON.parse(text));
  console.test.expect(productId === PRODUCT, text);
  await checkState(console, window, "events-raw");
}

async function byOffset(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const offset = page.getByLabel("Offset", { exact: true });
  await offset.fill("soon");
  await page.getByRole("button", { name: "Go", exact: true }).click();
  console.test.expect(
    (await offset.getAttribute("aria-invalid")) === "true",
    "an offset of letters is taken",
  );
  await offset.fill("2");
  await page.getByRole("button", { name: "Go", exact: true }).click();
  await page.locator("tr.is-found").waitFor();
  await checkState(console, window, "events-at");
  await page.getByRole("button", { name: "Now" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
}

async function byKeyboard(console: Console, { page }: Window): Promise<void> {
  const { expect } = console.test;
  const { keyboard } = page;
  await keyboard.press("/");
  expect((await focused(page)) === "Filter events", `"/" leads to "${await focused(page)}"`);
  await keyboard.type(PRODUCT);
  await page.getByRole("row", { name: /came by itself/ }).waitFor();
  await tabTo(page, /^Pause$/);
  await keyboard.press("p");
  await page.getByRole("button", { name: /^Resume/ }).waitFor();
  await adjust(console, "came for the keyboard");
  await page.getByRole("button", { name: /waiting$/ }).waitFor();
  await keyboard.press("p");
  await page.getByRole("row", { name: /came for the keyboard/ }).waitFor();
  await tabTo(page, /^stock\.adjusted$/);
  await keyboard.press("Enter");
  await page.getByRole("region", { name: /^Event \d+ as JSON$/ }).waitFor();
}
