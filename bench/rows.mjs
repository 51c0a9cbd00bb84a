/**
 * Rows written in the life of a hold, by the platform's own counters: reserved and confirmed under keys, projected,
 * remembered, pruned. Alone, with everything settled between the steps, and as one of a thousand. See counting-worker.ts.
 */
import { progress } from "./progress.mjs";
import { ADMIN_KEY, API_KEY } from "./site.mjs";
import { SOLD_OUT_PRODUCT, startHoldfast } from "./stage.mjs";

const QUIET_MS = 700;
const ASK_EVERY_MS = 50;
const MANY = 1000;
const AT_ONCE = 50;
const REFUSALS = 500;
const DAY_MS = 86_400_000;
/** Past the longest memory of an object: the keys' and the resolved reservations'. */
const LIFE_DAYS = 400;
const MOST_ALARMS = 20_000;

/** @typedef {Record<string, number>} Counts see counters.ts */
/** @typedef {{ reserve: Counts, reserveSettled: Counts, confirm: Counts, confirmSettled: Counts, aged: Counts }} Life */

/**
 * @typedef {object} RowCounts
 * @property {{ bare: Life, withOrder: Life }} alone
 * @property {{ holds: number, life: Life }} many totals over all holds
 * @property {{ refused: number, rowsWritten: number, alarmsSet: number }} refusals
 */

/** @param {import("./build.mjs").Bundle} bundle of counting-worker.ts @returns {Promise<RowCounts>} */
export async function countRows(bundle) {
  const { site } = await startHoldfast("counting", bundle);
  try {
    const counter = new Counter(site);
    // Alarms are then set far from now: they run when a life has come so far, not in between.
    await counter.forward(DAY_MS);
    progress("rows: a bare hold");
    const bare = await counter.live("ROWS-BARE", [{ quantity: 1 }]);
    progress("rows: a hold with an order");
    const withOrder = await counter.live("ROWS-ORDER", [{ quantity: 1, orderId: "order-1" }]);
    progress(`rows: ${MANY} holds with orders on one product`);
    const holds = Array.from({ length: MANY }, (_, index) => ({ quantity: 1, orderId: `order-${index}` }));
    const many = await counter.live("ROWS-MANY", holds);
    progress(`rows: ${REFUSALS} refusals`);
    const refusals = await counter.refuse();
    return { alone: { bare, withOrder }, many: { holds: MANY, life: many }, refusals };
  } finally {
    await site.stop();
  }
}

class Counter {
  #site;
  #keys = 0;

  /** @param {import("./site.mjs").Site} site */
  constructor(site) {
    this.#site = site;
  }

  /** @param {string} productId @param {object[]} holds bodies of reserve @returns {Promise<Life>} */
  async live(productId, holds) {
    await this.#create(productId, MANY);
    const reserved = await inGroups(holds, (hold) => this.#post(`/v1/inventory/${productId}/reserve`, hold, 201));
    const reserve = await this.#take();
    const reserveSettled = await this.#settle();
    await inGroups(reserved, ({ reservationId }) => this.#post(`/v1/reservations/${reservationId}/confirm`, {}, 200));
    const confirm = await this.#take();
    const confirmSettled = await this.#settle();
    await this.#age(productId);
    return { reserve, reserveSettled, confirm, confirmSettled, aged: await this.#settle() };
  }

  async refuse() {
    await this.#create(SOLD_OUT_PRODUCT, 0);
    const bodies = Array.from({ length: REFUSALS }, (_, index) => ({ quantity: 1, orderId: `order-${index}` }));
    await inGroups(bodies, (body) => this.#post(`/v1/inventory/${SOLD_OUT_PRODUCT}/reserve`, body, 409));
    const counts = await this.#settle();
    const { productRows, ledgerRows, bookRows, otherWrites, productAlarms, ledgerAlarms } = counts;
    return {
      refused: REFUSALS,
      rowsWritten: productRows + ledgerRows + bookRows + otherWrites,
      alarmsSet: productAlarms + ledgerAlarms,
    };
  }

  /** @param {number} milliseconds */
  async forward(milliseconds) {
    await this.#bench("/bench/forward", milliseconds);
  }

  /** A product whose own beginnings are settled and forgotten. @param {string} productId @param {number} initialQuantity */
  async #create(productId, initialQuantity) {
    await this.#post("/v1/inventory", { productId, initialQuantity }, 201);
    await this.#settle(2 * QUIET_MS);
    await this.#age(productId, 2);
    await this.#settle();
  }

  /** @param {string} productId @param {number} [days] */
  async #age(productId, days = LIFE_DAYS) {
    await this.#bench("/bench/live", { productId, days, mostAlarms: MOST_ALARMS });
  }

  /** @returns {Promise<Counts>} since they were last taken */
  #take() {
    return this.#bench("/bench/counts", null);
  }

  /** @param {number} [quietMs] @returns {Promise<Counts>} what was counted until nothing more came for so long */
  async #settle(quietMs = QUIET_MS) {
    const sum = await this.#take();
    let quietSince = performance.now();
    while (performance.now() - quietSince < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      for (const [name, count] of Object.entries(await this.#take())) {
        if (count !== 0) quietSince = performance.now();
        sum[name] += count;
      }
    }
    return sum;
  }

  /** @param {string} path @param {unknown} body */
  async #bench(path, body) {
    const answer = await fetch(new URL(path, this.#site.url), { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** @param {string} path @param {object} body @param {number} expect */
  async #post(path, body, expect) {
    const key = path === "/v1/inventory" ? ADMIN_KEY : API_KEY;
    const headers = { "X-API-Key": key, "Idempotency-Key": `rows-${this.#keys++}`, "Content-Type": "application/json" };
    const answer = await fetch(new URL(path, this.#site.url), { method: "POST", headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (answer.status !== expect) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }
}

/**
 * @template In, Out
 * @param {In[]} items @param {(item: In) => Promise<Out>} work @returns {Promise<Out[]>} in the order of the items
 */
async function inGroups(items, work) {
  const done = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    done.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return done;
}
