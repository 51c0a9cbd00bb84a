/**
 * One product's rows and what is kept of them in memory: the catalog entry, the levels with their reserved units, the
 * version and the journal's ends. Memory is a copy: `load` rebuilds it, and after a rolled back transaction it must.
 */
import { MAX_EXPIRED_PER_TURN, MAX_JOURNAL_TAIL_BYTES, MAX_PRUNED_PER_TURN } from "../../limits";
import type { Level } from "../../domain/level";
import type { Product } from "../../domain/product";
import type { Reservation } from "../../domain/reservation";
import { migrate, schemaVersion } from "../storage/migrations";
import {
  levelFromRow,
  moreOf,
  productFromRow,
  reservationFromRow,
  type KeyRow,
  type LastJournalRow,
  type LevelRow,
  type OrderedRow,
  type ProductRow,
  type ReservationRow,
  type SetAsideRow,
  type UnitsRow,
  type UnsettledRow,
} from "./rows";
import { PRODUCT_MIGRATIONS } from "./schema";
import { SQL } from "./statements";

export interface JournalEntry {
  events: string[];
  /** 0: the catalog entry is as it was; 1: the book's row is new; 2: KV's entry must follow too. */
  catalog: 0 | 1 | 2;
  key?: { id: string; fingerprint: string; answer: string; answerVersion: number };
}

export class ProductStore {
  product: Product | undefined;
  /** By location id, ascending; `reserved` counts every hold that is not swept yet. */
  levels: readonly Level[] = [];
  version = 0;
  seq = 0;
  /** What was settled when the last journal row (or the product row) was written. */
  settledSeq = 0;
  updatedAt = 0;
  /** When the oldest journal row that may go was written; the last one stays, since it carries the version. */
  firstPrunableAt: number | null = null;
  /** The oldest reservation, active or not. */
  firstUlid: string | null = null;
  /** Not later than the earliest expiry among unswept holds. */
  nextExpiryAt: number | null = null;
  readonly #sql: SqlStorage;
  #present = false;
  #lastJournalAt: number | null = null;
  /** The newest journal rows as they were written, so that carrying them to the book need not read them back. */
  #tail: UnsettledRow[] = [];
  #tailBytes = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.load();
  }

  /** False for an id that was never written: then there is no table to ask. */
  get present(): boolean {
    return this.#present;
  }

  load(): void {
    this.#present = schemaVersion(this.#sql) > 0;
    this.#dropTail();
    if (!this.#present) {
      this.product = undefined;
      this.levels = [];
      this.version = this.seq = this.settledSeq = this.updatedAt = 0;
      this.nextExpiryAt = this.firstPrunableAt = this.firstUlid = this.#lastJournalAt = null;
      return;
    }
    migrate(this.#sql, PRODUCT_MIGRATIONS);
    const row = this.#sql.exec<ProductRow>(SQL.selectProduct).one();
    this.product = productFromRow(row);
    const units = new Map(this.#all<UnitsRow>(SQL.selectReserved).map((r) => [r.location_id, r.units]));
    this.levels = this.#all<LevelRow>(SQL.selectLevels)
      .map((r) => levelFromRow(r, units.get(r.location_id) ?? 0))
      .toSorted(byLocation);
    const last = this.#sql.exec<LastJournalRow>(SQL.lastJournal).one();
    this.version = last.version;
    this.seq = last.seq;
    this.settledSeq = Math.max(last.settled_seq, row.settled_seq);
    this.updatedAt = last.at_ms;
    this.#lastJournalAt = last.at_ms;
    this.readEnds();
  }

  /** What is in memory now; the returned function puts it back, for a transaction that was rolled back on purpose. */
  snapshot(): () => void {
    const known = { ...this };
    const [present, lastJournalAt] = [this.#present, this.#lastJournalAt];
    const [tail, tailRows, tailBytes] = [this.#tail, this.#tail.length, this.#tailBytes];
    return () => {
      Object.assign(this, known);
      this.#present = present;
      this.#lastJournalAt = lastJournalAt;
      // Rows are only ever added to it, or another takes its place.
      tail.length = tailRows;
      this.#tail = tail;
      this.#tailBytes = tailBytes;
    };
  }

  /** Makes the tables on the first write. */
  prepare(): void {
    if (this.#present) return;
    migrate(this.#sql, PRODUCT_MIGRATIONS);
    this.#present = true;
  }

  readEnds(): void {
    this.nextExpiryAt = this.#sql.exec<{ at: number | null }>(SQL.nextExpiry).one().at;
    this.firstPrunableAt = this.#all<{ at_ms: number }>(SQL.firstPrunable)[0]?.at_ms ?? null;
    this.firstUlid = this.#sql.exec<{ ulid: string | null }>(SQL.firstReservation).one().ulid;
  }

  putProduct(product: Product): void {
    const { fields, createdAt, updatedAt, catalogVersion, deleted } = product;
    this.#sql.exec(
      SQL.upsertProduct,
      JSON.stringify(fields),
      createdAt,
      updatedAt,
      catalogVersion,
      deleted ? 1 : 0,
    );
    this.product = product;
  }

  /** `reserved` is only in memory: it costs no row. */
  putLevel(level: Level): void {
    const { locationId, onHand, safetyStock, backorderLimit } = level;
    const known = this.levels.find((candidate) => candidate.locationId === locationId);
    const stored =
      known?.onHand === onHand &&
      known.safetyStock === safetyStock &&
      known.backorderLimit === backorderLimit;
    if (!stored) this.#sql.exec(SQL.upsertLevel, locationId, onHand, safetyStock, backorderLimit);
    this.levels = known
      ? this.levels.map((candidate) => (candidate === known ? level : candidate))
      : [...this.levels, level].toSorted(byLocation);
  }

  removeLevel(locationId: string): void {
    this.#sql.exec(SQL.deleteLevel, locationId);
    this.levels = this.levels.filter((level) => level.locationId !== locationId);
  }

  addHold(r: Reservation): void {
    const { ulid, locationId, orderId, customerId, quantity, expiresAt, createdAt, extensions, version } = r;
    const metadata = r.metadata === null ? null : JSON.stringify(r.metadata);
    this.#sql.exec(
      SQL.insertHold,
      ulid,
      locationId,
      orderId,
      customerId,
      quantity,
      expiresAt,
      createdAt,
      extensions,
      metadata,
      version,
      r.owner,
      r.chainStartedAt === createdAt ? null : r.chainStartedAt,
      moreOf(r),
    );
    this.firstUlid ??= ulid;
    this.#noteExpiry(r);
  }

  /** Only what can change is written. */
  putReservation(r: Reservation): void {
    this.#sql.exec(
      SQL.updateReservation,
      r.state,
      r.quantity,
      r.held,
      r.confirmed,
      r.released,
      r.returned,
      r.expiredQuantity,
      r.expiresAt,
      r.extensions,
      r.version,
      r.prepared ? 1 : 0,
      r.prepared?.expiresAt ?? null,
      r.supersededBy,
      moreOf(r),
      r.ulid,
    );
    this.#noteExpiry(r);
  }

  #noteExpiry({ held, expiresAt }: Reservation): void {
    if (held === 0 || expiresAt === null) return;
    if (this.nextExpiryAt === null || expiresAt < this.nextExpiryAt) this.nextExpiryAt = expiresAt;
  }

  appendJournal(entry: JournalEntry, at: { now: number; settledSeq: number }): void {
    const { catalog, key } = entry;
    const eventCount = entry.events.length;
    const events = entry.events.join(",");
    this.seq += 1;
    this.version += eventCount;
    this.#sql.exec(
      SQL.insertJournal,
      this.seq,
      this.version,
      at.now,
      at.settledSeq,
      catalog,
      eventCount,
      events,
      key?.id ?? null,
      key?.fingerprint ?? null,
      key?.answer ?? null,
      key?.answerVersion ?? null,
    );
    this.#tail.push({ seq: this.seq, version: this.version, catalog, event_count: eventCount, events });
    this.#tailBytes += events.length;
    if (this.#tailBytes > MAX_JOURNAL_TAIL_BYTES) this.#dropTail();
    this.settledSeq = at.settledSeq;
    if (this.#lastJournalAt !== null) this.firstPrunableAt ??= this.#lastJournalAt;
    this.#lastJournalAt = at.now;
    if (eventCount > 0) this.updatedAt = at.now;
  }

  remembered(keyId: string): KeyRow | undefined {
    return this.#present ? this.#all<KeyRow>(SQL.selectKey, keyId)[0] : undefined;
  }

  /** The row as it stands, swept or not. */
  reservation(ulid: string): Reservation | undefined {
    if (!this.#present) return undefined;
    const row = this.#all<ReservationRow>(SQL.selectReservation, ulid)[0];
    return row && reservationFromRow(row);
  }

  heldByOrder(orderId: string, now: number): Reservation[] {
    return this.#all<ReservationRow>(SQL.selectHeldByOrder, orderId, now).map(reservationFromRow);
  }

  activeHolds(now: number, limit: number, locationId?: string): Reservation[] {
    return this.#all<ReservationRow>(SQL.selectActive, now, locationId ?? null, limit).map(
      reservationFromRow,
    );
  }

  /** Holds that still count in `levels`, whether or not their time has passed, oldest first. */
  unswept(limit: number): Reservation[] {
    return this.#all<ReservationRow>(SQL.selectUnswept, limit).map(reservationFromRow);
  }

  heldCount(): number {
    return this.#sql.exec<{ holds: number }>(SQL.countHeld).one().holds;
  }

  /** Made after that ULID under the id of an order, and perhaps not in the book. */
  unsettledOrdered(afterUlid: string, limit: number): OrderedRow[] {
    return this.#all<OrderedRow>(SQL.selectUnsettledOrdered, afterUlid, this.settledSeq, limit);
  }

  /** All that are kept here, whatever became of them, by ULID. */
  reservationsAfter(ulid: string, limit: number): Reservation[] {
    return this.#all<ReservationRow>(SQL.selectAfter, ulid, limit).map(reservationFromRow);
  }

  /** The last journal row from before that time; 0: there is none. */
  seqBefore(atMs: number): number {
    return this.#all<{ seq: number | null }>(SQL.lastBefore, atMs)[0]?.seq ?? 0;
  }

  due(now: number): Reservation[] {
    return this.#all<ReservationRow>(SQL.selectDue, now, MAX_EXPIRED_PER_TURN).map(reservationFromRow);
  }

  dueUnits(now: number): Map<string, number> {
    return new Map(this.#all<UnitsRow>(SQL.sumDue, now).map((row) => [row.location_id, row.units]));
  }

  preparedUnits(locationId: string): number {
    return this.#sql.exec<{ units: number }>(SQL.sumPrepared, locationId).one().units;
  }

  customerUnits(customerId: string, now: number): number {
    return this.#sql.exec<{ units: number }>(SQL.sumCustomer, customerId, now).one().units;
  }

  /** Journal rows after `afterSeq`, oldest first; take what is wanted without awaiting anything. */
  unsettled(afterSeq: number): Iterable<UnsettledRow> {
    const first = this.#tail[0];
    if (first && first.seq <= afterSeq + 1) return this.#tail.slice(afterSeq + 1 - first.seq);
    return this.#sql.exec<UnsettledRow>(SQL.selectUnsettled, afterSeq);
  }

  /** The book has these. */
  forgetTail(settledSeq: number): void {
    const first = this.#tail[0];
    if (!first || settledSeq < first.seq) return;
    const gone = this.#tail.splice(0, settledSeq + 1 - first.seq);
    for (const { events } of gone) this.#tailBytes -= events.length;
  }

  #dropTail(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }

  settle(seq: number): void {
    this.#sql.exec(SQL.settleProduct, seq);
    this.settledSeq = seq;
  }

  /** The book will never take this event. */
  setAside({ version, event, reason }: SetAsideRow, now: number): void {
    this.#sql.exec(SQL.insertSetAside, version, event, reason, now);
  }

  setAsideCount(): number {
    return this.#sql.exec<{ events: number }>(SQL.countSetAside).one().events;
  }

  setAsideAfter(version: number, limit: number): SetAsideRow[] {
    return this.#all<SetAsideRow>(SQL.selectSetAside, version, limit);
  }

  /** The book has taken these after all. */
  forgetSetAside(versions: { after: number; to: number }): void {
    this.#sql.exec(SQL.deleteSetAside, versions.after, versions.to);
  }

  /** Drops settled journal rows (with their keys) and long resolved reservations, a bounded number; answers how many. */
  prune(before: { settledSeq: number; journalAt: number; ulid: string }): number {
    const { settledSeq, journalAt, ulid } = before;
    const rows = this.#sql.exec(SQL.pruneJournal, settledSeq, journalAt, MAX_PRUNED_PER_TURN).rowsWritten;
    const reservations = this.#sql.exec(SQL.pruneReservations, ulid, MAX_PRUNED_PER_TURN).rowsWritten;
    this.readEnds();
    return rows + reservations;
  }

  #all<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(query, ...bindings).toArray();
  }
}

function byLocation(a: Level, b: Level): number {
  return a.locationId < b.locationId ? -1 : 1;
}
