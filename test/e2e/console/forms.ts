/** Count, receive, transfer, correct, edit: each does what it says once, and a count does not overwrite what came between. */
import { readStock } from "../products.ts";
import { figure, said } from "./reading.ts";
import type { Console, Window } from "./window.ts";

const PRODUCT = "WALK-FORMS";

export async function walkForms(console: Console): Promise<void> {
  const { test } = console;
  await using window = await console.open({
    key: test.server.keys.admin,
    path: `/console/products/${PRODUCT}`,
  });
  const { page } = window;
  await page.getByText("Live", { exact: true }).first().waitFor();
  await fillIn(window, "Receive", { Quantity: "20", Reference: "DN-77" });
  await said(page, "20 units received at main");
  await figure(page, "On hand", "120");

  await fillIn(window, "Transfer", { Quantity: "15" });
  await said(page, "15 units moved to north");
  const north = page.getByRole("table", { name: `Levels of ${PRODUCT}` }).getByRole("row", { name: /north/ });
  await north.getByText("15").first().waitFor();

  await page.getByRole("tab", { name: "Correct" }).click();
  await page.getByLabel("What happened").selectOption("damage");
  await fillIn(window, "Correct", { Quantity: "2", Reason: "fell off the shelf" });
  await said(page, "Corrected: −2");
  await figure(page, "On hand", "118");

  await countAgainstChange(console, window);
  await editFields(console, window);
  await movementsTell(console, window);
}

/** Opens a tab, writes into it, and sends it. */
async function fillIn({ page }: Window, action: string, values: Record<string, string>): Promise<void> {
  await page.getByRole("tab", { name: action }).click();
  const form = page.getByRole("form", { name: action });
  for (const [label, value] of Object.entries(values)) await form.getByLabel(label).fill(value);
  await form.getByRole("button", { name: action, exact: true }).click();
}

/** Somebody sells while the shelf is counted: the count is refused, says what changed, and sends nothing by itself. */
async function countAgainstChange({ test }: Console, window: Window): Promise<void> {
  const { page } = window;
  const { api, expect } = test;
  await page.getByRole("tab", { name: "Count" }).click();
  const form = page.getByRole("form", { name: "Count" });
  await form.getByLabel("Counted").fill("100");
  const sold = { delta: -3, type: "sale", reason: "over the counter", locationId: "main" };
  await api.call(`POST /v1/inventory/${PRODUCT}/adjust`, { body: sold });
  await figure(page, "On hand", "115");
  window.allow(409, new RegExp(`/inventory/${PRODUCT}$`));
  await form.getByRole("button", { name: "Count", exact: true }).click();
  await form.getByRole("button", { name: "Use the new numbers" }).click();
  expect((await form.getByLabel("Counted").inputValue()) === "100", "the count was cleared");
  const { onHand } = await readStock(api, PRODUCT);
  expect(onHand === 115, `${onHand} are on hand before the count is sent again`);
  await form.getByRole("button", { name: "Count", exact: true }).click();
  await said(page, "Counted 100 at main");
  await figure(page, "On hand", "115");
}

async function editFields({ test: { api, expect } }: Console, window: Window): Promise<void> {
  const { page } = window;
  await page.getByRole("button", { name: "Edit" }).click();
  const form = page.getByRole("form", { name: "Edit" });
  await form.getByLabel("Name").fill("Harbour Crane, second edition");
  await form.getByLabel("Low below").fill("many");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByRole("alert").getByText("Write a whole number.").waitFor();
  await form.getByLabel("Low below").fill("200");
  await form.getByRole("button", { name: "Save" }).click();
  await said(page, "Harbour Crane, second edition saved");
  await page.getByRole("heading", { name: "Harbour Crane, second edition", level: 1 }).waitFor();
  await page.locator(".product-head").getByText("Low", { exact: true }).waitFor();
  const { body } = await api.ask(`GET /v1/products/${PRODUCT}`);
  const text = JSON.stringify(body);
  expect(text.includes('"minimumStockLevel":200') && text.includes("second edition"), text);
}

/** The trail has each with its reason, and the verifier finds the book to say the same. */
async function movementsTell(_: Console, { page }: Window): Promise<void> {
  const trail = page.getByRole("table", { name: `Movements of ${PRODUCT}` });
  for (const reason of ["Delivery · DN-77", "fell off the shelf", "over the counter"])
    await trail.getByText(reason).waitFor();
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("No differences").waitFor();
  await page.getByRole("button", { name: "Show JSON" }).click();
  await page.getByRole("region", { name: "The product and its stock as JSON" }).waitFor();
}
