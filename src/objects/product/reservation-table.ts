/** The reservations of one product's object: their rows, and where the earliest expiry and the oldest of them stand. */
import type { Reservation } from "../../domain/reservation";
import { SQL, moreOf, reservationFromRow, type ReservationRow } from "./statements";

export class ReservationTable {
  /** The oldest reservation, active or not. */
  firstUlid: string | null = null;
  /** Not later than the earliest expiry among unswept holds. */
  nextExpiryAt: number | null = null;

  constructor(private readonly sql: SqlStorage) {}

  readEnds(): void {
    this.nextExpiryAt = this.sql.exec<{ at: number | null }>(SQL.nextExpiry).one().at;
    this.firstUlid = this.sql.exec<{ ulid: string | null }>(SQL.firstReservation).one().ulid;
  }

  add(r: Reservation): void {
    const about = [r.ulid, r.locationId, r.orderId, r.customerId, r.quantity];
    const metadata = r.metadata === null ? null : JSON.stringify(r.metadata);
    const chainStartedAt = r.chainStartedAt === r.createdAt ? null : r.chainStartedAt;
    const rest = [r.expiresAt, r.createdAt, r.extensions, metadata, r.version, r.owner];
    this.sql.exec(SQL.insertHold, ...about, ...rest, chainStartedAt, moreOf(r));
    this.firstUlid ??= r.ulid;
    this.#noteExpiry(r);
  }

  /** Only what can change is written. */
  put(r: Reservation): void {
    const units = [r.quantity, r.held, r.confirmed, r.released, r.returned, r.expiredQuantity];
    const prepared = [r.prepared ? 1 : 0, r.prepared?.expiresAt ?? null];
    const rest = [r.expiresAt, r.extensions, r.version, ...prepared, r.supersededBy, moreOf(r)];
    this.sql.exec(SQL.updateReservation, r.state, ...units, ...rest, r.ulid);
    this.#noteExpiry(r);
  }

  #noteExpiry({ held, expiresAt }: Reservation): void {
    if (held === 0 || expiresAt === null) return;
    if (this.nextExpiryAt === null || expiresAt < this.nextExpiryAt) this.nextExpiryAt = expiresAt;
  }

  unitsByLocation(query: string, ...bindings: SqlStorageValue[]): Map<string, number> {
    const rows = this.sql.exec<{ locationId: string; units: number }>(query, ...bindings);
    return new Map(Array.from(rows, ({ locationId, units }) => [locationId, units]));
  }

  total(query: string, ...bindings: SqlStorageValue[]): number {
    return this.sql.exec<{ total: number }>(query, ...bindings).one().total;
  }

  rows(query: string, ...bindings: SqlStorageValue[]): Reservation[] {
    const rows = this.sql.exec<ReservationRow>(query, ...bindings).toArray();
    return rows.map(reservationFromRow);
  }
}
