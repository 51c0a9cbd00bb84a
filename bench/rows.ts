/**
 * Rows written in the life of a hold, by the platform's own counters: reserved and confirmed under keys,
 * projected, remembered, pruned. Alone, with everything settled between the steps, and as one of a thousand.
 * See workers/counting.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { z } from "zod";
import { reservation } from "../scripts/answers.ts";
import { ApiClient } from "../scripts/api-client.ts";
import { logProgress } from "../scripts/progress.ts";
import type { Bundle } from "./build.ts";
import { COUNT_NAMES, READS, type Counts } from "./counts.ts";
import { API_KEY } from "./keys.ts";
import { startHoldfast, type Holdfast } from "./stage.ts";

const QUIET_MS = 700;
const POLL_MS = 50;
const MANY = 1000;
const AT_ONCE = 50;
/** More than all holds take: no threshold is crossed, which would be an event of its own. */
const PLENTY = 10 * MANY;
const REFUSALS = 500;
const DAY_MS = 86_400_000;
/** Past the longest memory of an object: the keys' and the resolved reservations'. */
const LIFE_DAYS = 400;
/** A year of waking once a day would still be counted to the end. */
const MOST_ALARMS = 500;

const counts = z.record(z.enum(COUNT_NAMES), z.number());

/** When answered, and until everything had settled; at last when the object has forgotten the hold. */
export interface Life {
  reserve: Counts;
  reserveSettled: Counts;
  confirm: Counts;
  confirmSettled: Counts;
  aged: Counts;
}

/** The counts are totals over the holds. */
export interface Lived {
  name: string;
  holds: number;
  life: Life;
}

export interface Refusals {
  refused: number;
  rowsWritten: number;
  alarmsSet: number;
}

export interface RowCounts {
  lives: Lived[];
  refusals: Refusals;
}

/** `bundle`: of workers/counting.ts. */
export async function countRows(bundle: Bundle): Promise<RowCounts> {
  await using holdfast = await startHoldfast("counting", bundle);
  const counter = new Counter(holdfast);
  // Alarms are then set far from now: they run when a life has come so far, not in between.
  await holdfast.api.call("POST /bench/forward", { body: DAY_MS });
  const manyHolds = Array.from({ length: MANY }, (_, index) => ({ quantity: 1, orderId: `order-${index}` }));
  const lives = [
    await counter.live("a bare hold, alone", [{ quantity: 1 }]),
    await counter.live("a hold with an order, alone", [{ quantity: 1, orderId: "order-1" }]),
    await counter.live(`one of ${MANY} holds with orders`, manyHolds),
  ];
  return { lives, refusals: await counter.refuse() };
}

class Counter {
  readonly #admin: ApiClient;
  readonly #shop: ApiClient;
  readonly #limit = pLimit(AT_ONCE);
  #keys = 0;

  constructor({ api, server }: Holdfast) {
    this.#admin = api;
    this.#shop = new ApiClient({ url: server.url, apiKey: API_KEY });
  }

  /** `holds`: bodies of reserve. */
  async live(name: string, holds: object[]): Promise<Lived> {
    logProgress(`rows: ${name}`);
    const productId = `ROWS-${this.#keys}`;
    await this.#create(productId, PLENTY);
    const reserved = await this.#limit.map(holds, (body) =>
      this.#shop.read(reservation, `POST /v1/inventory/${productId}/reserve`, { body, key: this.#key() }),
    );
    const reserve = await this.#take();
    const reserveSettled = await this.#settle();
    await this.#limit.map(reserved, ({ reservationId }) =>
      this.#shop.call(`POST /v1/reservations/${reservationId}/confirm`, { body: {}, key: this.#key() }),
    );
    const confirm = await this.#take();
    const confirmSettled = await this.#settle();
    await this.#age(productId, LIFE_DAYS);
    const aged = await this.#settle();
    return { name, holds: holds.length, life: { reserve, reserveSettled, confirm, confirmSettled, aged } };
  }

  async refuse(): Promise<Refusals> {
    logProgress(`rows: ${REFUSALS} refusals`);
    await this.#create("ROWS-GONE", 0);
    const orderIds = Array.from({ length: REFUSALS }, (_, index) => `order-${index}`);
    await this.#limit.map(orderIds, async (orderId) => {
      const payload = { body: { quantity: 1, orderId }, key: this.#key() };
      const { status } = await this.#shop.ask("POST /v1/inventory/ROWS-GONE/reserve", payload);
      if (status !== 409) throw new Error(`a reserve of nothing was answered ${status}`);
    });
    const settled = await this.#settle();
    const { productRows, ledgerRows, bookRows, otherWrites, productAlarms, ledgerAlarms } = settled;
    return {
      refused: REFUSALS,
      rowsWritten: productRows + ledgerRows + bookRows + otherWrites,
      alarmsSet: productAlarms + ledgerAlarms,
    };
  }

  /** A product whose own beginnings are settled and forgotten. */
  async #create(productId: string, initialQuantity: number): Promise<void> {
    const payload = { body: { productId, initialQuantity }, key: this.#key() };
    await this.#admin.call("POST /v1/inventory", payload);
    await this.#settle(2 * QUIET_MS);
    await this.#age(productId, 2);
    await this.#settle();
  }

  #key(): string {
    return `rows-${this.#keys++}`;
  }

  async #age(productId: string, days: number): Promise<void> {
    await this.#admin.call("POST /bench/live", { body: { productId, days, mostAlarms: MOST_ALARMS } });
  }

  /** Since they were last taken. */
  #take(): Promise<Counts> {
    return this.#admin.read(counts, "POST /bench/counts");
  }

  /** What was counted until nothing more came for so long. */
  async #settle(quietMs = QUIET_MS): Promise<Counts> {
    const sum = await this.#take();
    let quietSince = performance.now();
    while (performance.now() - quietSince < quietMs) {
      await sleep(POLL_MS);
      const more = await this.#take();
      for (const name of COUNT_NAMES) {
        if (more[name] !== 0 && !READS.has(name)) quietSince = performance.now();
        sum[name] += more[name];
      }
    }
    return sum;
  }
}
