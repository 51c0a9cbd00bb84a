/** Reads the book as its clients do and says where it is wrong. */
import { setTimeout as sleep } from "node:timers/promises";
import { stock, verificationPages, type LogEvent, type Stock } from "../../scripts/answers.ts";
import type { ApiClient } from "../../scripts/api-client.ts";
import { LogCheck } from "../../scripts/retail/log-check.ts";
import { readStocks } from "./products.ts";

const POLL_MS = 250;

/**
 * Waits until the list shows every product at the version its object has, or the bound is over. The findings
 * say where list and object still differ.
 */
export async function waitForBook(
  api: ApiClient,
  productIds: string[],
  timeoutMs: number,
): Promise<{ waitedMs: number; findings: string[] }> {
  const startedAt = performance.now();
  for (;;) {
    const findings = await listDifferences(api, productIds);
    const waitedMs = Math.round(performance.now() - startedAt);
    if (findings.length === 0 || waitedMs > timeoutMs) return { waitedMs, findings };
    await sleep(POLL_MS);
  }
}

/** Of the whole log: it holds together, begins with offset 1 and ends every product as its object has it. */
export function eventFindings(events: LogEvent[], stocks: Iterable<Stock>): string[] {
  const stockById = new Map([...stocks].map((one) => [one.productId, one]));
  const log = new LogCheck(new Set(stockById.keys()));
  if (events[0]?.offset !== 1) log.findings.push(`the log begins with offset ${events[0]?.offset}`);
  for (const event of events) log.add(event);
  for (const [productId, { onHand, reserved, version }] of stockById) {
    const replayed = log.byId.get(productId);
    if (replayed?.version !== version || replayed.onHand !== onHand || replayed.reserved !== reserved)
      log.findings.push(`${productId}: its events come to ${JSON.stringify(replayed)}, version ${version}`);
  }
  return log.findings;
}

/** What the verifier finds: object, replayed events and the book's rows of every product. */
export async function verifyFindings(api: ApiClient): Promise<{ checked: number; findings: string[] }> {
  const pages = await Array.fromAsync(verificationPages(api));
  return {
    checked: pages.reduce((sum, page) => sum + page.checked, 0),
    findings: pages.flatMap(({ items }) =>
      items.flatMap(({ productId, differences }) =>
        differences.map((difference) => `${productId}: ${JSON.stringify(difference)}`),
      ),
    ),
  };
}

async function listDifferences(api: ApiClient, productIds: string[]): Promise<string[]> {
  const listed = await Array.fromAsync(api.pages(stock, "/v1/inventory"));
  const listedById = new Map(listed.map((one) => [one.productId, JSON.stringify(one)]));
  return [...(await readStocks(api, productIds))].flatMap(([productId, one]) => {
    const object = JSON.stringify(one);
    const inList = listedById.get(productId);
    return inList === object ? [] : [`${productId}: the list says ${inList}, the object ${object}`];
  });
}
