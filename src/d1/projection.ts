/**
 * The only writer of the book's events, products and reservations: one D1 batch, one transaction, one JSON value per
 * statement. Sending the same again changes nothing: events are inserted where (product, version) is new, which also
 * keeps the offsets dense, and rows move only to a higher version. (A product that has given up waiting sends again, and both
 * may meet in one batch: the conflict clause is for that.)
 */
import type { EventType } from "../domain/events/event";
import type { ReservationData } from "../domain/reservation";
import { count } from "../telemetry/meter-buffer";
import { requireBookSchema } from "./book-schema";
import { productColumns, reservationColumns } from "./columns";
import { ABOVE_FLOOR, hasFallenBack, lowerLog, raiseLog, type LogFloor } from "./log-floor";
import { queueForSearch } from "./search-queue";

/** What one product sends. JSON texts pass through as they are. */
export interface BookEntry {
  productId: string;
  /** JSON objects separated by commas, with the versions after `fromVersion` up to `toVersion`. */
  events: string;
  fromVersion: number;
  toVersion: number;
  /** The product's numbers; null when the whole row comes. */
  stock: string | null;
  /** The whole row, when its catalog entry is new. */
  catalog: string | null;
  /** The events were sent before: where the book has one otherwise, it is put right in its place. */
  again?: true;
  /** It was refused with more: it shares no batch with what was not. */
  careful?: true;
  repair?: Repair;
}

/** A reservation's row. */
export type ReservationEntry = ReservationData & { productId: string; version: number };

/**
 * Rows that are rebuilt although their versions may not be lower. Each only at the version it was seen at: a repair that
 * lands after something newer changes nothing.
 */
export interface Repair {
  /** Of the product's row, which comes whole as `catalog`; null: there was none. */
  productVersion: number | null;
  /** Reservation rows to take out, as they were seen. */
  wrong: [reservationId: string, version: number][];
  /** Reservation rows to put in. */
  reservations: ReservationEntry[];
}

/**
 * What each type of event changes in the book beside the log: `movement`, its own data says what was on hand before and after;
 * `reservation`, it carries the whole reservation (and a movement, if it has one).
 */
const EFFECTS: Record<EventType, "movement" | "reservation" | "none"> = {
  "product.created": "none",
  "product.updated": "none",
  "product.deleted": "none",
  "stock.adjusted": "movement",
  "stock.counted": "movement",
  "stock.transferred": "movement",
  "stock.low": "none",
  "stock.recovered": "none",
  "stock.depleted": "none",
  "stock.available": "none",
  "stock.overstocked": "none",
  "reservation.held": "reservation",
  "reservation.resized": "reservation",
  "reservation.extended": "reservation",
  "reservation.confirmed": "reservation",
  "reservation.released": "reservation",
  "reservation.expired": "reservation",
  "reservation.returned": "reservation",
  "webhook.disabled": "none",
};

/** The types with that effect, as SQL: `'…', '…'`. */
function typesThat(effect: "movement" | "reservation"): string {
  return Object.entries(EFFECTS)
    .flatMap(([type, one]) => (one === effect ? [`'${type}'`] : []))
    .join(", ");
}

const MOVEMENT = `COALESCE(e.value ->> '$.data.movement.type',
      CASE WHEN e.value ->> 'type' IN (${typesThat("movement")}) THEN e.value ->> '$.data.type' END)`;
const AT_MS = "CAST(ROUND((julianday(e.value ->> 'at') - 2440587.5) * 86400000) AS INTEGER)";

const INSERT_EVENTS = insertEvents(ABOVE_FLOOR);

/** Of those sent again, the ones that the book has later versions than: now they come after them. */
const INSERT_LATE_EVENTS = insertEvents(`e.value ->> 'version' < (
    SELECT MAX(version) FROM events AS known WHERE known.product_id = e.value ->> 'productId')`);

/** Before events newer than what the book has come in: the newest version stands before every late one. */
const MARK_LATE_EVENTS = `
  INSERT INTO late_events (product_id, offset)
  SELECT events.product_id, events.offset FROM json_each(?1) AS e CROSS JOIN events
  WHERE events.product_id = e.value ->> 'productId' AND events.version = e.value ->> 'version'
    AND events.offset > (
      SELECT newest.offset FROM events AS newest
      WHERE newest.product_id = e.value ->> 'productId' ORDER BY newest.version DESC LIMIT 1)
  ON CONFLICT DO NOTHING`;

function insertEvents(condition: string): string {
  return `
  INSERT INTO events (product_id, version, type, movement, at_ms, body)
  SELECT e.value ->> 'productId', e.value ->> 'version', e.value ->> 'type', ${MOVEMENT}, ${AT_MS}, e.value
  FROM json_each(?1) AS e
  WHERE ${condition} AND NOT EXISTS (
    SELECT 1 FROM events AS known
    WHERE known.product_id = e.value ->> 'productId' AND known.version = e.value ->> 'version')
  ORDER BY e.key
  ON CONFLICT (product_id, version) DO NOTHING`;
}

/** What is about the product is the event's own, the rest is its data. */
const LOGGED_RESERVATION = new Map([
  ...reservationColumns("body", "$.data"),
  ["product_id", "product_id"],
  ["version", "version"],
]);

/**
 * A reservation event carries the whole reservation, and the last one wins. They are read back from the table, which is
 * cheaper than to send them twice; `?1` names the versions: `[[productId, fromVersion, toVersion], …]`.
 */
const UPSERT_RESERVATIONS = `
  INSERT INTO reservations (${[...LOGGED_RESERVATION.keys()].join(", ")})
  SELECT ${[...LOGGED_RESERVATION.values()].join(", ")}
  FROM json_each(?1) AS sent CROSS JOIN events
  WHERE product_id = sent.value ->> 0 AND version > sent.value ->> 1 AND version <= sent.value ->> 2
    AND events.type IN (${typesThat("reservation")})
  ORDER BY sent.key, version
  ON CONFLICT (reservation_id) DO UPDATE SET
    state = excluded.state, quantity = excluded.quantity, held = excluded.held, confirmed = excluded.confirmed,
    released = excluded.released, returned = excluded.returned, expires_at = excluded.expires_at,
    more = excluded.more, version = excluded.version
  WHERE excluded.version > reservations.version`;

const UPDATE_STOCK = `
  UPDATE products SET
    on_hand = s.value ->> 'onHand', reserved = s.value ->> 'reserved', available = s.value ->> 'available',
    on_shelf = s.value ->> 'onShelf', availability = s.value ->> 'availability', levels = s.value ->> 'levels',
    next_expiry_at_ms = s.value ->> 'nextExpiryAtMs', version = s.value ->> 'version',
    stock_updated_at_ms = s.value ->> 'stockUpdatedAtMs'
  FROM json_each(?1) AS s
  WHERE products.product_id = s.value ->> 'productId' AND s.value ->> 'version' > products.version`;

const PRODUCT = productColumns("p.value", "$");
/** What a customer would pay: the product's own price, else the market's. */
const PRICE = `COALESCE(${PRODUCT.get("price_value")},
  (SELECT CAST(amount AS REAL) FROM quotes WHERE quotes.product_id = p.value ->> 'productId'))`;

const QUEUE = queueForSearch("SELECT value, 1 FROM json_each(?1) WHERE true");

const UPSERT_PRODUCTS = `
  INSERT INTO products (${[...PRODUCT.keys()].join(", ")})
  SELECT ${[...PRODUCT].map(([name, value]) => (name === "price_value" ? PRICE : value)).join(", ")}
  FROM json_each(?1) AS p WHERE true
  ON CONFLICT (product_id) DO UPDATE SET
    ${[...PRODUCT.keys()]
      .slice(1)
      .map((name) => `${name} = excluded.${name}`)
      .join(", ")}
  WHERE excluded.version > products.version`;

const CORRECT_EVENTS = `
  UPDATE events SET type = e.value ->> 'type', movement = ${MOVEMENT}, at_ms = ${AT_MS}, body = e.value
  FROM json_each(?1) AS e
  WHERE events.product_id = e.value ->> 'productId' AND events.version = e.value ->> 'version'
    AND events.body <> e.value`;

const UNMARK_PRODUCTS = `
  UPDATE products SET version = -1 FROM json_each(?1) AS seen
  WHERE products.product_id = seen.value ->> 0 AND products.version = seen.value ->> 1`;

const REMOVE_RESERVATIONS = `
  DELETE FROM reservations WHERE (reservation_id, version) IN
    (SELECT seen.value ->> 0, seen.value ->> 1 FROM json_each(?1) AS seen)`;

const RESERVATION = reservationColumns("r.value", "$");

const INSERT_RESERVATIONS = `
  INSERT INTO reservations (${[...RESERVATION.keys()].join(", ")})
  SELECT ${[...RESERVATION.values()].join(", ")}
  FROM json_each(?1) AS r WHERE true
  ON CONFLICT (reservation_id) DO NOTHING`;

/** Offsets after the one up to the other. */
export interface Stretch {
  after: number;
  to: number;
}

const NEWEST = "SELECT MAX(offset) AS newest FROM events";

/** `fellBack`: the book had ended before the floor. */
export interface Committed extends Stretch {
  fellBack?: true;
}

/**
 * Commits the entries in one transaction, above the floor, and says which offsets their events have got. Rejects when D1 does,
 * and then nothing was written.
 */
export async function projectBatch(
  book: D1Database,
  entries: readonly BookEntry[],
  floor?: LogFloor,
): Promise<Committed> {
  await requireBookSchema(book);
  if (!floor) return commit(book, entries, { newest: 0 });
  // What is sent again goes in by another statement first.
  if (entries.some(({ again }) => again)) return commit(book, entries, { raise: floor });
  try {
    return await commit(book, entries, floor);
  } catch (error) {
    if (hasFallenBack(error)) return commit(book, entries, { raise: floor });
    throw error;
  }
}

/** `newest`: it rejects where the book ends before that. `raise`: the log is raised to that floor, if need be. */
async function commit(
  book: D1Database,
  entries: readonly BookEntry[],
  { newest = 0, raise }: { newest?: number; raise?: LogFloor },
): Promise<Committed> {
  const events = jsonArray(entries.map((entry) => entry.events));
  const stock = entries.flatMap((entry) => entry.stock ?? []);
  const catalog = entries.flatMap((entry) => entry.catalog ?? []);
  const changed = entries.flatMap((entry) => (entry.catalog === null ? [] : entry.productId));
  const sent = JSON.stringify(entries.map((entry) => [entry.productId, entry.fromVersion, entry.toVersion]));
  const repairs = entries.flatMap(({ productId, repair }) => (repair ? [{ productId, ...repair }] : []));
  const again = entries.filter((entry) => entry.again).map((entry) => entry.events);
  const before = [
    ...(raise ? [raiseLog(book, raise)] : []),
    ...(again.length > 0 ? resentStatements(book, jsonArray(again)) : []),
    ...(repairs.length > 0 ? repairStatements(book, repairs) : []),
  ];
  const results = await book.batch<{ newest: number | null }>([
    ...before,
    book.prepare(INSERT_EVENTS).bind(events, newest),
    ...(raise ? lowerLog(book, raise) : []),
    book.prepare(UPSERT_RESERVATIONS).bind(sent),
    ...(stock.length > 0 ? [book.prepare(UPDATE_STOCK).bind(jsonArray(stock))] : []),
    ...(catalog.length > 0
      ? [
          book.prepare(UPSERT_PRODUCTS).bind(jsonArray(catalog)),
          book.prepare(QUEUE).bind(JSON.stringify(changed)),
        ]
      : []),
    book.prepare(NEWEST),
  ]);
  const to = results.at(-1)?.results[0]?.newest ?? 0;
  count("holdfast_rows_written_total", { store: "book" }, rowsWritten(results));
  const lateAt = (raise ? 1 : 0) + INSERT_LATE_AT;
  const inserts = again.length > 0 ? [lateAt, before.length] : [before.length];
  const inserted = inserts.map((index) => results[index]?.meta.changes ?? 0);
  const fellBack = raise !== undefined && to > raise.resumeAfter && results[0]?.meta.changes === 1;
  const after = to - inserted.reduce((sum, count) => sum + count, 0);
  return { after, to, ...(fellBack && { fellBack }) };
}

function rowsWritten(results: readonly D1Result[]): number {
  return results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
}

/** The place of `INSERT_LATE_EVENTS` among those of `resentStatements`. */
const INSERT_LATE_AT = 1;

function resentStatements(book: D1Database, events: string) {
  return [CORRECT_EVENTS, INSERT_LATE_EVENTS, MARK_LATE_EVENTS].map((one) => book.prepare(one).bind(events));
}

/** The product's row is made older than any, so that the whole row that comes with the repair takes its place. */
function repairStatements(book: D1Database, repairs: readonly (Repair & { productId: string })[]) {
  const products = repairs.map(({ productId, productVersion }) => [productId, productVersion]);
  return [
    book.prepare(UNMARK_PRODUCTS).bind(JSON.stringify(products)),
    book.prepare(REMOVE_RESERVATIONS).bind(JSON.stringify(repairs.flatMap(({ wrong }) => wrong))),
    book
      .prepare(INSERT_RESERVATIONS)
      .bind(JSON.stringify(repairs.flatMap(({ reservations }) => reservations))),
  ];
}

function jsonArray(texts: readonly string[]): string {
  return `[${texts.filter((text) => text !== "").join(",")}]`;
}
