/**
 * All SQL of a product's object (nothing else in this room writes any), its rows, and the way from a row to what it
 * stands for, whichever release wrote it. A field of a reservation that no statement looks at needs no column: it goes
 * into `more`.
 */
import type { Level } from "../../domain/level";
import { storedMetadata } from "../../domain/metadata";
import { storedCatalog, type Product } from "../../domain/product";
import { RESERVATION_DEFAULTS, reservationSchema, type Reservation } from "../../domain/reservation";

const RESERVATION = `ulid, location_id AS locationId, order_id AS orderId, customer_id AS customerId, state,
  quantity, held, confirmed, released, returned, lapsed AS expiredQuantity, expires_at AS expiresAt,
  created_at AS createdAt, extensions, metadata, pinned, unpinned_expires_at AS unpinnedExpiresAt, owner,
  superseded_by AS supersededBy, chain_started_at AS chainStartedAt, version, more`;

export const SQL = {
  selectProduct: `SELECT fields, created_at AS createdAt, updated_at AS updatedAt,
      catalog_version AS catalogVersion, deleted, settled_seq AS acknowledgedSeq
    FROM product`,
  upsertProduct: `INSERT INTO product VALUES (1, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO UPDATE SET
    fields = excluded.fields, created_at = excluded.created_at, updated_at = excluded.updated_at,
    catalog_version = excluded.catalog_version, deleted = excluded.deleted`,
  acknowledgeProduct: "UPDATE product SET settled_seq = ?",

  /** All but who listens. */
  clearAll: ["product", "levels", "reservations", "journal", "set_aside"].map(
    (table) => `DELETE FROM ${table}`,
  ),

  selectLevels: `SELECT location_id AS locationId, on_hand AS onHand, COALESCE(units, 0) AS reserved,
      safety_stock AS safetyStock, backorder_limit AS backorderLimit
    FROM levels
    LEFT JOIN (SELECT location_id, SUM(held) AS units FROM reservations WHERE held > 0 GROUP BY location_id)
      USING (location_id)`,
  upsertLevel: `INSERT INTO levels VALUES (?, ?, ?, ?) ON CONFLICT (location_id) DO UPDATE SET
    on_hand = excluded.on_hand, safety_stock = excluded.safety_stock, backorder_limit = excluded.backorder_limit`,
  deleteLevel: "DELETE FROM levels WHERE location_id = ?",

  /** A reservation begins as a hold of its whole quantity. */
  insertHold: `INSERT INTO reservations (ulid, location_id, order_id, customer_id, state, quantity, held, confirmed,
      released, returned, lapsed, expires_at, created_at, extensions, metadata, version, owner, chain_started_at, more)
    VALUES (?1, ?2, ?3, ?4, 'held', ?5, ?5, 0, 0, 0, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
  updateReservation: `UPDATE reservations SET state = ?, quantity = ?, held = ?, confirmed = ?, released = ?, returned = ?,
    lapsed = ?, expires_at = ?, extensions = ?, version = ?, pinned = ?, unpinned_expires_at = ?,
    superseded_by = ?, more = ?
    WHERE ulid = ?`,
  selectReservation: `SELECT ${RESERVATION} FROM reservations WHERE ulid = ?`,
  selectHeldByOrder: `SELECT ${RESERVATION} FROM reservations
    WHERE order_id = ?1 AND held > 0 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY ulid`,
  selectActive: `SELECT ${RESERVATION} FROM reservations
    WHERE held > 0 AND (expires_at IS NULL OR expires_at > ?1) AND (?2 IS NULL OR location_id = ?2)
    ORDER BY ulid LIMIT ?3`,
  /** Holds that still count in the levels, whether or not their time has passed. */
  selectUnswept: `SELECT ${RESERVATION} FROM reservations WHERE held > 0 ORDER BY ulid LIMIT ?`,
  countHeld: "SELECT COUNT(*) AS total FROM reservations WHERE held > 0",
  /** All that are kept, whatever became of them. */
  selectAfter: `SELECT ${RESERVATION} FROM reservations WHERE ulid > ? ORDER BY ulid LIMIT ?`,
  /** Holds of orders that the book may not have: of those made since, newest first. */
  selectOrderedSince: `SELECT ulid, order_id AS orderId, COALESCE(owner, '') AS owner FROM reservations
    WHERE ulid > ?1 AND order_id IS NOT NULL
      AND version > COALESCE((SELECT version FROM journal WHERE seq <= ?2 ORDER BY seq DESC LIMIT 1), 0)
    ORDER BY ulid DESC LIMIT ?3`,
  selectDue: `SELECT ${RESERVATION} FROM reservations
    WHERE held > 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
  sumDue: `SELECT location_id AS locationId, SUM(held) AS units FROM reservations
    WHERE held > 0 AND expires_at <= ? GROUP BY location_id`,
  nextExpiry: "SELECT MIN(expires_at) AS at FROM reservations WHERE held > 0 AND expires_at IS NOT NULL",
  sumPrepared:
    "SELECT COALESCE(SUM(held), 0) AS total FROM reservations WHERE pinned = 1 AND location_id = ?",
  sumCustomer: `SELECT COALESCE(SUM(confirmed - returned +
      CASE WHEN expires_at IS NULL OR expires_at > ?2 THEN held ELSE 0 END), 0) AS total
    FROM reservations WHERE customer_id = ?1`,
  pruneReservations: `DELETE FROM reservations WHERE ulid IN
    (SELECT ulid FROM reservations WHERE ulid < ? AND held = 0 ORDER BY ulid LIMIT ?)`,

  insertJournal: `INSERT INTO journal
    (seq, version, at_ms, settled_seq, catalog, event_count, events, key, fingerprint, answer, answer_version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  selectKey: `SELECT fingerprint, answer, answer_version AS answerVersion, event_count AS eventCount
    FROM journal WHERE key = ?`,
  lastJournal:
    "SELECT seq, version, at_ms AS atMs, settled_seq AS acknowledgedSeq FROM journal ORDER BY seq DESC LIMIT 1",
  firstPrunable:
    "SELECT at_ms AS atMs FROM journal WHERE seq < (SELECT MAX(seq) FROM journal) ORDER BY seq LIMIT 1",
  firstReservation: "SELECT MIN(ulid) AS ulid FROM reservations",
  /** The last journal row from before that time. */
  lastBefore: "SELECT MAX(seq) AS seq FROM journal WHERE at_ms < ?",
  /** When the oldest event after that row happened. */
  firstAfter: "SELECT MIN(at_ms) AS atMs FROM journal WHERE seq > ?",
  selectUnacknowledged:
    "SELECT seq, version, catalog, event_count AS eventCount, events FROM journal WHERE seq > ? ORDER BY seq",
  pruneJournal: `DELETE FROM journal WHERE seq IN
    (SELECT seq FROM journal WHERE seq <= ?1 AND at_ms <= ?2 AND seq < (SELECT MAX(seq) FROM journal)
     ORDER BY seq LIMIT ?3)`,

  /** Events that the book will never take; gone when it has taken them after all. */
  insertSetAside: "INSERT OR REPLACE INTO set_aside (version, event, reason, at_ms) VALUES (?, ?, ?, ?)",
  countSetAside: "SELECT COUNT(*) AS total FROM set_aside",
  selectSetAside: "SELECT version, event, reason FROM set_aside WHERE version > ? ORDER BY version LIMIT ?",
  deleteSetAside: "DELETE FROM set_aside WHERE version > ? AND version <= ?",
} as const;

export type ProductRow = Omit<Product, "fields" | "deleted"> & {
  fields: string;
  deleted: number;
  acknowledgedSeq: number;
};
export type LevelRow = Pick<Level, keyof Level>;
export type KeyRow = { fingerprint: string; answer: string; answerVersion: number; eventCount: number };
export type JournalRow = {
  seq: number;
  version: number;
  catalog: number;
  eventCount: number;
  events: string;
};
export type SetAsideRow = { version: number; event: string; reason: string };
export type ReservationRow = Omit<
  Pick<Reservation, keyof typeof WITH_COLUMN>,
  "metadata" | "prepared" | "chainStartedAt"
> & {
  metadata: string | null;
  pinned: number;
  unpinnedExpiresAt: number | null;
  chainStartedAt: number | null;
  more: string | null;
};

export function productFromRow(row: ProductRow): Product {
  const { createdAt, updatedAt, catalogVersion } = row;
  const fields = storedCatalog(JSON.parse(row.fields));
  return { fields, createdAt, updatedAt, catalogVersion, deleted: row.deleted === 1 };
}

/** Field by field: leaving columns out by a rest pattern takes twenty times as long, and a sweep reads hundreds. */
export function reservationFromRow(row: ReservationRow): Reservation {
  return {
    ulid: row.ulid,
    locationId: row.locationId,
    orderId: row.orderId,
    customerId: row.customerId,
    state: stateSchema.parse(row.state),
    quantity: row.quantity,
    held: row.held,
    confirmed: row.confirmed,
    released: row.released,
    returned: row.returned,
    expiredQuantity: row.expiredQuantity,
    expiresAt: row.expiresAt,
    createdAt: row.createdAt,
    extensions: row.extensions,
    metadata: storedMetadata(row.metadata),
    prepared: row.pinned === 1 ? { expiresAt: row.unpinnedExpiresAt } : null,
    owner: row.owner,
    supersededBy: row.supersededBy,
    chainStartedAt: row.chainStartedAt ?? row.createdAt,
    version: row.version,
    ...fieldsWithoutColumn(row.more),
  };
}

/** In the order of `insertHold`. */
export function holdValues(r: Reservation): SqlStorageValue[] {
  const about = [r.ulid, r.locationId, r.orderId, r.customerId, r.quantity];
  const metadata = r.metadata === null ? null : JSON.stringify(r.metadata);
  const chainStartedAt = r.chainStartedAt === r.createdAt ? null : r.chainStartedAt;
  const rest = [r.expiresAt, r.createdAt, r.extensions, metadata, r.version, r.owner];
  return [...about, ...rest, chainStartedAt, moreOf(r)];
}

/** Only what can change, in the order of `updateReservation`. */
export function changedValues(r: Reservation): SqlStorageValue[] {
  const units = [r.quantity, r.held, r.confirmed, r.released, r.returned, r.expiredQuantity];
  const prepared = [r.prepared ? 1 : 0, r.prepared?.expiresAt ?? null];
  const rest = [r.expiresAt, r.extensions, r.version, ...prepared, r.supersededBy, moreOf(r)];
  return [r.state, ...units, ...rest, r.ulid];
}

const stateSchema = reservationSchema.shape.state;

const WITH_COLUMN = {
  ulid: true,
  locationId: true,
  orderId: true,
  customerId: true,
  state: true,
  quantity: true,
  held: true,
  confirmed: true,
  released: true,
  returned: true,
  expiredQuantity: true,
  expiresAt: true,
  createdAt: true,
  extensions: true,
  metadata: true,
  prepared: true,
  owner: true,
  supersededBy: true,
  chainStartedAt: true,
  version: true,
} as const;
const moreSchema = reservationSchema.omit(WITH_COLUMN);
type More = Omit<Reservation, keyof typeof WITH_COLUMN>;

const NO_MORE: More = moreSchema.parse(RESERVATION_DEFAULTS satisfies More);
const NO_MORE_JSON = JSON.stringify(NO_MORE);

function fieldsWithoutColumn(more: string | null): More {
  return more === null ? NO_MORE : moreSchema.parse({ ...RESERVATION_DEFAULTS, ...JSON.parse(more) });
}

/** null: nothing in it is other than by default, so that most rows carry none. */
function moreOf(reservation: Reservation): string | null {
  if (NO_MORE_JSON === "{}") return null;
  const json = JSON.stringify(moreSchema.parse(reservation));
  return json === NO_MORE_JSON ? null : json;
}
