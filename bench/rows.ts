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
import { COUNT_NAMES, type Counts } from "./counts.ts";
import { API_KEY } from "./keys.ts";
import { startHoldfast, type Holdfast } from "./stage.ts";

const POLL_MS = 50;
/** So many in a row have seen no object awake. */
const QUIET_LOOKS = 5;
const SETTLE_TIMEOUT_MS = 60_000;
const MANY = 1000;
const AT_ONCE = 50;
/** Products, by which each shard has some. */
const WARMED = 24;
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
export type Life = z.infer<typeof life>;
const life = z.object({
  reserve: counts,
  reserveSettled: counts,
  confirm: counts,
  confirmSettled: counts,
  aged: counts,
});

/** The counts are totals over the holds. */
export type Lived = z.infer<typeof lived>;
const lived = z.object({ name: z.string(), holds: z.number(), life });

export type Refusals = z.infer<typeof refusals>;
const refusals = z.object({
  refused: z.number(),
  /** By the product, its ledger and the book. */
  rowsWritten: z.number(),
  alarmsSet: z.number(),
  /** By the objects that add up what was refused and measured. */
  rowsOfCounts: z.number(),
});

export type RowCounts = z.infer<typeof rowCounts>;
export const rowCounts = z.object({ lives: z.array(lived), refusals });

/** `bundle`: of workers/counting.ts. */
export async function countRows(bundle: Bundle): Promise<RowCounts> {
  await using holdfast = await startHoldfast("counting", bundle);
  const counter = new Counter(holdfast);
  // Alarms are then set far from now: they run when a life has come so far, not in between.
  await holdfast.api.call("POST /bench/forward", { body: DAY_MS });
  await counter.warm();
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

  /** What is made once, however many orders there are: the tables of the order index, in each of its shards. */
  async warm(): Promise<void> {
    for (let n = 0; n < WARMED; n += 1) {
      const productId = `WARM-${n}`;
      await this.#admin.call("POST /v1/inventory", { body: { productId, initialQuantity: 1 } });
      const body = { quantity: 1, orderId: `warm-${n}` };
      await this.#shop.call(`POST /v1/inventory/${productId}/reserve`, { body });
    }
    await this.#settle();
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
      rowsOfCounts: settled.otherRows + settled.otherAlarms,
    };
  }

  /** A product whose own beginnings are settled and forgotten. */
  async #create(productId: string, initialQuantity: number): Promise<void> {
    const payload = { body: { productId, initialQuantity }, key: this.#key() };
    await this.#admin.call("POST /v1/inventory", payload);
    await this.#settle();
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

  /** What was counted until no object had anything under way, the meter's flush included. */
  async #settle(): Promise<Counts> {
    const sum = await this.#take();
    const startedAt = performance.now();
    for (let quiet = 0; quiet < QUIET_LOOKS;) {
      if (performance.now() - startedAt > SETTLE_TIMEOUT_MS)
        throw new Error(`${sum.awake} objects never came to rest`);
      await sleep(POLL_MS);
      const more = await this.#take();
      quiet = more.awake === 0 ? quiet + 1 : 0;
      for (const name of COUNT_NAMES) sum[name] += more[name];
      sum.awake = more.awake;
    }
    return sum;
  }
}
