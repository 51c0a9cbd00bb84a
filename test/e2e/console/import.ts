/** Files of products: looked at, imported by mouse and by keyboard, with rows that are refused; and one that is cancelled half-way. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { tabTo } from "./reading.ts";
import { checkState, isLong } from "./states.ts";
import type { Console, Window } from "./window.ts";

const HEAD = "productId,name,kind";
const [MANY, MANY_IN_LONG] = [600, 2000];
const BOOK_LAG_MS = 10_000;
const counted = z.object({
  facets: z.object({ kind: z.array(z.object({ value: z.string(), count: z.number() })) }),
});

export async function walkImport(console: Console): Promise<void> {
  const { server } = console.test;
  await using window = await console.open({ key: server.keys.admin, path: "/console/import" });
  await faulty(console, window);
  await byMouse(console, window);
  await byKeyboard(window);
}

function choose({ page }: Window, name: string, text: string): Promise<void> {
  const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
  return page.locator("input[type=file]").setInputFiles(file);
}

async function faulty(console: Console, window: Window): Promise<void> {
  const { page } = window;
  await choose(window, "nothing.csv", "\n");
  await page.getByText("nothing.csv is empty.").waitFor();
  await choose(window, "broken.json", '[{"productId": "ZIMP-BROKEN", ');
  await page.getByText("This is no JSON array").waitFor();
  const button = page.getByRole("button", { name: /^Import/ });
  const disabled = await button.getAttribute("aria-disabled");
  console.test.expect(disabled === "true", "a file that is no JSON can be imported");
  await checkState(console, window, "import-broken");
}

async function byMouse(console: Console, window: Window): Promise<void> {
  const { page } = window;
  const { api, expect } = console.test;
  const rows = ["ZIMP-1,Signal Box,set", "ZIMP 2,Loading Ramp,set", "ZIMP-3,Water Tower,set"];
  await choose(window, "walk.csv", [HEAD, ...rows, ""].join("\n"));
  await page.getByRole("cell", { name: "Loading Ramp" }).waitFor();
  await checkState(console, window, "import-chosen");
  await page.getByRole("button", { name: "Import 3 rows" }).click();
  await page.getByText("Done, and 1 row was refused").waitFor();
  await page.getByRole("row", { name: /ZIMP 2/ }).waitFor();
  await checkState(console, window, "import-refused");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download refused rows" }).click(),
  ]);
  const text = await readFile(await download.path(), "utf8");
  expect(text === `${HEAD}\n${rows[1]}\n`, `the refused rows are ${text}`);
  expect(download.suggestedFilename() === "walk-refused.csv", `it is ${download.suggestedFilename()}`);
  const { status } = await api.ask("GET /v1/products/ZIMP-3");
  expect(status === 200, `an imported product is answered with ${status}`);
}

async function byKeyboard({ page }: Window): Promise<void> {
  const { keyboard } = page;
  // From now on the browser hands choosers over: a listener that is added with the press may be a moment too late.
  page.on("filechooser", () => undefined);
  await page.evaluate(() => document.querySelector("main")?.focus());
  await tabTo(page, /^Choose a file/);
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), keyboard.press("Space")]);
  const rows = [{ productId: "ZIMP-4", name: "Turntable" }].map((row) => JSON.stringify(row));
  await chooser.setFiles({
    name: "keys.ndjson",
    mimeType: "text/plain",
    buffer: Buffer.from(rows.join("\n")),
  });
  await page.getByRole("cell", { name: "Turntable" }).waitFor();
  await tabTo(page, /^Import 1 row$/);
  await keyboard.press("Enter");
  await page.getByText("All 1 row are in.").waitFor();
}

/** The page says how far it came; going on does the rest, and nothing twice. */
export async function walkCancelledImport(console: Console): Promise<void> {
  const { test } = console;
  const { server, expect } = test;
  const count = isLong(test) ? MANY_IN_LONG : MANY;
  const shownCount = count.toLocaleString("en-US");
  await using window = await console.open({ key: server.keys.admin, path: "/console/import" });
  const { page } = window;
  const rows = Array.from({ length: count }, (_, nth) => {
    const productId = `ZMANY-${String(nth).padStart(4, "0")}`;
    return JSON.stringify({ productId, kind: "bulk", name: `One of many, ${nth}` });
  });
  await choose(window, "many.ndjson", rows.join("\n"));
  await page.getByRole("button", { name: `Import ${shownCount} rows` }).click();
  await page.getByRole("heading", { name: "Importing many.ndjson" }).waitFor();
  await page
    .locator(".progress-line")
    .getByText(new RegExp(`^[1-9][\\d,]* of ${shownCount} rows$`))
    .waitFor();
  await page.getByRole("button", { name: "Cancel import" }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel the import of many.ndjson" });
  await dialog.getByRole("button", { name: "Cancel import" }).click();
  const notice = page.getByText(/^Cancelled after [\d,]+ rows?$/);
  await notice.waitFor();
  const done = Number(/[\d,]+/.exec((await notice.textContent()) ?? "")?.[0].replaceAll(",", ""));
  expect(done > 0 && done < count, `it was cancelled after ${done} rows`);
  await checkState(console, window, "import-cancelled");
  const before = await countOfMany(console);
  expect(before > 0 && before < count, `${before} are there after it was cancelled`);
  await page.getByRole("button", { name: `Go on with ${shownCount} rows` }).click();
  await page.getByText(`All ${shownCount} rows are in.`).waitFor({ timeout: 60_000 });
  let after = await countOfMany(console);
  // The list is a moment behind.
  for (let waitedMs = 0; after < count && waitedMs < BOOK_LAG_MS; waitedMs += 200) {
    await sleep(200);
    after = await countOfMany(console);
  }
  expect(after === count, `${after} are there after going on`);
}

async function countOfMany({ test: { api } }: Console): Promise<number> {
  const { facets } = await api.read(counted, "GET /v1/products?kind=bulk&facets=kind&limit=1");
  return facets.kind.find(({ value }) => value === "bulk")?.count ?? 0;
}
