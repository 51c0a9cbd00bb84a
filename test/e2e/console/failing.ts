/** Pages whose data do not come: cut off, or for a key that may not see them. Each says so, and what helps. */
import { z } from "zod";
import { checkState, isLong } from "./states.ts";
import type { Console } from "./window.ts";

const PATHS = ["/", "/console/products/WALK-HOLDS", "/console/events"];
const MORE_PATHS = [
  "/console/holds",
  "/console/keys",
  "/console/low-stock",
  "/console/orders",
  "/console/orders/ORD-TWICE",
  "/console/reports",
  "/console/locations",
  "/console/sources",
  "/console/webhooks",
  "/console/health",
];
/** Where pages ask for what they show. */
const DATA = /\/(v1\/|health\/detailed$|metrics$)/;
const made = z.object({ key: z.string() });

export async function walkFailing(console: Console): Promise<void> {
  const paths = [...PATHS, ...(isLong(console.test) ? MORE_PATHS : [])];
  await cutOff(console, paths);
  await refused(console, paths);
}

/** After a few attempts the page says that it was not reached; asked again, it is there. */
async function cutOff(console: Console, paths: string[]): Promise<void> {
  const { server, expect } = console.test;
  await using window = await console.open({ key: server.keys.admin, path: "/console/import" });
  const { page } = window;
  window.isCutOff = true;
  for (const path of paths) {
    await page.route(DATA, (route) => route.abort("connectionreset"));
    await page.goto(path);
    const alert = page.getByRole("alert").filter({ hasText: "The service was not reached" }).first();
    await alert.waitFor();
    await checkState(console, window, `failed-${nameOf(path)}`);
    await page.unroute(DATA);
    const again = page.getByRole("button", { name: "Try again" });
    await again.evaluateAll((buttons) =>
      buttons.forEach((button) => button instanceof HTMLElement && button.click()),
    );
    await page.locator(".skeleton").first().waitFor({ state: "detached" });
    await alert.waitFor({ state: "detached" });
    expect((await page.getByRole("alert").count()) === 0, `${path} still says that it failed`);
  }
}

/** Nothing is hidden, and nothing is asked for in vain for ever. */
async function refused(console: Console, paths: string[]): Promise<void> {
  const { api } = console.test;
  const body = { name: "Catalog alone", scopes: ["catalog:read"] };
  const { key } = await api.read(made, "POST /v1/admin/keys", { body });
  await using window = await console.open({ key, path: "/console/import" });
  const { page } = window;
  window.allow(403, DATA);
  for (const path of paths) {
    await page.goto(path);
    if (path === "/") await page.getByRole("row", { name: /Millennium/ }).waitFor();
    else
      await page
        .getByText(/This key may not|lacks the scope|It needs the scope/)
        .first()
        .waitFor();
    await checkState(console, window, `forbidden-${nameOf(path)}`);
  }
}

function nameOf(path: string): string {
  return path === "/" ? "products" : path.replace("/console/", "").replaceAll("/", "-").toLowerCase();
}
