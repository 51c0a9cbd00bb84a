/**
 * Rows written in the life of a hold, by the platform's own counters: reserved and confirmed under keys,
 * projected, remembered, pruned. Alone, with everything settled between the steps, and as one of a thousand.
 * See counting-worker.ts.
 */
import { progress } from "./progress.mjs";
import { ADMIN_KEY, API_KEY } from "./site.mjs";
import { startHoldfast } from "./stage.mjs";

const QUIET_MS = 700;
const ASK_EVERY_MS = 50;
const MANY = 1000;
const AT_ONCE = 50;
/** More than all holds take: no edge is crossed, which would be an event of its own. */
const PLENTY = 10 * MANY;
const REFUSALS = 500;
const DAY_MS = 86_400_000;
/** Past the longest memory of an object: the keys' and the resolved reservations'. */
const LIFE_DAYS = 400;
/** A year of waking once a day would still be counted to the end. */
const MOST_ALARMS = 500;

/** @typedef {import("./counters").Counters} Counts */
/**
 * @typedef {{ reserve: Counts, reserveSettled: Counts, confirm: Counts, confirmSettled: Counts, aged: Counts
 * }} Life
 */

/** @typedef {{ name: string, holds: number, life: Life }} Lived the counts are totals over the holds */

/**
 * @typedef {object} RowCounts
 * @property {Lived[]} lives
 * @property {{ refused: number, rowsWritten: number, alarmsSet: number }} refusals
 */

/** @param {import("./build.mjs").Bundle} bundle of counting-worker.ts @returns {Promise<RowCounts>} */
export async function countRows(bundle) {
  const { site } = await startHoldfast("counting", bundle);
  try {
    const counter = new Counter(site);
    // Alarms are then set far from now: they run when a life has come so far, not in between.
    await counter.forward(DAY_MS);
    const manyHolds = Array.from({ length: MANY }, (_, index) => ({
      quantity: 1,
      orderId: `order-${index}`,
    }));
    const lives = [
      await counter.live("a bare hold, alone", [{ quantity: 1 }]),
      await counter.live("a hold with an order, alone", [{ quantity: 1, orderId: "order-1" }]),
      await counter.live(`one of ${MANY} holds with orders`, manyHolds),
    ];
    progress(`rows: ${REFUSALS} refusals`);
    return { lives, refusals: await counter.refuse() };
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

  /** @param {string} name @param {object[]} holds bodies of reserve @returns {Promise<Lived>} */
  async live(name, holds) {
    progress(`rows: ${name}`);
    const productId = `ROWS-${this.#keys}`;
    await this.#create(productId, PLENTY);
    const reserved = await inGroups(holds, (hold) =>
      this.#post(`/v1/inventory/${productId}/reserve`, hold, 201),
    );
    const reserve = await this.#take();
    const reserveSettled = await this.#settle();
    await inGroups(reserved, ({ reservationId }) =>
      this.#post(`/v1/reservations/${reservationId}/confirm`, {}, 200),
    );
    const confirm = await this.#take();
    const confirmSettled = await this.#settle();
    await this.#age(productId);
    const aged = await this.#settle();
    return { name, holds: holds.length, life: { reserve, reserveSettled, confirm, confirmSettled, aged } };
  }

  async refuse() {
    await this.#create("ROWS-GONE", 0);
    const bodies = Array.from({ length: REFUSALS }, (_, index) => ({
      quantity: 1,
      orderId: `order-${index}`,
    }));
    await inGroups(bodies, (body) => this.#post(`/v1/inventory/ROWS-GONE/reserve`, body, 409));
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

  /**
   * A product whose own beginnings are settled and forgotten.
   * @param {string} productId @param {number} initialQuantity
   */
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

  /**
   * @param {number} [quietMs] @returns {Promise<Counts>} what was counted until nothing more came for so long
   */
  async #settle(quietMs = QUIET_MS) {
    const sum = await this.#take();
    let quietSince = performance.now();
    while (performance.now() - quietSince < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      const more = await this.#take();
      for (const name of /** @type {(keyof Counts)[]} */ (Object.keys(more))) {
        if (more[name] !== 0) quietSince = performance.now();
        sum[name] += more[name];
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
    const headers = {
      "X-API-Key": key,
      "Idempotency-Key": `rows-${this.#keys++}`,
      "Content-Type": "application/json",
    };
    const answer = await fetch(new URL(path, this.#site.url), {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== expect) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }
}

/**
 * @template In, Out
 * @param {In[]} items @param {(item: In) => Promise<Out>} work
 * @returns {Promise<Out[]>} in the order of the items
 */
async function inGroups(items, work) {
  const done = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    done.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return done;
}
