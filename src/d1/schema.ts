/**
 * The book: what everyone reads. Written by the ledger's projection only (locations and webhooks: by their routes), always
 * behind the objects, never ahead of them. Rows are billed when written, so every index here has a reader and a price:
 * an event costs two rows, a seldom one three, a product's new numbers one, a reservation one to three.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { EventType } from "../domain/events/event";
import { AVAILABILITIES, PRODUCT_STATUSES } from "../domain/product";

/**
 * `offset` is a plain INTEGER PRIMARY KEY: SQLite gives max + 1, so offsets are dense as long as the newest row stays,
 * and retention only ever takes the oldest. AUTOINCREMENT would cost a further row a batch and burn numbers on replays.
 */
export const events = sqliteTable(
  "events",
  {
    offset: integer("offset").primaryKey(),
    productId: text("product_id").notNull(),
    version: integer("version").notNull(),
    type: text("type").$type<EventType>().notNull(),
    /** Set where the event changed what is on hand. */
    movement: text("movement"),
    atMs: integer("at_ms").notNull(),
    /** The event as JSON, without its offset. */
    body: text("body").notNull(),
  },
  (t) => [
    uniqueIndex("events_product_version").on(t.productId, t.version),
    // Finds what is seldom among a million orders, and costs an order nothing. See seldom-events.ts.
    index("events_seldom")
      .on(sql`CASE WHEN movement IS NULL THEN type ELSE movement END`)
      .where(
        sql`movement IS NOT 'sale' AND type NOT IN ('reservation.held', 'reservation.extended', 'reservation.confirmed', 'reservation.released', 'reservation.expired')`,
      ),
  ],
);

/**
 * Events that the book took after later versions of the same product: they were refused or lost before. Without them a
 * product's offsets rise with its versions. WITHOUT ROWID, written into the migration by hand.
 */
export const lateEvents = sqliteTable(
  "late_events",
  {
    productId: text("product_id").notNull(),
    offset: integer("offset").notNull(),
  },
  (t) => [primaryKey({ columns: [t.productId, t.offset] })],
);

/** Old events that have left the book for files: the manifest of the archive. Offsets of no two segments overlap. */
export const eventSegments = sqliteTable("event_segments", {
  firstOffset: integer("first_offset").primaryKey(),
  lastOffset: integer("last_offset").notNull(),
  /** Of the file. */
  key: text("key").notNull(),
  events: integer("events").notNull(),
  /** Compressed. */
  bytes: integer("bytes").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
});

export const products = sqliteTable(
  "products",
  {
    productId: text("product_id").primaryKey(),
    kind: text("kind").notNull(),
    name: text("name").notNull(),
    description: text("description"),
    status: text("status", { enum: PRODUCT_STATUSES }).notNull(),
    barcode: text("barcode"),
    imageUrl: text("image_url"),
    /** JSON array of strings. */
    tags: text("tags").notNull(),
    /** JSON object of strings, numbers and booleans. */
    attributes: text("attributes").notNull(),
    /** The exact amount. `priceValue`: the same as a number, else the market's price, for sorting and ranges only. */
    priceAmount: text("price_amount"),
    priceCurrency: text("price_currency"),
    priceValue: real("price_value"),
    sourceName: text("source_name"),
    sourceExternalId: text("source_external_id"),
    minimumStockLevel: integer("minimum_stock_level").notNull(),
    maximumStockLevel: integer("maximum_stock_level"),
    maxPerCustomer: integer("max_per_customer"),
    availability: text("availability", { enum: AVAILABILITIES }).notNull(),
    onHand: integer("on_hand").notNull(),
    reserved: integer("reserved").notNull(),
    /** The plain sum over the levels, signed. */
    available: integer("available").notNull(),
    /** What a shopper may count on: levels below zero left out. */
    onShelf: integer("on_shelf").notNull(),
    /** JSON array of levels: locationId, onHand, reserved, safetyStock, backorderLimit. */
    levels: text("levels").notNull(),
    /** The earliest expiry among active holds; the minute job wakes what is overdue. */
    nextExpiryAtMs: integer("next_expiry_at_ms"),
    version: integer("version").notNull(),
    catalogVersion: integer("catalog_version").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    stockUpdatedAtMs: integer("stock_updated_at_ms").notNull(),
    deleted: integer("deleted", { mode: "boolean" }).notNull(),
    /** JSON object of the catalog fields that have no column of their own. */
    more: text("more"),
  },
  (t) => [
    index("products_name").on(t.name, t.productId),
    index("products_created").on(t.createdAtMs, t.productId),
    index("products_updated").on(t.updatedAtMs, t.productId),
    index("products_price").on(t.priceValue, t.productId),
    index("products_barcode")
      .on(t.barcode)
      .where(sql`barcode IS NOT NULL`),
    // Worst first. A change of the numbers costs one row more while the product is low, else nothing.
    index("products_low")
      .on(sql`on_shelf - minimum_stock_level`, t.productId)
      .where(sql`on_shelf < minimum_stock_level AND deleted = 0`),
    // A source finds its products, and a product by the id that it has there.
    index("products_source")
      .on(t.sourceName, t.sourceExternalId, t.productId)
      .where(sql`source_name IS NOT NULL`),
  ],
);

/**
 * Products whose catalog entry or availability the search index may not have yet: put in by the batch that changed them, taken out
 * once the index has them. WITHOUT ROWID, written into the migration by hand.
 */
export const searchQueue = sqliteTable("search_queue", {
  productId: text("product_id").primaryKey().notNull(),
  /** Rises with each change while the product waits: what has changed again meanwhile goes on waiting. */
  changes: integer("changes").notNull(),
});

/** The newest market price of a product, whichever source it is from. Written by the quotes object alone. WITHOUT ROWID. */
export const quotes = sqliteTable("quotes", {
  productId: text("product_id").primaryKey().notNull(),
  /** Plain decimals, exact. */
  amount: text("amount").notNull(),
  currency: text("currency").notNull(),
  source: text("source").notNull(),
  atMs: integer("at_ms").notNull(),
  change24hPercent: text("change_24h_percent"),
  marketCap: text("market_cap"),
  volume24h: text("volume_24h"),
});

/**
 * The history of market prices: a row per product, source, currency and stretch of time, whose length is its grain in
 * milliseconds. Each price goes into one row of every grain that still keeps its time. WITHOUT ROWID.
 */
export const pricePoints = sqliteTable(
  "price_points",
  {
    productId: text("product_id").notNull(),
    grainMs: integer("grain_ms").notNull(),
    startMs: integer("start_ms").notNull(),
    source: text("source").notNull(),
    currency: text("currency").notNull(),
    open: text("open").notNull(),
    high: text("high").notNull(),
    low: text("low").notNull(),
    close: text("close").notNull(),
    openAtMs: integer("open_at_ms").notNull(),
    closeAtMs: integer("close_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.productId, t.grainMs, t.startMs, t.source, t.currency] })],
);

/**
 * What was sold, held and so on, of each product by hour and by day (`grainMs`, UTC): units, and how many events added some. Made
 * from the events by report-sums.ts, and kept longer than they are. WITHOUT ROWID; by time first, so that a window is one range.
 */
export const reportSums = sqliteTable(
  "report_sums",
  {
    grainMs: integer("grain_ms").notNull(),
    startMs: integer("start_ms").notNull(),
    productId: text("product_id").notNull(),
    sold: integer("sold").notNull(),
    soldCount: integer("sold_count").notNull(),
    held: integer("held").notNull(),
    heldCount: integer("held_count").notNull(),
    expired: integer("expired").notNull(),
    expiredCount: integer("expired_count").notNull(),
    released: integer("released").notNull(),
    releasedCount: integer("released_count").notNull(),
    returned: integer("returned").notNull(),
    returnedCount: integer("returned_count").notNull(),
    added: integer("added").notNull(),
    addedCount: integer("added_count").notNull(),
    /** Of the events that added something. */
    firstAtMs: integer("first_at_ms").notNull(),
    lastAtMs: integer("last_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.grainMs, t.startMs, t.productId] })],
);

/** One row: events up to this offset are in the sums. Moved in the transaction that adds them. */
export const reportProgress = sqliteTable("report_progress", {
  id: integer("id").primaryKey(),
  offset: integer("offset").notNull(),
});

/** WITHOUT ROWID (written into the migration by hand): the id begins with the product's, so it also serves as that index. */
export const reservations = sqliteTable(
  "reservations",
  {
    reservationId: text("reservation_id").primaryKey().notNull(),
    productId: text("product_id").notNull(),
    locationId: text("location_id").notNull(),
    orderId: text("order_id"),
    customerId: text("customer_id"),
    state: text("state").notNull(),
    quantity: integer("quantity").notNull(),
    held: integer("held").notNull(),
    confirmed: integer("confirmed").notNull(),
    released: integer("released").notNull(),
    returned: integer("returned").notNull(),
    /** RFC 3339, as the event says it. */
    expiresAt: text("expires_at"),
    createdAt: text("created_at").notNull(),
    /** JSON object or null. */
    metadata: text("metadata"),
    version: integer("version").notNull(),
    /** The actor that made it, `key:<keyId>`; null: made before that was kept. */
    owner: text("owner"),
    /** JSON object of the fields that have no column of their own. */
    more: text("more"),
  },
  (t) => [
    index("reservations_order")
      .on(t.orderId)
      .where(sql`order_id IS NOT NULL`),
    index("reservations_customer")
      .on(t.customerId)
      .where(sql`customer_id IS NOT NULL`),
    // One living hold of sixteen, by the last letter of its id, which is random: to estimate how many a key has.
    index("reservations_held_sample")
      .on(t.owner)
      .where(sql`state = 'held' AND substr(reservation_id, -1) IN ('0', 'G')`),
  ],
);

export const locations = sqliteTable("locations", {
  locationId: text("location_id").primaryKey(),
  name: text("name").notNull(),
  /** Lower comes first. */
  priority: integer("priority").notNull(),
  country: text("country"),
  latitude: real("latitude"),
  longitude: real("longitude"),
  createdAtMs: integer("created_at_ms").notNull(),
  /** Set while it is being deleted: nothing new may arrive there. Old: whoever set it did not come to an end. */
  closedAtMs: integer("closed_at_ms"),
});

/** Which webhooks there are; everything else about one is in its object. */
export const webhooks = sqliteTable(
  "webhooks",
  {
    webhookId: text("webhook_id").primaryKey(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** The credential and idempotency key it was made with, as long as that key is remembered. */
    key: text("key"),
  },
  (t) => [
    uniqueIndex("webhooks_key")
      .on(t.key)
      .where(sql`key IS NOT NULL`),
  ],
);

/**
 * Managed keys, a row for each secret of a key: while it is rotated it has two. Of a secret there is only the digest. WITHOUT
 * ROWID, written into the migration by hand.
 */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    /** SHA-256, in hexadecimal. */
    digest: text("digest").primaryKey().notNull(),
    /** Of the key, whichever secret it has. */
    keyId: text("key_id").notNull(),
    name: text("name").notNull(),
    kind: text("kind").notNull(),
    /** JSON array. */
    scopes: text("scopes").notNull(),
    /** JSON array; null: from anywhere. */
    origins: text("origins"),
    /** Of the key. */
    createdAtMs: integer("created_at_ms").notNull(),
    /** Of this secret; one that was replaced works until then. */
    expiresAtMs: integer("expires_at_ms"),
    revokedAtMs: integer("revoked_at_ms"),
    /** Give or take some minutes. */
    lastUsedAtMs: integer("last_used_at_ms"),
    /** When this secret took the place of another. */
    rotatedAtMs: integer("rotated_at_ms"),
    /** When another took its place. */
    replacedAtMs: integer("replaced_at_ms"),
    /** The credential and idempotency key of the request that it was made by. */
    request: text("request"),
  },
  (t) => [index("api_keys_key").on(t.keyId)],
);
