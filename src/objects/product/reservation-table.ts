/** The reservations of one product's object: their rows, and where the earliest expiry and the oldest of them stand. */
import type { Reservation } from "../../domain/reservation";
import { MAX_EXPIRED_PER_BATCH } from "../../limits";
import { SQL, moreOf, reservationFromRow, type OrderedRow, type ReservationRow } from "./statements";

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
    const rest = [
      r.expiresAt,
      r.createdAt,
      r.extensions,
      metadata,
      r.version,
      r.owner,
      chainStartedAt,
      moreOf(r),
    ];
    this.sql.exec(SQL.insertHold, ...about, ...rest);
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

  /** The row as it stands, swept or not. */
  find(ulid: string): Reservation | undefined {
    return this.rows(SQL.selectReservation, ulid)[0];
  }

  /** Holds that still count in the levels, whether or not their time has passed, oldest first. */
  unswept(limit: number): Reservation[] {
    return this.rows(SQL.selectUnswept, limit);
  }

  /** All that are kept here, whatever became of them, by ULID. */
  after(ulid: string, limit: number): Reservation[] {
    return this.rows(SQL.selectAfter, ulid, limit);
  }

  due(now: number): Reservation[] {
    return this.rows(SQL.selectDue, now, MAX_EXPIRED_PER_BATCH);
  }

  /** Made after that ULID under the id of an order, and perhaps not in the book. */
  orderedSince(afterUlid: string, acknowledgedSeq: number, limit: number): OrderedRow[] {
    return this.sql.exec<OrderedRow>(SQL.selectOrderedSince, afterUlid, acknowledgedSeq, limit).toArray();
  }

  unitsByLocation(query: string, ...bindings: SqlStorageValue[]): Map<string, number> {
    const rows = this.sql.exec<{ locationId: string; units: number }>(query, ...bindings);
    return new Map(Array.from(rows, ({ locationId, units }) => [locationId, units]));
  }

  total(query: string, ...bindings: SqlStorageValue[]): number {
    return this.sql.exec<{ total: number }>(query, ...bindings).one().total;
  }

  /** Drops those that were resolved before that ULID, at most `limit`; answers how many. */
  prune(beforeUlid: string, limit: number): number {
    return this.sql.exec(SQL.pruneReservations, beforeUlid, limit).rowsWritten;
  }

  rows(query: string, ...bindings: SqlStorageValue[]): Reservation[] {
    return this.sql
      .exec<ReservationRow>(query, ...bindings)
      .toArray()
      .map(reservationFromRow);
  }
}
