/** What the browser has to load: as the build reckons it, and as it really came for the first page and for every later one. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PROJECT_DIRECTORY } from "../../../scripts/wrangler.ts";
import { isLong } from "./states.ts";
import type { Console, Window } from "./window.ts";

const FIRST_PAGE_KIB = 60;
const LATER_PAGE_KIB = 12;

export async function walkSizes(console: Console): Promise<void> {
  const { test } = console;
  const { say, expect, server } = test;
  // Throws when something is over its budget.
  const built = execFileSync(process.execPath, [join(PROJECT_DIRECTORY, "scripts", "build-console.ts")]);
  for (const line of built.toString().trim().split("\n")) say(`build: ${line}`);

  await using window = await console.open();
  const { page } = window;
  const kib = kibLoaded(window);
  await page.evaluate((key) => sessionStorage.setItem("holdfast.key", key), server.keys.admin);
  await page.reload({ waitUntil: "networkidle" });
  await page.locator("tbody tr .value").first().waitFor();
  const first = await kib();
  say(`loaded: ${first.toFixed(1)} of ${FIRST_PAGE_KIB} KiB gzipped for the first page`);
  expect(first > 10 && first <= FIRST_PAGE_KIB, `the first page took ${first.toFixed(1)} KiB`);

  const links = await page
    .locator(".side nav a")
    .evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  const paths = isLong(test) ? links : ["/console/holds"];
  for (const path of [...paths, "/console/products/WALK-HOLDS"]) {
    await page.goto("/", { waitUntil: "networkidle" });
    await kib();
    await page.evaluate((to) => {
      const link = document.createElement("a");
      link.href = to ?? "";
      document.querySelector("main")?.append(link);
      link.click();
    }, path);
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(300);
    const later = await kib();
    expect(later <= LATER_PAGE_KIB, `${path} took ${later.toFixed(1)} KiB of ${LATER_PAGE_KIB}`);
    say(`loaded: ${later.toFixed(1)} of ${LATER_PAGE_KIB} KiB gzipped for ${path}`);
  }
}

async function gzippedKib(url: string): Promise<number> {
  const answer = await fetch(url);
  return gzipSync(await answer.arrayBuffer()).length / 1024;
}

/** What of the console has come since it was last asked. Gzipped here: a local server may send it as it is. */
function kibLoaded({ page }: Window): () => Promise<number> {
  const seen = new Set<string>();
  let coming: Promise<number>[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    const isOurs = pathname === "/" || pathname.startsWith("/console/assets/");
    if (!isOurs || seen.has(pathname) || response.status() !== 200) return;
    seen.add(pathname);
    // Its own body is gone as soon as the page goes on to another.
    coming.push(gzippedKib(response.url()));
  });
  return async () => {
    const sizes = await Promise.all(coming);
    coming = [];
    return sizes.reduce((sum, size) => sum + size, 0);
  };
}
