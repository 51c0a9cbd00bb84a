/** Whether a replayed month came out right: by the file, by the log, by Holdfast's own verifier. */
import { setTimeout as sleep } from "node:timers/promises";
import { LogCheck } from "./log-check.mjs";
import { withTimeLeft } from "./replay.mjs";
import { runInTurns } from "./turns.mjs";

const EVENT_PAGE_SIZE = 1000;
const POLL_MS = 250;
/** The book may be this far behind the objects, without a new event. */
const BOOK_TIMEOUT_MS = 60_000;

/**
 * @typedef {import("./caller.mjs").Caller} Caller
 * @typedef {{ name: string, about: string, findings: string[], skipped?: boolean }} Check
 */

/**
 * @param {{
 *   plan: import("./plan.mjs").Plan,
 *   done: import("./replay.mjs").Done,
 *   sumById: Map<string, number>,
 *   caller: Caller,
 *   concurrency: number,
 * }} replayed `sumById`: the file's own sum
 * @returns {Promise<Check[]>}
 */
export async function runChecks({ plan, done, sumById, caller, concurrency }) {
  const stockById = await readStock(plan.products, { caller, concurrency });
  return [
    checkStock(plan.products, { stockById, sumById }),
    await checkLog(stockById, { done, caller }),
    await checkVerifier(plan.products.length, caller),
  ];
}

async function readStock(products, { caller, concurrency }) {
  const stockById = new Map();
  const progress = withTimeLeft("stock read", products.length);
  await runInTurns(products, {
    limit: concurrency,
    productsOf: ({ productId }) => [productId],
    work: async ({ productId }) => {
      stockById.set(productId, await caller.get(`/v1/inventory/${productId}`));
      progress.update(stockById.size);
    },
  });
  progress.end(stockById.size);
  return stockById;
}

/** (a) What each product's object says, against the opening stock and the file's own sum. */
function checkStock(products, { stockById, sumById }) {
  const findings = [];
  let units = 0;
  for (const { productId, opening } of products) {
    const expected = opening + (sumById.get(productId) ?? 0);
    const { onHand, reserved, available } = stockById.get(productId);
    units += onHand;
    if (onHand !== expected || available !== expected || reserved !== 0) {
      const told = `onHand ${onHand}, reserved ${reserved}, available ${available}`;
      findings.push(`${productId}: ${told}; the file leaves ${expected}`);
    }
  }
  const unplanned = [...sumById.keys()].filter((productId) => !stockById.has(productId));
  findings.push(...unplanned.map((productId) => `${productId} is in the file, not in the plan`));
  const about = `${products.length} products with ${units} units on hand, by opening stock and the file's own sum`;
  return { name: "final stock", about, findings };
}

/** (b) The whole log: it holds together, adds up to what the objects say, and has every step once. */
async function checkLog(stockById, { done, caller }) {
  const versionById = new Map([...stockById].map(([id, { version }]) => [id, version]));
  const log = new LogCheck(new Set(versionById.keys()));
  const { events, complete } = await readLog(log, { versionById, caller });
  const findings = log.findings;
  if (!complete) findings.push(`the book did not catch up within ${BOOK_TIMEOUT_MS / 1000} s`);
  for (const [productId, { onHand, reserved, version }] of stockById) {
    const replayed = log.byId.get(productId);
    if (replayed?.onHand === onHand && replayed.reserved === reserved && replayed.version === version)
      continue;
    const truth = JSON.stringify({ onHand, reserved, version });
    findings.push(`${productId}: the object says ${truth}, its events ${JSON.stringify(replayed)}`);
  }
  const adjustments = Object.values(done.adjustments).reduce((sum, count) => sum + count, done.receipts);
  const expected = [
    ["product.created", done.products],
    ["stock.adjusted", adjustments],
    ["reservation.held", done.holds],
    ["reservation.confirmed", done.confirms],
    ["reservation.returned", done.returns],
    ["reservation.released", 0],
    ["reservation.expired", 0],
  ];
  for (const [type, count] of expected) {
    const found = log.countByType.get(type) ?? 0;
    if (found !== count) findings.push(`the log has ${found} ${type}, the replay did ${count}`);
  }
  return {
    name: "replay of the book",
    about: `${events} events, offsets and versions without gap or repeat`,
    findings,
  };
}

async function readLog(log, { versionById, caller }) {
  const total = [...versionById.values()].reduce((sum, version) => sum + version, 0);
  const progress = withTimeLeft("events", total);
  let events = 0;
  let from = "";
  let newsAt = performance.now();
  for (;;) {
    const page = await caller.get(`/v1/inventory/events?limit=${EVENT_PAGE_SIZE}${from}`);
    for (const event of page.events) log.add(event);
    events += page.count;
    from = `&offset=${page.nextOffset}`;
    progress.update(events);
    if (page.count > 0) newsAt = performance.now();
    if (page.hasMore) continue;
    const complete = log.reaches(versionById);
    if (complete || performance.now() - newsAt > BOOK_TIMEOUT_MS) {
      progress.end(events);
      return { events, complete };
    }
    await sleep(POLL_MS);
  }
}

/** (c) Holdfast's own verifier, page by page. It looks at all products there are, be they of this replay or not. */
async function checkVerifier(products, caller) {
  const name = "the verifier";
  const progress = withTimeLeft("verified", products);
  const findings = [];
  let checked = 0;
  let cursor = null;
  do {
    const { status, body } = await caller.ask("/v1/admin/verify", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(cursor === null ? {} : { cursor }),
    });
    if (status === 404 && body.code === "route_not_found")
      return { name, about: "POST /v1/admin/verify is not available here", findings, skipped: true };
    if (status !== 200) throw new Error(`POST /v1/admin/verify answered ${status}: ${JSON.stringify(body)}`);
    const differing = body.items.filter(({ differences }) => differences.length > 0);
    findings.push(...differing.map((item) => JSON.stringify(item)));
    if (body.differences !== 0 && differing.length === 0)
      findings.push(`${body.differences} differences unnamed`);
    checked += body.checked;
    progress.update(checked);
    cursor = body.nextCursor;
  } while (cursor !== null);
  progress.end(checked);
  if (checked < products) findings.push(`${checked} of ${products} products were looked at`);
  return { name, about: `${checked} products compared with their events and the book`, findings };
}
