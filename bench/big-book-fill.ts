/**
 * A book by the million, written by SQLite itself: one busy product with a fifth of the events and a third of
 * the reservations, the rest spread over all. What filters look for is rare.
 */
import { logProgress } from "../scripts/progress.ts";

/** Rows that one statement writes. */
const STEP = 25_000;
export const BUSY = "busy";

const NUMBERS =
  "WITH RECURSIVE n (v) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT v + 1 FROM n WHERE v < ?2)";
/** The time of the n-th event: a second apart. */
const AT = (n: string) => `1700000000000 + (${n}) * 1000`;
const TIME = (n: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', (${AT(n)}) / 1000.0, 'unixepoch')`;
const PRODUCT = (n: string) => `'p' || printf('%05d', ${n})`;

/** Each is SQL over `v`. */
interface EventParts {
  offset: string;
  product: string;
  version: string;
}

function eventsSql({ offset, product, version }: EventParts): string {
  const type =
    "CASE WHEN v % 60000 = 0 THEN 'stock.low' WHEN v % 10000 = 0 THEN 'stock.adjusted' ELSE 'reservation.held' END";
  const movement = "CASE WHEN v % 60000 <> 0 AND v % 10000 = 0 THEN 'receipt' END";
  return `INSERT INTO events (offset, product_id, version, type, movement, at_ms, body) ${NUMBERS}
    SELECT ${offset}, ${product}, ${version}, ${type}, ${movement}, ${AT(offset)},
      json_object('id', ${product} || ':' || (${version}), 'type', ${type}, 'productId', ${product}, 'version', ${version},
        'at', ${TIME(offset)}, 'actor', 'key:bench', 'data', json_object('reservationId', ${product} || '~' || v,
        'orderId', 'O' || v, 'locationId', 'main', 'before', 1, 'after', 2, 'reason', 'bench', 'reference', 'R' || v,
        'customerId', null, 'state', 'held', 'quantity', 1, 'held', 1, 'confirmed', 0, 'released', 0, 'returned', 0,
        'expiresAt', ${TIME(offset)}, 'createdAt', ${TIME(offset)}, 'metadata', null),
        'level', json_object('locationId', 'main', 'onHand', 2, 'reserved', 0, 'available', 2)) FROM n`;
}

/** `product`: SQL over `v`. */
function reservationsSql(product: string): string {
  return `INSERT INTO reservations (reservation_id, product_id, location_id, order_id, customer_id, state, quantity, held,
      confirmed, released, returned, expires_at, created_at, metadata, version, owner) ${NUMBERS}
    SELECT ${product} || '~' || printf('%026d', v), ${product}, iif(v % 30000 = 0, 'east', 'main'),
      iif(v % 3 = 0, 'O-big', 'O' || v), iif(v % 3 = 0, 'C-big', 'C' || (v % 1000)),
      iif(v % 30000 = 0, 'held', 'released'), 1, iif(v % 30000 = 0, 1, 0), 0, 1, 0, '2099-01-01T00:00:00.000Z',
      ${TIME("v")}, NULL, v, 'key:bench' FROM n`;
}

const PRODUCTS_SQL = `
  INSERT INTO products (product_id, kind, name, description, status, barcode, tags, attributes, price_amount,
    price_currency, price_value, minimum_stock_level, availability, on_hand, reserved, available, on_shelf, levels,
    version, catalog_version, created_at_ms, updated_at_ms, stock_updated_at_ms, deleted) ${NUMBERS}
  SELECT ${PRODUCT("v - 1")}, iif(v % 12000 = 0, 'rare', iif(v % 100 = 3, 'asset', 'set')), 'Set ' || (v * 7919 % 100003), 'A set of bricks.',
    iif(v % 12000 = 0, 'inactive', 'active'), printf('%013d', v), iif(v % 12000 = 0, '["rare"]', '["ucs"]'),
    json_object('theme', iif(v % 12000 = 0, 'Rare', 'Theme ' || (v % 100)), 'year', 1970 + v % 50, 'pieces', v % 5000),
    (v * 7919 % 90000) / 100.0, 'USD', (v * 7919 % 90000) / 100.0, iif(v % 2 = 0, 10, 0),
    iif(v % 12000 = 0, 'backorder', 'in_stock'), v % 20, 0, v % 20, v % 20,
    json_array(json_object('locationId', iif(v % 12000 = 0, 'east', 'main'), 'onHand', v % 20, 'reserved', 0,
      'safetyStock', 0, 'backorderLimit', 0)), 40, 1, ${AT("v")}, ${AT("v")}, ${AT("v")}, 0 FROM n`;

/** Of the busy product, as many points of each grain as fit, back from now: an hour apart at least. */
const PRICES_SQL = `
  INSERT INTO price_points (product_id, grain_ms, start_ms, source, currency, open, high, low, close, open_at_ms, close_at_ms)
    ${NUMBERS}
  SELECT '${BUSY}', grain, at, iif(v % 3000 = 0, 'rare', 'bench'), 'USD', '1.5', '2', '1', '1.7', at, at
  FROM (SELECT v, value AS grain, unixepoch() * 1000 / value * value - v * value AS at FROM n, json_each('[1000,3600000,86400000]'))`;

const QUOTES_SQL = `INSERT INTO quotes (product_id, amount, currency, source, at_ms) ${NUMBERS}
  SELECT ${PRODUCT("v")}, '1.5', 'USD', 'bench', ${AT("v")} FROM n`;

/** How many rows of each. */
export interface Sizes {
  events: number;
  products: number;
  reservations: number;
  /** Of the history of one product, in each of three grains. */
  prices: number;
}

export const BIG: Sizes = { events: 1_000_000, products: 25_533, reservations: 300_000, prices: 20_000 };
/** For a quick look. */
export const FEW: Sizes = { events: 100_000, products: 2500, reservations: 30_000, prices: 2000 };
/** Almost empty, but lists have a page to show. */
export const SMALL: Sizes = { events: 4000, products: 200, reservations: 1200, prices: 1500 };

/** As D1 has it; parameters are numbered. */
interface Database {
  prepare(sql: string): { bind(...values: (string | number)[]): { run(): Promise<unknown> } };
}

/** `database`: an empty, migrated one. */
export async function fillBook(
  database: Database,
  { events, products, reservations, prices }: Sizes,
): Promise<void> {
  const busyEvents = Math.floor(events / 5);
  const busyReservations = Math.floor(reservations / 3);
  // Every fifth offset is the busy product's, and each product has its versions without a gap.
  const spread = { product: PRODUCT(`(v - 1) % ${products}`), version: `(v - 1) / ${products} + 1` };
  await insert(database, PRODUCTS_SQL, products);
  await database.prepare("UPDATE products SET product_id = ?1 WHERE product_id = 'p00000'").bind(BUSY).run();
  await insert(database, QUOTES_SQL, Math.floor(products / 2));
  await insert(database, PRICES_SQL, prices);
  await insert(database, eventsSql({ offset: "v + (v - 1) / 4", ...spread }), events - busyEvents);
  await insert(database, eventsSql({ offset: "v * 5", product: `'${BUSY}'`, version: "v" }), busyEvents);
  await insert(database, reservationsSql(PRODUCT(`v * 7919 % ${products}`)), reservations - busyReservations);
  await insert(database, reservationsSql(`'${BUSY}'`), busyReservations);
}

async function insert(database: Database, sql: string, count: number): Promise<void> {
  for (let from = 1; from <= count; from += STEP) {
    await database
      .prepare(sql)
      .bind(from, Math.min(count, from + STEP - 1))
      .run();
  }
  logProgress(`${count} rows: ${sql.trim().slice(12, 40)}`);
}
