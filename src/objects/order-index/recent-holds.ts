/**
 * The newest single holds by their order, two generations of them: when the young one is full or old enough it takes the
 * place of the old one, so that forgetting costs nothing per hold. A few bytes a hold: one text per order.
 */

/** A hold that names an order. The product is known from whom it comes. */
export interface OrderedHold {
  orderId: string;
  ulid: string;
  /** The actor that made it. */
  owner: string;
}

export interface IndexedHold {
  reservationId: string;
  owner: string;
}

export interface Bounds {
  /** Of both generations together. */
  maxHolds: number;
  /** How long a hold is remembered at least, as long as there are no more than that. */
  keepMs: number;
}

type Generation = Map<string, string>;

export class RecentHolds {
  #young: Generation = new Map();
  #old: Generation = new Map();
  #youngHolds = 0;

  constructor(
    private readonly bounds: Bounds,
    private youngSince: number,
  ) {}

  add(productId: string, holds: readonly OrderedHold[], now: number): void {
    this.#age(now);
    for (const { orderId, ulid, owner } of holds) {
      const line = `${productId}~${ulid} ${owner}`;
      const known = this.#young.get(orderId);
      this.#young.set(orderId, known === undefined ? line : `${known}\n${line}`);
    }
    this.#youngHolds += holds.length;
  }

  /** Of one owner when it is named; at most `limit`. A hold that was added twice is there twice. */
  find(orderId: string, owner: string | undefined, limit: number): IndexedHold[] {
    const found: IndexedHold[] = [];
    for (const { [0]: line } of this.#text(orderId).matchAll(/.+/g)) {
      const space = line.indexOf(" ");
      const hold = { reservationId: line.slice(0, space), owner: line.slice(space + 1) };
      if (owner === undefined || hold.owner === owner) found.push(hold);
      if (found.length >= limit) break;
    }
    return found;
  }

  #text(orderId: string): string {
    return `${this.#old.get(orderId) ?? ""}\n${this.#young.get(orderId) ?? ""}`;
  }

  #age(now: number): void {
    const full = this.#youngHolds >= this.bounds.maxHolds / 2;
    if (!full && now - this.youngSince < this.bounds.keepMs) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngHolds = 0;
    this.youngSince = now;
  }
}
