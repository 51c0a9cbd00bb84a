/**
 * The rows of a product's object, and the way from a row to what it stands for, whichever release wrote it. A field of a
 * reservation that no statement looks at needs no column: it goes into `more`.
 */
import type { Level } from "../../domain/level";
import { storedMetadata } from "../../domain/metadata";
import { storedCatalog, type Product } from "../../domain/product";
import { RESERVATION_DEFAULTS, reservationSchema, type Reservation } from "../../domain/reservation";

export type ProductRow = {
  fields: string;
  created_at: number;
  updated_at: number;
  catalog_version: number;
  deleted: number;
  settled_seq: number;
};
export type LevelRow = {
  location_id: string;
  on_hand: number;
  safety_stock: number;
  backorder_limit: number;
};
export type UnitsRow = { location_id: string; units: number };
export type KeyRow = { fingerprint: string; answer: string; answer_version: number; event_count: number };
export type OrderedRow = { ulid: string; order_id: string; owner: string | null };
export type LastJournalRow = { seq: number; version: number; at_ms: number; settled_seq: number };
export type UnsettledRow = {
  seq: number;
  version: number;
  catalog: number;
  event_count: number;
  events: string;
};
export type SetAsideRow = { version: number; event: string; reason: string };
export type ReservationRow = {
  ulid: string;
  location_id: string;
  order_id: string | null;
  customer_id: string | null;
  state: string;
  quantity: number;
  held: number;
  confirmed: number;
  released: number;
  returned: number;
  lapsed: number;
  expires_at: number | null;
  created_at: number;
  extensions: number;
  metadata: string | null;
  version: number;
  pinned: number;
  unpinned_expires_at: number | null;
  owner: string | null;
  superseded_by: string | null;
  chain_started_at: number | null;
  more: string | null;
};

export function productFromRow(row: ProductRow): Product {
  return {
    fields: storedCatalog(JSON.parse(row.fields)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    catalogVersion: row.catalog_version,
    deleted: row.deleted === 1,
  };
}

export function levelFromRow(row: LevelRow, reserved: number): Level {
  const { location_id, on_hand, safety_stock, backorder_limit } = row;
  return {
    locationId: location_id,
    onHand: on_hand,
    reserved,
    safetyStock: safety_stock,
    backorderLimit: backorder_limit,
  };
}

export function reservationFromRow(row: ReservationRow): Reservation {
  return {
    ulid: row.ulid,
    locationId: row.location_id,
    orderId: row.order_id,
    customerId: row.customer_id,
    state: stateSchema.parse(row.state),
    quantity: row.quantity,
    held: row.held,
    confirmed: row.confirmed,
    released: row.released,
    returned: row.returned,
    expiredQuantity: row.lapsed,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    extensions: row.extensions,
    metadata: storedMetadata(row.metadata),
    prepared: row.pinned === 1 ? { expiresAt: row.unpinned_expires_at } : null,
    owner: row.owner,
    supersededBy: row.superseded_by,
    chainStartedAt: row.chain_started_at ?? row.created_at,
    version: row.version,
    ...fieldsWithoutColumn(row.more),
  };
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
export function moreOf(reservation: Reservation): string | null {
  if (NO_MORE_JSON === "{}") return null;
  const json = JSON.stringify(moreSchema.parse(reservation));
  return json === NO_MORE_JSON ? null : json;
}
