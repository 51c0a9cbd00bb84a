/**
 * One product's rows and what is kept of them in memory: the catalog entry, the levels with their reserved units, the
 * version and the journal's ends. Memory is a copy: `load` rebuilds it, and after a rolled back transaction it must.
 */
import { MAX_JOURNAL_TAIL_BYTES, MAX_PRUNED_PER_RUN } from "../../limits";
import type { Level } from "../../domain/level";
import type { Product } from "../../domain/product";
import type { Reservation } from "../../domain/reservation";
import { migrate, schemaVersion } from "../storage/migrations";
import { SQL, changedValues, holdValues, productFromRow, reservationFromRow } from "./statements";
import type { JournalRow, KeyRow, LevelRow, ProductRow, ReservationRow } from "./statements";
import { PRODUCT_MIGRATIONS } from "./schema";

export interface JournalEntry {
  events: string[];
  /** 0: the catalog entry is as it was; 1: the book's row is new; 2: KV's entry must follow too. */
  catalog: 0 | 1 | 2;
  key?: { id: string; fingerprint: string; answer: string; answerVersion: number };
}

export class ProductStore {
  /** False for an id that was never written: then there is no table to ask. */
  present = false;
  product: Product | undefined;
  /** By location id, ascending; `reserved` counts every hold that is not swept yet. */
  levels: readonly Level[] = [];
  version = 0;
  seq = 0;
  /** What was acknowledged when the last journal row (or the product row) was written. */
  acknowledgedSeq = 0;
  updatedAt = 0;
  /** When the oldest journal row that may go was written; the last one stays, since it carries the version. */
  firstPrunableAt: number | null = null;
  lastJournalAt: number | null = null;
  /** Of the oldest reservation, active or not. */
  firstUlid: string | null = null;
  /** Not later than the earliest expiry among unswept holds. */
  nextExpiryAt: number | null = null;
  /** The newest journal rows as they were written, so that carrying them to the book need not read them back. */
  #tail: JournalRow[] = [];
  #tailBytes = 0;
  /** Rows that changes of the product have written, since they were last asked for. */
  #rowsWritten = 0;

  constructor(
    private readonly sql: SqlStorage,
    readonly productId: string,
  ) {
    this.load();
  }

  load(): void {
    this.present = schemaVersion(this.sql) > 0;
    this.#dropTail();
    if (!this.present) {
      this.product = undefined;
      this.levels = [];
      this.version = this.seq = this.acknowledgedSeq = this.updatedAt = 0;
      this.firstPrunableAt = this.lastJournalAt = this.nextExpiryAt = this.firstUlid = null;
      return;
    }
    migrate(this.sql, PRODUCT_MIGRATIONS);
    const row = this.sql.exec<ProductRow>(SQL.selectProduct).one();
    this.product = productFromRow(row);
    this.levels = this.rows<LevelRow>(SQL.selectLevels).toSorted(byLocation);
    const last = this.sql
      .exec<Record<"seq" | "version" | "atMs" | "acknowledgedSeq", number>>(SQL.lastJournal)
      .one();
    this.version = last.version;
    this.seq = last.seq;
    this.acknowledgedSeq = Math.max(last.acknowledgedSeq, row.acknowledgedSeq);
    this.updatedAt = this.lastJournalAt = last.atMs;
    this.readEnds();
  }

  /** What is in memory now; the returned function puts it back, for a transaction that was rolled back on purpose. */
  snapshot(): () => void {
    const known = Object.assign({}, this);
    const [tail, tailRows, tailBytes] = [this.#tail, this.#tail.length, this.#tailBytes];
    const rowsWritten = this.#rowsWritten;
    return () => {
      Object.assign(this, known);
      // Rows are only ever added to it, or another takes its place.
      tail.length = tailRows;
      this.#tail = tail;
      this.#tailBytes = tailBytes;
      this.#rowsWritten = rowsWritten;
    };
  }

  /** Makes the tables on the first write. */
  prepare(): void {
    if (this.present) return;
    migrate(this.sql, PRODUCT_MIGRATIONS);
    this.present = true;
  }

  readEnds(): void {
    this.firstPrunableAt = this.rows<{ atMs: number }>(SQL.firstPrunable)[0]?.atMs ?? null;
    this.nextExpiryAt = this.sql.exec<{ at: number | null }>(SQL.nextExpiry).one().at;
    this.firstUlid = this.sql.exec<{ ulid: string | null }>(SQL.firstReservation).one().ulid;
  }

  putProduct(product: Product): void {
    const { fields, createdAt, updatedAt, catalogVersion, deleted } = product;
    const values = [JSON.stringify(fields), createdAt, updatedAt, catalogVersion, deleted ? 1 : 0];
    this.#write(SQL.upsertProduct, ...values);
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
    if (!stored) this.#write(SQL.upsertLevel, locationId, onHand, safetyStock, backorderLimit);
    this.levels = known
      ? this.levels.map((candidate) => (candidate === known ? level : candidate))
      : [...this.levels, level].toSorted(byLocation);
  }

  removeLevel(locationId: string): void {
    this.#write(SQL.deleteLevel, locationId);
    this.levels = this.levels.filter((level) => level.locationId !== locationId);
  }

  appendJournal(
    entry: JournalEntry,
    { now, acknowledgedSeq }: { now: number; acknowledgedSeq: number },
  ): void {
    const { catalog, key } = entry;
    const eventCount = entry.events.length;
    const events = entry.events.join(",");
    this.seq += 1;
    this.version += eventCount;
    const { seq, version } = this;
    const written = [seq, version, now, acknowledgedSeq, catalog, eventCount, events];
    const answered = key ? [key.id, key.fingerprint, key.answer, key.answerVersion] : NO_KEY;
    this.#write(SQL.insertJournal, ...written, ...answered);
    this.#tail.push({ seq, version, catalog, eventCount, events });
    this.#tailBytes += events.length;
    if (this.#tailBytes > MAX_JOURNAL_TAIL_BYTES) this.#dropTail();
    this.acknowledgedSeq = acknowledgedSeq;
    if (this.lastJournalAt !== null) this.firstPrunableAt ??= this.lastJournalAt;
    this.lastJournalAt = now;
    if (eventCount > 0) this.updatedAt = now;
  }

  remembered(keyId: string): KeyRow | undefined {
    return this.present ? this.rows<KeyRow>(SQL.selectKey, keyId)[0] : undefined;
  }

  /** The row as it stands, swept or not. */
  reservation(ulid: string): Reservation | undefined {
    return this.present ? this.reservations(SQL.selectReservation, ulid)[0] : undefined;
  }

  reservations(query: string, ...bindings: SqlStorageValue[]): Reservation[] {
    return this.rows<ReservationRow>(query, ...bindings).map(reservationFromRow);
  }

  total(query: string, ...bindings: SqlStorageValue[]): number {
    return this.sql.exec<{ total: number }>(query, ...bindings).one().total;
  }

  putReservation(reservation: Reservation, isNew: boolean): void {
    const { ulid, held, expiresAt } = reservation;
    if (isNew) this.#write(SQL.insertHold, ...holdValues(reservation));
    else this.#write(SQL.updateReservation, ...changedValues(reservation));
    this.firstUlid ??= ulid;
    if (held === 0 || expiresAt === null) return;
    if (this.nextExpiryAt === null || expiresAt < this.nextExpiryAt) this.nextExpiryAt = expiresAt;
  }

  /** Journal rows after `afterSeq`, oldest first; take what is wanted without awaiting anything. */
  unacknowledged(afterSeq: number): Iterable<JournalRow> {
    const first = this.#tail[0];
    if (first && first.seq <= afterSeq + 1) return this.#tail.slice(afterSeq + 1 - first.seq);
    return this.sql.exec<JournalRow>(SQL.selectUnacknowledged, afterSeq);
  }

  /** The book has these. */
  forgetTail(acknowledgedSeq: number): void {
    const first = this.#tail[0];
    if (!first || acknowledgedSeq < first.seq) return;
    const gone = this.#tail.splice(0, acknowledgedSeq + 1 - first.seq);
    for (const { events } of gone) this.#tailBytes -= events.length;
  }

  #dropTail(): void {
    this.#tail = [];
    this.#tailBytes = 0;
  }

  acknowledge(seq: number): void {
    this.#write(SQL.acknowledgeProduct, seq);
    this.acknowledgedSeq = seq;
  }

  /** Drops acknowledged journal rows (with their keys) and long resolved reservations, a bounded number; answers how many. */
  prune(before: { acknowledgedSeq: number; journalAt: number; ulid: string }): number {
    const { acknowledgedSeq, journalAt, ulid } = before;
    const rows = this.#write(SQL.pruneJournal, acknowledgedSeq, journalAt, MAX_PRUNED_PER_RUN);
    const reservations = this.#write(SQL.pruneReservations, ulid, MAX_PRUNED_PER_RUN);
    this.readEnds();
    return rows + reservations;
  }

  /** For the metrics. */
  takeRowsWritten(): number {
    const rows = this.#rowsWritten;
    this.#rowsWritten = 0;
    return rows;
  }

  #write(query: string, ...bindings: SqlStorageValue[]): number {
    const { rowsWritten } = this.sql.exec(query, ...bindings);
    this.#rowsWritten += rowsWritten;
    return rowsWritten;
  }

  /** A statement of this room that changes nothing that is kept in memory. */
  rows<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.sql.exec<Row>(query, ...bindings).toArray();
  }
}

const NO_KEY = [null, null, null, null];

function byLocation(a: Level, b: Level): number {
  return a.locationId < b.locationId ? -1 : 1;
}
