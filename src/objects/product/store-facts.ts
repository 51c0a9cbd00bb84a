/** What the pure core may know of the product at one moment: the store's rows with expiry applied exactly. */
import { monotonicFactory } from "ulid";
import type { Facts } from "../../domain/decision";
import { isActive, type Reservation, expired } from "../../domain/reservation";
import type { Level } from "../../domain/level";
import type { Product } from "../../domain/product";
import type { ProductState } from "../../domain/views";
import { SQL } from "./statements";
import type { ProductStore } from "./store";

const ulid = monotonicFactory();

export class StoreFacts implements Facts {
  #dueUnits: Map<string, number> | undefined;

  constructor(
    readonly store: ProductStore,
    readonly now = Date.now(),
  ) {}

  get productId(): string {
    return this.store.productId;
  }

  newUlid(): string {
    return ulid(Date.now());
  }

  get product(): Product | undefined {
    return this.store.product;
  }

  /** undefined: there never was such a product. */
  get state(): ProductState | undefined {
    const { productId, product, version, updatedAt } = this.store;
    return product && { productId, product, levels: this.levels, version, updatedAt };
  }

  /** Holds that are due but not swept yet are left out by query: availability is exact however many there are. */
  get levels(): readonly Level[] {
    const { levels, nextExpiryAt } = this.store;
    if (nextExpiryAt === null || nextExpiryAt > this.now) return levels;
    const dueUnits = (this.#dueUnits ??= this.#sumDue());
    return levels.map((level) => ({
      ...level,
      reserved: level.reserved - (dueUnits.get(level.locationId) ?? 0),
    }));
  }

  #sumDue(): Map<string, number> {
    const rows = this.store.rows<{ locationId: string; units: number }>(SQL.sumDue, this.now);
    return new Map(rows.map(({ locationId, units }) => [locationId, units]));
  }

  /** Due holds were swept: their sum must be asked for again. */
  forgetDue(): void {
    this.#dueUnits = undefined;
  }

  level(locationId: string): Level | undefined {
    return this.levels.find((level) => level.locationId === locationId);
  }

  reservation(ulid: string): Reservation | undefined {
    const row = this.store.reservation(ulid);
    return row && row.held > 0 && !isActive(row, this.now) ? expired(row) : row;
  }

  heldByOrder(orderId: string): Reservation[] {
    return this.store.reservations(SQL.selectHeldByOrder, orderId, this.now);
  }

  activeHolds(limit: number, locationId?: string): Reservation[] {
    return this.store.reservations(SQL.selectActive, this.now, locationId ?? null, limit);
  }

  /** A hold that is prepared outlives its own expiry by far; one that has expired all the same promises nothing more. */
  preparedUnits(locationId: string): number {
    return this.store.total(SQL.sumPrepared, locationId);
  }

  customerUnits(customerId: string): number {
    return this.store.total(SQL.sumCustomer, customerId, this.now);
  }
}
