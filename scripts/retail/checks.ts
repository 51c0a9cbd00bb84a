/** Whether a replayed month came out right: by the file, by the log, by Holdfast's own verifier. */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { readEventPage, stock, verificationPages, type Stock } from "../answers.ts";
import type { ApiClient } from "../api-client.ts";
import { startProgress } from "../progress.ts";
import { LogCheck } from "./log-check.ts";
import type { Plan } from "./plan.ts";
import type { Done } from "./replay.ts";

const POLL_MS = 250;
/** The book may be this far behind the objects, without a new event. */
const BOOK_TIMEOUT_MS = 60_000;

export interface Check {
  name: string;
  about: string;
  findings: string[];
}

interface Replayed {
  plan: Plan;
  done: Done;
  /** The file's own sum. */
  sumById: Map<string, number>;
  api: ApiClient;
  concurrency: number;
}

type StockById = Map<string, Stock>;

export async function runChecks({ plan, done, sumById, api, concurrency }: Replayed): Promise<Check[]> {
  const progress = startProgress("stock read", plan.products.length);
  const stockById: StockById = new Map();
  await pLimit(concurrency).map(plan.products, async ({ productId }) => {
    stockById.set(productId, await api.read(stock, `GET /v1/inventory/${productId}`));
    progress.update(stockById.size);
  });
  progress.end(stockById.size);
  return [
    checkStock(plan.products, stockById, sumById),
    await checkLog(stockById, done, api),
    await checkVerifier(plan.products.length, api),
  ];
}

/** (a) What each product's object says, against the opening stock and the file's own sum. */
function checkStock(products: Plan["products"], stockById: StockById, sumById: Map<string, number>): Check {
  const findings: string[] = [];
  let units = 0;
  for (const { productId, opening } of products) {
    const expected = opening + (sumById.get(productId) ?? 0);
    const found = stockById.get(productId);
    units += found?.onHand ?? 0;
    if (found?.onHand !== expected || found.available !== expected || found.reserved !== 0)
      findings.push(`${JSON.stringify(found ?? productId)}; the file leaves ${expected}`);
  }
  const unplanned = [...sumById.keys()].filter((productId) => !stockById.has(productId));
  findings.push(...unplanned.map((productId) => `${productId} is in the file, not in the plan`));
  const about = `${products.length} products with ${units} units on hand, by opening stock and the file's own sum`;
  return { name: "final stock", about, findings };
}

/** (b) The whole log: it holds together, adds up to what the objects say, and has every step once. */
async function checkLog(stockById: StockById, done: Done, api: ApiClient): Promise<Check> {
  const log = new LogCheck(new Set(stockById.keys()));
  const { findings } = log;
  const { events, complete } = await readLog(log, stockById, api);
  if (!complete) findings.push(`the book did not catch up within ${BOOK_TIMEOUT_MS / 1000} s`);
  for (const [productId, { onHand, reserved, version }] of stockById) {
    const replayed = log.byId.get(productId);
    if (replayed?.onHand === onHand && replayed.reserved === reserved && replayed.version === version)
      continue;
    const object = JSON.stringify({ onHand, reserved, version });
    findings.push(`${productId}: the object says ${object}, its events ${JSON.stringify(replayed)}`);
  }
  const expected = {
    "product.created": done.products,
    "stock.adjusted": Object.values(done.adjustments).reduce((sum, count) => sum + count, done.receipts),
    "reservation.held": done.holds,
    "reservation.confirmed": done.confirms,
    "reservation.returned": done.returns,
    "reservation.released": 0,
    "reservation.expired": 0,
  };
  for (const [type, count] of Object.entries(expected)) {
    const found = log.countByType.get(type) ?? 0;
    if (found !== count) findings.push(`the log has ${found} ${type}, the replay did ${count}`);
  }
  return {
    name: "replay of the book",
    about: `${events} events, offsets and versions without gap or repeat`,
    findings,
  };
}

async function readLog(log: LogCheck, stockById: StockById, api: ApiClient) {
  const versionById = new Map([...stockById].map(([id, { version }]) => [id, version]));
  const total = versionById.values().reduce((sum, version) => sum + version, 0);
  const progress = startProgress("events", total);
  let events = 0;
  let offset: number | undefined;
  let lastEventAt = performance.now();
  for (;;) {
    const page = await readEventPage(api, offset);
    for (const event of page.events) log.add(event);
    events += page.events.length;
    offset = page.nextOffset;
    progress.update(events);
    if (page.events.length > 0) lastEventAt = performance.now();
    if (page.hasMore) continue;
    const complete = log.reaches(versionById);
    if (complete || performance.now() - lastEventAt > BOOK_TIMEOUT_MS) {
      progress.end(events);
      return { events, complete };
    }
    await sleep(POLL_MS);
  }
}

/** (c) Holdfast's own verifier. It looks at all products there are, be they of this replay or not. */
async function checkVerifier(products: number, api: ApiClient): Promise<Check> {
  const progress = startProgress("verified", products);
  const findings: string[] = [];
  let checked = 0;
  for await (const page of verificationPages(api)) {
    const differing = page.items.filter(({ differences }) => differences.length > 0);
    findings.push(...differing.map((item) => JSON.stringify(item)));
    if (page.differences !== 0 && differing.length === 0)
      findings.push(`${page.differences} differences unnamed`);
    checked += page.checked;
    progress.update(checked);
  }
  progress.end(checked);
  if (checked < products) findings.push(`${checked} of ${products} products were looked at`);
  const about = `${checked} products compared with their events and the book`;
  return { name: "the verifier", about, findings };
}
