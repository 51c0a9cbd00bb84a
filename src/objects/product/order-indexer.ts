/**
 * Puts single holds that name an order into the order index before they are acknowledged. One call in flight: holds made
 * meanwhile share the next. The index is a convenience of the next few hundred milliseconds: when it fails, the answers go
 * out all the same.
 */
import { encodeTime } from "ulid";
import type { Envelope, Result } from "../../domain/command";
import { MAX_HOLDS_TO_INDEX, ORDER_INDEX_KEEP_MS, ORDER_INDEX_WRITE_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import { Pump } from "../flow/pump";
import type { OrderedHold } from "../order-index/recent-holds";
import { SQL } from "./statements";
import type { ProductStore } from "./store";

export class OrderIndexer {
  readonly #pump = new Pump({ pass: () => this.#send() });
  #waiting: OrderedHold[] = [];
  #failing = false;

  /** `onFailure` is called once per run of failures. */
  constructor(
    private readonly add: (holds: OrderedHold[]) => Promise<void>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Resolves when these, and all before them, are in the index or it has failed. Never rejects. */
  index(holds: readonly OrderedHold[]): Promise<void> {
    if (holds.length > 0) {
      this.#waiting.push(...holds);
      if (this.#waiting.length > MAX_HOLDS_TO_INDEX) this.#waiting = this.#waiting.slice(-MAX_HOLDS_TO_INDEX);
      this.#pump.wake();
    }
    return this.#pump.settled();
  }

  /** What could not be indexed is not tried again: by then the book has it. */
  async #send(): Promise<undefined> {
    const holds = this.#waiting;
    this.#waiting = [];
    try {
      await withTimeout(this.add(holds), ORDER_INDEX_WRITE_TIMEOUT_MS, "order index");
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.onFailure(error);
      this.#failing = true;
    }
  }
}

/**
 * The single holds that these calls made under the id of an order. What an order's object holds it knows by itself; what is
 * replayed was indexed when it was made, or is on its way: undefined means that there is nothing to wait for.
 */
export function orderedHolds(
  envelopes: readonly Envelope[],
  results: readonly Result[],
): OrderedHold[] | undefined {
  let holds: OrderedHold[] | undefined;
  for (const [index, { command, actor }] of envelopes.entries()) {
    const result = results[index];
    if (command.verb !== "reserve" || command.orderId === undefined || !result?.ok) continue;
    holds ??= [];
    const ulid = RESERVATION_ULID.exec(result.body)?.[1];
    if (ulid !== undefined && !result.replayed) holds.push({ orderId: command.orderId, ulid, owner: actor });
  }
  return holds;
}

/** In the answer's text: parsing all of it would cost more than the hold. */
const RESERVATION_ULID = /"reservationId":"[^"]+~(\w{26})"/;

/** Single holds of orders that the book may not have. */
export function unacknowledgedHolds(store: ProductStore): OrderedHold[] {
  if (store.acknowledgedSeq >= store.seq) return [];
  const since = encodeTime(Math.max(0, Date.now() - ORDER_INDEX_KEEP_MS));
  const bindings = [since, store.acknowledgedSeq, MAX_HOLDS_TO_INDEX];
  return store.rows<Pick<OrderedHold, keyof OrderedHold>>(SQL.selectOrderedSince, ...bindings);
}
