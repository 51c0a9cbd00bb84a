/**
 * One per order id: the coordinator of an order over several products. It writes down what it is about to do before it does
 * it and goes on by itself after a crash, so an order is held whole or not at all, and sold whole or not at all. It decides
 * nothing about stock; without it, its holds free themselves when their time is up.
 */
import { DurableObject } from "cloudflare:workers";
import pLimit from "p-limit";
import { reservationsOf } from "../../d1/reservations";
import type { Caller } from "../../domain/command";
import { isPassing, mergedRefusal, orderView } from "../../domain/order";
import type { OrderView, ReservationView } from "../../domain/order";
import { reservationId } from "../../domain/ids";
import type { Refusal } from "../../domain/refusal";
import { ORDER_ALARM_MS, ORDER_BACKOFF, ORDER_STEP_TRIES, RESOLVED_RETENTION_MS } from "../../limits";
import { logError } from "../../telemetry/log";
import { backoffMs, retry } from "../flow/backoff";
import { refusalsAhead, takeStep } from "./coordinator";
import { knownOrder } from "./known-order";
import { concerns, endedView, heldFor, isKnown, isUnderWay, newRecord, STATE_BY_STEP } from "./order-record";
import type { Asked, OrderHold, OrderRecord, OrderRequest, UnderWay } from "./order-record";
import { OrderStore } from "./order-store";
import { ProductPort } from "./product-port";

export type OrderAnswer = { ok: true; body: string; replayed: boolean } | { ok: false; refusal: Refusal };

const OVERLOADED: OrderAnswer = { ok: false, refusal: { code: "overloaded" } };

export class OrderObject extends DurableObject<Env> {
  readonly #orderId = this.ctx.id.name ?? "";
  readonly #store = new OrderStore(this.ctx.storage);
  readonly #products = new ProductPort(this.env);
  readonly #oneAtATime = pLimit(1);
  #failures = 0;

  /** Holds every line or none. An id may be used again once nothing of the order is held or sold. */
  hold(request: OrderRequest, asked: Asked): Promise<OrderAnswer> {
    return this.#answer(asked, async () => {
      const known = this.#store.record;
      const exists = known && (await this.#existing(known, asked));
      if (exists) return exists;
      const blank = newRecord(this.#orderId, known, Date.now());
      // Whatever was held before under this id has ended, unless it was held one by one.
      const sinceMs = known && known.holds.length > 0 ? blank.createdAtMs : blank.sinceMs;
      const owner = asked.actor;
      const record: OrderRecord = { ...blank, step: "holding", asked, request, owner, sinceMs };
      const refusals = await this.#ahead(record);
      if (refusals.length === 0) return this.#begin(record);
      this.#store.save({ ...record, step: "failed", refusals });
      this.#rest(record);
      return mergedRefusal(refusals);
    });
  }

  /** Sells what is held, all of it or nothing. */
  confirm(asked: Asked): Promise<OrderAnswer> {
    return this.#answer(asked, () =>
      this.#resolve(asked, (record) => ({
        ...record,
        step: heldFor(record).length === 1 ? "selling" : "pinning",
      })),
    );
  }

  /** Gives back what is still held. */
  release(asked: Asked, reason = "order released"): Promise<OrderAnswer> {
    return this.#answer(asked, () =>
      this.#resolve(asked, (record) => ({ ...record, step: "releasing", reason })),
    );
  }

  /** The order's JSON as its products have it at this moment. */
  async read(caller: Caller): Promise<OrderAnswer> {
    const stored = this.#store.record;
    const busy = stored && isUnderWay(stored) && concerns(stored, caller);
    const known = busy ? stored : await this.#known(caller);
    if ("code" in known) return { ok: false, refusal: known };
    return { ok: true, body: JSON.stringify(await this.#view(known, caller)), replayed: false };
  }

  /** Never throws: an alarm that fails six times is dropped by the platform. */
  override async alarm(): Promise<void> {
    const record = this.#store.record;
    if (!record) return;
    if (!isUnderWay(record)) {
      if (Date.now() >= record.createdAtMs + RESOLVED_RETENTION_MS) await this.#store.forget();
      else this.#rest(record);
      return;
    }
    await this.#oneAtATime(() => this.#settle()).catch((error: unknown) => {
      logError("order not settled", error, { orderId: this.#orderId, step: record.step });
    });
  }

  /**
   * One thing at a time. `begin` either starts something or says why not; what comes of it is answered, once it is settled,
   * and kept under the caller's key.
   */
  #answer(asked: Asked, begin: () => Promise<Refusal | undefined>): Promise<OrderAnswer> {
    const answering = this.#oneAtATime(async (): Promise<OrderAnswer> => {
      await this.#settle();
      const { key } = asked;
      const kept = key && this.#store.kept(key.id);
      if (kept && kept.fingerprint === key.fingerprint) return { ok: true, body: kept.body, replayed: true };
      if (kept) return { ok: false, refusal: { code: "idempotency_key_reused" } };
      const refusal = await begin();
      if (refusal) return { ok: false, refusal };
      await this.#settle();
      const record = this.#store.record;
      if (!record) throw new Error("an order that was settled and is not there");
      if (record.refusals.length > 0) return { ok: false, refusal: mergedRefusal(record.refusals) };
      return { ok: true, body: answerBody(record), replayed: false };
    });
    return answering.catch((error: unknown) => {
      logError("order not settled", error, { orderId: this.#orderId });
      return OVERLOADED;
    });
  }

  /** Why the id cannot be used again; undefined: it can. */
  async #existing(stored: OrderRecord, asked: Asked): Promise<Refusal | undefined> {
    const exists = { code: "order_exists", orderId: this.#orderId } as const;
    if (stored.step === "failed") return undefined;
    if (stored.request && !isKnown(stored, asked)) return exists;
    const known = await this.#known(asked);
    if ("code" in known) return known.code === "order_not_found" ? undefined : known;
    const { state } = await this.#view(known, asked);
    return state === "released" || state === "expired" ? undefined : { ...exists, state };
  }

  async #resolve(asked: Asked, next: (record: OrderRecord) => OrderRecord): Promise<Refusal | undefined> {
    const known = await this.#known(asked);
    if ("code" in known) return known;
    if (known.step === "failed") {
      const why = mergedRefusal(known.refusals);
      return isPassing(why) ? { code: "order_not_found", orderId: this.#orderId } : why;
    }
    const record = next({ ...known, seq: known.seq + 1, asked, refusals: [] });
    const refusals = await this.#ahead(record);
    return refusals.length > 0 ? mergedRefusal(refusals) : this.#begin(record);
  }

  #known(caller: Caller): Promise<OrderRecord | Refusal> {
    return knownOrder(this.env, { orderId: this.#orderId, stored: this.#store.record }, caller);
  }

  #ahead(record: OrderRecord): Promise<Refusal[]> {
    return retry(ORDER_STEP_TRIES, () => refusalsAhead(record, this.#products));
  }

  /** Written down, and the alarm set, before anything is done. */
  #begin(record: OrderRecord): undefined {
    this.#failures = 0;
    this.#store.save(record);
    void this.ctx.storage.setAlarm(Date.now() + ORDER_ALARM_MS);
  }

  /** Takes steps until nothing is under way. Rejects when that cannot be now; the alarm then goes on. */
  async #settle(): Promise<void> {
    let record = this.#store.record;
    if (!record || !isUnderWay(record)) return;
    while (isUnderWay(record)) {
      record = await this.#step(record);
      const done = record.step === "settled" && record.refusals.length === 0;
      this.#store.save(record, done ? answerBody(record) : undefined);
    }
    this.#rest(record);
  }

  async #step(record: UnderWay): Promise<OrderRecord> {
    try {
      return await retry(ORDER_STEP_TRIES, () => takeStep(record, this.#products));
    } catch (error) {
      this.#failures += 1;
      await this.ctx.storage.setAlarm(Date.now() + backoffMs(this.#failures, ORDER_BACKOFF));
      throw error;
    }
  }

  /** The next thing to do is to forget. */
  #rest(record: OrderRecord): void {
    void this.ctx.storage.setAlarm(Math.max(record.createdAtMs + RESOLVED_RETENTION_MS, Date.now() + 1));
  }

  async #view(record: OrderRecord, caller: Caller): Promise<OrderView> {
    const holds = record.holds.filter((hold) => isKnown(hold, caller));
    const seen = await this.#products.readHolds(holds, caller.clamped);
    const gone = seen.flatMap(({ hold, view }) => (view ? [] : [hold]));
    const booked = await this.#booked(gone, caller.clamped);
    const views = seen.flatMap(({ hold, view }) => {
      const last = booked.get(hold.ulid) ?? hold.view;
      return view ?? (last ? endedView(last, "released") : []);
    });
    return orderView(this.#orderId, views, concerns(record, caller) ? STATE_BY_STEP[record.step] : undefined);
  }

  /** As the book last knew those that their products no longer have. While it is away, what was last seen of them will do. */
  async #booked(gone: readonly OrderHold[], clamped: boolean): Promise<Map<string, ReservationView>> {
    if (gone.length === 0) return new Map();
    const ulidById = new Map(gone.map(({ productId, ulid }) => [reservationId(productId, ulid), ulid]));
    const seen = { now: Date.now(), clamped };
    const rows = await reservationsOf(this.env.BOOK, [...ulidById.keys()], seen).catch((error: unknown) => {
      if (gone.every(({ view }) => view)) return [];
      throw error;
    });
    // Only states that reservations have are written to the book.
    return new Map(rows.map((row) => [ulidById.get(row.reservationId) ?? "", row as ReservationView]));
  }
}

function answerBody(record: OrderRecord): string {
  const views = heldFor(record).flatMap(({ view }) => view ?? []);
  return JSON.stringify(orderView(record.orderId, views));
}
