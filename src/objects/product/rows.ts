/**
 * The rows of a product's object, and the way from a row to what it stands for, whichever release wrote it. A field of a
 * reservation that no statement looks at needs no column: it goes into `more`.
 */
import type { Level } from "../../domain/level";
import { storedMetadata } from "../../domain/metadata";
import { completeCatalog, type Product } from "../../domain/product";
import { RESERVATION_DEFAULTS, reservationSchema, type Reservation } from "../../domain/reservation";

export type ProductRow = Omit<Product, "fields" | "deleted"> & {
  fields: string;
  deleted: number;
  settledSeq: number;
};
export type LevelRow = Omit<Level, "reserved">;
export type KeyRow = { fingerprint: string; answer: string; answerVersion: number; eventCount: number };
export type OrderedRow = { ulid: string; orderId: string; owner: string | null };
export type LastJournalRow = { seq: number; version: number; atMs: number; settledSeq: number };
export type UnsettledRow = {
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
  const fields = completeCatalog(JSON.parse(row.fields));
  return { fields, createdAt, updatedAt, catalogVersion, deleted: row.deleted === 1 };
}

export function reservationFromRow({ pinned, unpinnedExpiresAt, more, ...row }: ReservationRow): Reservation {
  return {
    ...row,
    state: stateSchema.parse(row.state),
    metadata: storedMetadata(row.metadata),
    prepared: pinned === 1 ? { expiresAt: unpinnedExpiresAt } : null,
    chainStartedAt: row.chainStartedAt ?? row.createdAt,
    ...fieldsWithoutColumn(more),
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
