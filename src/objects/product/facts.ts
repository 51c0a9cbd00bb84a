/** What the pure core may know of the product at one moment: the store's rows with expiry applied exactly. */
import type { Facts } from "../../domain/decision";
import { isLiving, type Level, type Product, type Reservation } from "../../domain/product";
import { expired } from "../../domain/resolution";
import type { ProductStore } from "./store";

export class MomentFacts implements Facts {
  readonly now: number;
  readonly productId: string;
  readonly newUlid: () => string;
  readonly #store: ProductStore;
  #dueUnits: Map<string, number> | undefined;

  constructor(store: ProductStore, moment: { now: number; productId: string; newUlid: () => string }) {
    this.#store = store;
    this.now = moment.now;
    this.productId = moment.productId;
    this.newUlid = moment.newUlid;
  }

  get product(): Product | undefined {
    return this.#store.product;
  }

  /** Holds that are due but not swept yet are left out by query: availability is exact however many there are. */
  get levels(): readonly Level[] {
    const { levels, nextExpiryAt } = this.#store;
    if (nextExpiryAt === null || nextExpiryAt > this.now) return levels;
    const dueUnits = (this.#dueUnits ??= this.#store.dueUnits(this.now));
    return levels.map((level) => ({
      ...level,
      reserved: level.reserved - (dueUnits.get(level.locationId) ?? 0),
    }));
  }

  /** Due holds were swept: their sum must be asked for again. */
  forgetDue(): void {
    this.#dueUnits = undefined;
  }

  level(locationId: string): Level | undefined {
    return this.levels.find((level) => level.locationId === locationId);
  }

  reservation(ulid: string): Reservation | undefined {
    const row = this.#store.reservation(ulid);
    return row && row.held > 0 && !isLiving(row, this.now) ? expired(row) : row;
  }

  heldByOrder(orderId: string): Reservation[] {
    return this.#store.heldByOrder(orderId, this.now);
  }

  livingHolds(limit: number, locationId?: string): Reservation[] {
    return this.#store.living(this.now, limit, locationId);
  }

  /** A pin outlives the hold's own expiry by far; one that has lapsed all the same promises nothing more. */
  pinnedUnits(locationId: string): number {
    return this.#store.pinnedUnits(locationId);
  }

  customerUnits(customerId: string): number {
    return this.#store.customerUnits(customerId, this.now);
  }
}
