/** How the service is: every part, the verifier by mouse and by keyboard, and a key that may not verify. */
import { z } from "zod";
import { tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console } from "./window.ts";

const made = z.object({ key: z.string() });

export async function walkHealth(console: Console): Promise<void> {
  const { api, server, expect } = console.test;
  await using window = await console.open({ key: server.keys.admin, path: "/console/health" });
  const { page } = window;
  for (const part of ["Products", "Book", "Search", "Catalog cache"])
    await page
      .getByRole("row", { name: new RegExp(`^${part}`) })
      .getByText("Healthy")
      .waitFor();
  await page.getByRole("button", { name: "Verify a page" }).click();
  await page.getByText("No differences").waitFor();
  await checkState(console, window, "health-verified");
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Check now$/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^Verify (a page|the next 25)$/);
  await page.keyboard.press("Enter");
  await page.getByText("No differences").waitFor();

  const body = { name: "A reader of health", scopes: ["stock:read"] };
  const { key } = await api.read(made, "POST /v1/admin/keys", { body });
  await using narrow = await console.open({ key, path: "/console/health" });
  await narrow.page.getByText("lacks the scope admin").first().waitFor();
  const button = narrow.page.getByRole("button", { name: "Verify a page" });
  expect((await button.getAttribute("aria-disabled")) === "true", "it can be verified without the scope");
  await checkState(console, narrow, "health-narrow");
}
