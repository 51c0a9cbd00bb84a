/**
 * Puts single holds that name an order into the order index before they are acknowledged. One call in flight: holds made
 * meanwhile share the next. The index is a convenience of the next few hundred milliseconds: when it fails, the answers go
 * out all the same.
 */
import type { Envelope, Result } from "../../domain/command";
import { MAX_HOLDS_TO_INDEX, ORDER_INDEX_WRITE_TIMEOUT_MS } from "../../limits";
import { withTimeout } from "../../timeout";
import type { OrderedHold } from "../order-index/recent-holds";

export interface OrderIndexerDeps {
  add(holds: OrderedHold[]): Promise<void>;
  /** Called once per run of failures. */
  onFailure(error: unknown): void;
}

export class OrderIndexer {
  readonly #deps: OrderIndexerDeps;
  #waiting: OrderedHold[] = [];
  #inFlight: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #failing = false;

  constructor(deps: OrderIndexerDeps) {
    this.#deps = deps;
  }

  /** Resolves when these, and all before them, are in the index or it has failed. Never rejects. */
  index(holds: readonly OrderedHold[]): Promise<void> {
    if (holds.length === 0) return this.#next ?? this.#inFlight;
    this.#waiting.push(...holds);
    if (this.#waiting.length > MAX_HOLDS_TO_INDEX) this.#waiting = this.#waiting.slice(-MAX_HOLDS_TO_INDEX);
    this.#next ??= this.#inFlight.then(() => this.#send());
    return this.#next;
  }

  #send(): Promise<void> {
    const holds = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    this.#inFlight = withTimeout(this.#deps.add(holds), ORDER_INDEX_WRITE_TIMEOUT_MS, "order index").then(
      () => void (this.#failing = false),
      (error: unknown) => {
        if (!this.#failing) this.#deps.onFailure(error);
        this.#failing = true;
      },
    );
    return this.#inFlight;
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
