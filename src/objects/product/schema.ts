/**
 * The tables of a product's object, as append-only steps. Rows written are billed, so:
 * `reserved` is nowhere stored (it is the sum of `held`), the last journal row carries the version and the watermark,
 * and a command costs one journal row however many events it has.
 */
import { WATCHERS_TABLE } from "../flow/notifier";

export const PRODUCT_MIGRATIONS = [
  `
  CREATE TABLE product (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fields TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    catalog_version INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    settled_seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE levels (
    location_id TEXT PRIMARY KEY,
    on_hand INTEGER NOT NULL,
    safety_stock INTEGER NOT NULL,
    backorder_limit INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE reservations (
    ulid TEXT PRIMARY KEY,
    location_id TEXT NOT NULL,
    order_id TEXT,
    customer_id TEXT,
    state TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    held INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    released INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    lapsed INTEGER NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    extensions INTEGER NOT NULL,
    metadata TEXT,
    version INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX reservations_living ON reservations (expires_at, location_id, held) WHERE held > 0;
  CREATE INDEX reservations_order ON reservations (order_id) WHERE order_id IS NOT NULL AND held > 0;
  CREATE INDEX reservations_customer ON reservations (customer_id) WHERE customer_id IS NOT NULL;
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    settled_seq INTEGER NOT NULL,
    catalog INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    events TEXT NOT NULL,
    key TEXT,
    fingerprint TEXT,
    answer TEXT,
    answer_version INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX journal_key ON journal (key) WHERE key IS NOT NULL;
  `,
  // A hold whose order is being confirmed keeps its own expiry aside; who listens to the levels is kept by name.
  `
  ALTER TABLE reservations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE reservations ADD COLUMN unpinned_expires_at INTEGER;
  CREATE INDEX reservations_pinned ON reservations (location_id, held) WHERE pinned = 1;
  ${WATCHERS_TABLE}
  `,
  // Who made a hold, to whom it was handed over, and when the first of its chain began. Events that the book will never take.
  `
  ALTER TABLE reservations ADD COLUMN owner TEXT;
  ALTER TABLE reservations ADD COLUMN superseded_by TEXT;
  ALTER TABLE reservations ADD COLUMN chain_started_at INTEGER;
  CREATE TABLE set_aside (
    version INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;
  `,
] as const;
