/**
 * One per order id: the coordinator of an order over several products. It writes down what it is about to do before it does
 * it and goes on by itself after a crash, so an order is held whole or not at all, and sold whole or not at all. It decides
 * nothing about stock; without it, its holds free themselves when their time is up.
 */
import { DurableObject } from "cloudflare:workers";
import { reservationIdsOfOrder } from "../../d1/reservations";
import type { ReadResult } from "../../domain/command";
import {
  isPassing,
  mergedRefusal,
  orderView,
  type OrderView,
  type ReservationView,
} from "../../domain/order";
import { parseReservationId } from "../../domain/ids";
import type { Refusal } from "../../domain/refusal";
import {
  ORDER_ADOPTION_DELAY_MS,
  ORDER_CALL_TIMEOUT_MS,
  ORDER_RETRY_MAX_MS,
  ORDER_RETRY_MIN_MS,
  ORDER_STEP_TRIES,
  RESOLVED_RETENTION_MS,
} from "../../limits";
import { logError } from "../../telemetry/log";
import { pause, withTimeout } from "../../timeout";
import { takeStep, type ProductDoor } from "./coordinator";
import {
  endedView,
  isUnderWay,
  STATE_BY_STEP,
  viewsOf,
  type Asked,
  type OrderHold,
  type OrderRecord,
  type OrderRequest,
  type UnderWay,
} from "./order-record";
import { OrderStore } from "./order-store";

export type OrderAnswer = { ok: true; body: string; replayed: boolean } | { ok: false; refusal: Refusal };

const OVERLOADED: OrderAnswer = { ok: false, refusal: { code: "overloaded" } };

export class OrderObject extends DurableObject<Env> {
  readonly #orderId: string;
  readonly #store: OrderStore;
  #turn: Promise<unknown> = Promise.resolve();
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#orderId = ctx.id.name ?? "";
    this.#store = new OrderStore(ctx.storage);
  }

  /** Holds every line or none. An id may be used again once nothing of the order is held or sold. */
  hold(request: OrderRequest, asked: Asked): Promise<OrderAnswer> {
    return this.#answer(asked, async (known) => {
      if (known && known.step !== "failed") {
        const { state } = await this.#view(known, asked.clamped);
        if (state !== "released" && state !== "expired") {
          return { code: "order_exists", orderId: this.#orderId, state };
        }
      }
      this.#begin({ ...blank(this.#orderId, known), step: "holding", asked, request });
      return undefined;
    });
  }

  /** Sells what is held, all of it or nothing. */
  confirm(asked: Asked): Promise<OrderAnswer> {
    return this.#answer(asked, (known) =>
      this.#resolve(known, (record) => {
        const step = record.holds.length === 1 ? "selling" : "pinning";
        this.#begin({ ...record, step, asked });
      }),
    );
  }

  /** Gives back what is still held. */
  release(asked: Asked, reason?: string): Promise<OrderAnswer> {
    return this.#answer(asked, (known) =>
      this.#resolve(known, (record) =>
        this.#begin({ ...record, step: "releasing", asked, reason: reason ?? "order released" }),
      ),
    );
  }

  /** The order's JSON as its products have it at this moment; undefined: it was never asked for as a whole. */
  async read(clamped: boolean): Promise<string | undefined> {
    const record = this.#store.record;
    if (!record || (!record.request && !isUnderWay(record))) return undefined;
    return JSON.stringify(await this.#view(record, clamped));
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
    await this.#inTurn(() => this.#settle()).catch((error: unknown) => {
      logError("order not settled", error, { orderId: this.#orderId, step: record.step });
    });
  }

  /**
   * One thing at a time. `begin` either starts something or says why not; what comes of it is answered, once it is settled,
   * and kept under the caller's key.
   */
  #answer(
    asked: Asked,
    begin: (known: OrderRecord | undefined) => Promise<Refusal | undefined>,
  ): Promise<OrderAnswer> {
    const answering = this.#inTurn(async (): Promise<OrderAnswer> => {
      await this.#settle();
      const { key } = asked;
      const kept = key && this.#store.kept(key.id);
      if (kept && kept.fingerprint === key.fingerprint) return { ok: true, body: kept.body, replayed: true };
      if (kept) return { ok: false, refusal: { code: "idempotency_key_reused" } };
      const refusal = await begin(this.#store.record);
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

  async #resolve(
    known: OrderRecord | undefined,
    begin: (record: OrderRecord) => void,
  ): Promise<Refusal | undefined> {
    const unknown: Refusal = { code: "order_not_found", orderId: this.#orderId };
    if (known?.step === "failed") {
      const why = mergedRefusal(known.refusals);
      return isPassing(why) ? unknown : why;
    }
    const record = known?.request ? known : await this.#adopt(known);
    if (!record) return unknown;
    begin({ ...record, seq: record.seq + 1, refusals: [] });
    return undefined;
  }

  /** Written down, and the alarm set, before anything is done. */
  #begin(record: OrderRecord): void {
    this.#failures = 0;
    this.#store.save(record);
    void this.ctx.storage.setAlarm(Date.now() + ORDER_RETRY_MIN_MS);
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
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await takeStep(record, this.#door());
      } catch (error) {
        if (attempt < ORDER_STEP_TRIES) continue;
        this.#failures += 1;
        const delayMs = Math.min(ORDER_RETRY_MAX_MS, ORDER_RETRY_MIN_MS * 2 ** this.#failures);
        await this.ctx.storage.setAlarm(Date.now() + delayMs);
        throw error;
      }
    }
  }

  /** The next thing to do is to forget. */
  #rest(record: OrderRecord): void {
    void this.ctx.storage.setAlarm(Math.max(record.createdAtMs + RESOLVED_RETENTION_MS, Date.now() + 1));
  }

  /**
   * Holds that were made one by one under this order's id, those known and those since. The book follows the products within a
   * moment, so it is asked after that moment. Rejects when it cannot be read.
   */
  async #adopt(known: OrderRecord | undefined): Promise<OrderRecord | undefined> {
    await pause(ORDER_ADOPTION_DELAY_MS);
    const ids = await reservationIdsOfOrder(this.env.BOOK, this.#orderId);
    const holdByUlid = new Map<string, OrderHold>(known?.holds.map((hold) => [hold.ulid, hold]));
    for (const hold of ids.flatMap((id) => parseReservationId(id) ?? [])) {
      if (!holdByUlid.has(hold.ulid)) holdByUlid.set(hold.ulid, hold);
    }
    const holds = [...holdByUlid.values()];
    if (holds.length === 0) return undefined;
    if (known) return { ...known, holds };
    const asked = { actor: "system", clamped: true };
    return { ...blank(this.#orderId, undefined), step: "settled", asked, holds };
  }

  async #view(record: OrderRecord, clamped: boolean): Promise<OrderView> {
    const underWay = STATE_BY_STEP[record.step];
    const door = this.#door();
    const views = await Promise.all(
      record.holds.map(
        async (hold) => (await door.read(hold, clamped)) ?? (hold.view && endedView(hold.view, "released")),
      ),
    );
    return orderView(
      this.#orderId,
      views.filter((view) => view !== undefined),
      underWay,
    );
  }

  #door(): ProductDoor {
    const product = (productId: string) => this.env.PRODUCT.getByName(productId);
    return {
      execute: (productId, envelopes) =>
        withTimeout(product(productId).execute(envelopes), ORDER_CALL_TIMEOUT_MS, "product"),
      read: async ({ productId, ulid }: OrderHold, clamped) => {
        const asking: Promise<ReadResult> = product(productId).read({ view: "reservation", ulid, clamped });
        const result = await withTimeout(asking, ORDER_CALL_TIMEOUT_MS, "product");
        return result.ok ? (JSON.parse(result.body) as ReservationView) : undefined;
      },
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

function blank(orderId: string, known: OrderRecord | undefined) {
  const createdAtMs = Date.now();
  const seq = (known?.seq ?? 0) + 1;
  return { orderId, createdAtMs, seq, holds: [], refusals: [], reason: "order not held whole" };
}

function answerBody(record: OrderRecord): string {
  return JSON.stringify(orderView(record.orderId, viewsOf(record)));
}
