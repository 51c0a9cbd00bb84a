/**
 * Changes in quick succession: 500 rows are loaded, 100 of them on the screen, and 50 changes a second come to those. What is
 * shown in the end is what the service has; no task of the page is long; and the page leaves the processor to others.
 *
 * What the page's own thread uses is counted in time of the processor, not of the clock, so that waiting for a busy machine does
 * not count. What else a busy machine does to it (caches, a core that is shared) only makes it more: one of some rounds is to be
 * within bounds. A quiet machine measures 63 to 97 ms a second. How long a task takes is known by the clock alone, and has slack:
 * the design asks for 50 ms.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CDPSession } from "playwright-core";
import { z } from "zod";
import { numbered, readStocks } from "../products.ts";
import { mark } from "./reading.ts";
import type { Console, Window } from "./window.ts";

const ROWS = 500;
const SHOWN = 100;
const CHANGES_PER_SECOND = 50;
const MIN_CHANGES_PER_SECOND = 40;
const STEP_MS = 200;
const SECONDS = 10;
const MAX_TASK_MS = 200;
const MAX_CPU_MS_PER_SECOND = 100;
const MAX_ROUNDS = 3;
const SETTLE_MS = 15_000;

const PRODUCT_IDS = numbered("FAST", ROWS).map((id) => id.replace(/\d+$/, (nth) => nth.padStart(3, "0")));
const performanceMetrics = z.object({ metrics: z.array(z.object({ name: z.string(), value: z.number() })) });

export async function walkLoad(console: Console): Promise<void> {
  const { test } = console;
  const { api, server, expect, find } = test;
  const products = PRODUCT_IDS.map((productId) => ({ productId, name: productId, initialQuantity: 1000 }));
  for (let from = 0; from < ROWS; from += 100)
    await api.call("POST /v1/admin/products/create", {
      body: { products: products.slice(from, from + 100) },
    });

  const viewport = { width: 1280, height: 140 + SHOWN * 44 };
  await using window = await console.open({ key: server.keys.admin, path: "/?q=FAST", viewport });
  const { page } = window;
  await mark(page, "Live");
  for (let rows = 100; rows < ROWS; rows += 100) {
    await page.locator(".load-more button").click();
    await page
      .locator("tbody tr")
      .nth(rows + 99)
      .waitFor();
  }
  await page.evaluate(() => scrollTo(0, 0));
  const shownIds = await page.locator("tbody tr .names .small").allTextContents();
  expect(shownIds.length === ROWS, `${shownIds.length} rows are shown`);

  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const measured = () => underChanges(console, { window, session, productIds: shownIds.slice(0, SHOWN) });
  let faults = faultsOf(await measured());
  for (let round = 1; faults.length > 0 && round < MAX_ROUNDS; round += 1)
    faults = faultsOf(await measured());
  find(faults);
  await lastIsShown(console, window);
}

interface Round {
  changesPerSecond: number;
  longestMs: number;
  /** Of the page's own thread. */
  cpuMsPerSecond: number;
}

function faultsOf({ changesPerSecond, longestMs, cpuMsPerSecond }: Round): string[] {
  return [
    ...(changesPerSecond < MIN_CHANGES_PER_SECOND
      ? [`only ${changesPerSecond.toFixed(1)} changes a second`]
      : []),
    ...(longestMs > MAX_TASK_MS ? [`a task took ${longestMs} ms`] : []),
    ...(cpuMsPerSecond > MAX_CPU_MS_PER_SECOND
      ? [`${cpuMsPerSecond.toFixed(0)} ms of processor a second`]
      : []),
  ];
}

async function underChanges(
  { test: { api, say } }: Console,
  { window: { page }, session, productIds }: { window: Window; session: CDPSession; productIds: string[] },
): Promise<Round> {
  await page.evaluate(() => {
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
    const tasks: PerformanceEntry[] = [];
    observer.observe({ entryTypes: ["longtask"] });
    Object.assign(globalThis, { tasks });
  });
  // What opening the page began has ended by then.
  await sleep(2000);
  const startedAt = performance.now();
  const before = await cpuMs(session);
  const perStep = (CHANGES_PER_SECOND * STEP_MS) / 1000;
  let changes = 0;
  for (let step = 0; step < (SECONDS * 1000) / STEP_MS; step += 1) {
    const from = (step * perStep) % productIds.length;
    const operations = productIds.slice(from, from + perStep).map((productId) => {
      const delta = step % 3 === 0 ? 2 : -1;
      return { op: "adjust", productId, delta, type: "correction", reason: "changes in quick succession" };
    });
    await api.call("POST /v1/inventory/bulk", { body: { operations } });
    changes += operations.length;
    await sleep(Math.max(0, startedAt + (step + 1) * STEP_MS - performance.now()));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await cpuMs(session);
  const durations = z
    .array(z.number())
    .parse(await page.evaluate("tasks.map(({ duration }) => Math.round(duration))"));
  const changesPerSecond = changes / seconds;
  const longestMs = Math.max(0, ...durations);
  const cpuMsPerSecond = (after.thread - before.thread) / seconds;
  const processMsPerSecond = (after.process - before.process) / seconds;
  say(
    `load: ${changesPerSecond.toFixed(1)} changes a second; ${durations.length} tasks over 50 ms, the longest ${longestMs} ms; ` +
      `${cpuMsPerSecond.toFixed(0)} ms of processor a second (${processMsPerSecond.toFixed(0)} with its other threads)`,
  );
  return { changesPerSecond, longestMs, cpuMsPerSecond };
}

/** What the page's own thread, and its whole process, have used since they began. */
async function cpuMs(session: CDPSession): Promise<{ thread: number; process: number }> {
  const { metrics } = performanceMetrics.parse(await session.send("Performance.getMetrics"));
  const ms = (wanted: string) => (metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN) * 1000;
  return { thread: ms("ThreadTime"), process: ms("ProcessTime") };
}

/** What is shown is soon what the service has, in every row. */
async function lastIsShown({ test: { api, expect } }: Console, { page }: Window): Promise<void> {
  const shownIds = await page.locator("tbody tr .names .small").allTextContents();
  const stocks = await readStocks(api, shownIds.slice(0, SHOWN));
  const wrong = async () => {
    const shown = await page.locator("tbody tr td.strong").allTextContents();
    return shownIds.slice(0, SHOWN).flatMap((id, row) => {
      const available = stocks.get(id)?.available.toLocaleString("en-US");
      return shown[row] === available ? [] : [`${id}: ${shown[row]} is shown, ${available} are available`];
    });
  };
  const deadline = performance.now() + SETTLE_MS;
  let found = await wrong();
  while (found.length > 0 && performance.now() < deadline) {
    await sleep(200);
    found = await wrong();
  }
  expect(found.length === 0, found.join("; "));
}
