/** Sources outside: products by their ids there, a refresh, one that fails, and one that is well again. */
import type { Outside } from "../../../scripts/outside/server.ts";
import { tabTo } from "./reading.ts";
import { checkState } from "./states.ts";
import type { Console, Window } from "./window.ts";

export function sourcesWalk(outside: Outside): (console: Console) => Promise<void> {
  return async (console) => {
    const { server } = console.test;
    await using window = await console.open({ key: server.keys.admin, path: "/console/sources" });
    const { page } = window;
    await page.getByRole("region", { name: "CoinGecko", exact: true }).waitFor();
    await importByMouse(console, window);
    await importByKeyboard(window);
    await fails(console, window, outside);
  };
}

async function importByMouse(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const form = page.getByRole("form", { name: "Import by id" });
  await form.getByRole("button", { name: "Import", exact: true }).click();
  await form.getByRole("alert").getByText("Write at least one id.").waitFor();
  await form.getByLabel("Ids there").fill("bitcoin, no-such-coin");
  await form.getByRole("button", { name: "Import", exact: true }).click();
  const rows = page.getByRole("table", { name: "Products from CoinGecko" });
  await rows
    .getByRole("row", { name: /^bitcoin/ })
    .getByText("Created")
    .waitFor();
  await rows
    .getByRole("row", { name: /no-such-coin/ })
    .getByText("Refused")
    .waitFor();
  await page.getByRole("region", { name: "CoinGecko", exact: true }).getByText("Answers").waitFor();
  await checkState(console, window, "sources-imported");
}

async function importByKeyboard({ page }: Window): Promise<void> {
  const { keyboard } = page;
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Source$/);
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowUp");
  await keyboard.press("Tab");
  await keyboard.type("ethereum");
  await tabTo(page, /^Import$/);
  await keyboard.press("Enter");
  const rows = page.getByRole("table", { name: "Products from CoinGecko" });
  await rows
    .getByRole("row", { name: /^ethereum/ })
    .getByText("Created")
    .waitFor();
}

async function fails(console: Console, window: Window, outside: Outside): Promise<void> {
  const { page } = window;
  const source = page.getByRole("region", { name: "CoinGecko", exact: true });
  outside.faults.coingecko = { kind: "html" };
  await source.getByRole("button", { name: "Refresh" }).click();
  await source.getByText("The last attempt failed").waitFor({ timeout: 30_000 });
  await checkState(console, window, "sources-failing");
  delete outside.faults.coingecko;
  await source.getByRole("button", { name: "Refresh" }).click();
  await source.getByText("The last attempt failed").waitFor({ state: "detached", timeout: 30_000 });
  await source.getByText("Answers").waitFor();
}
