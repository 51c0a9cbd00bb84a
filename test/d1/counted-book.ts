/** The book with D1's own count of the rows that were read, and rows by the thousand to read among. */
import { env } from "cloudflare:workers";

/** What `read` answers, how many rows that database read for it, and how often it was asked. */
export async function counted<T>(
  read: (binding: D1Database) => Promise<T>,
  database: D1Database = env.BOOK,
): Promise<{ answer: T; rowsRead: number; batches: number }> {
  let rowsRead = 0;
  let batches = 0;
  const count = <R extends D1Result | D1Result[]>(results: R): R => {
    batches += 1;
    for (const { meta } of [results].flat()) rowsRead += meta.rows_read;
    return results;
  };
  const real = new WeakMap<object, D1PreparedStatement>();
  const statement = (prepared: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => statement(prepared.bind(...values)),
      all: async () => count(await prepared.all()),
      run: async () => count(await prepared.run()),
      first: () => prepared.first(),
      // Drizzle reads rows as arrays, which come without a count: the names and the count are of the same statement.
      raw: async () => {
        count(await prepared.all());
        return prepared.raw();
      },
    } as unknown as D1PreparedStatement;
    real.set(wrapped, prepared);
    return wrapped;
  };
  const binding = {
    prepare: (query: string) => statement(database.prepare(query)),
    batch: async (statements: D1PreparedStatement[]) =>
      count(await database.batch(statements.map((one) => real.get(one) ?? one))),
    withSession: () => binding,
  } as unknown as D1Database;
  const answer = await read(binding);
  return { answer, rowsRead, batches };
}

const NUMBERS = "WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ?1)";

async function fill(statement: string, count: number, ...values: unknown[]): Promise<void> {
  await env.BOOK.prepare(statement)
    .bind(count, ...values)
    .run();
}

/** Versions 1 to `count`; `type` is SQL over the version `v`, as are the others. */
export function fillEvents(
  productId: string,
  count: number,
  { type = "'reservation.held'", movement = "NULL", data = "json_object()" } = {},
): Promise<void> {
  return fill(
    `INSERT INTO events (product_id, version, type, movement, at_ms, body) ${NUMBERS}
     SELECT ?2, v, ${type}, ${movement}, v, json_object('id', ?2 || ':' || v, 'type', ${type}, 'productId', ?2, 'version', v,
       'at', 'then', 'actor', 'test', 'data', json(${data})) FROM n`,
    count,
    productId,
  );
}

/** `<productId>~000001` and so on; the columns are SQL over the number `v`. */
export function fillReservations(
  productId: string,
  count: number,
  { state = "'released'", locationId = "'main'", orderId = "NULL", customerId = "NULL", owner = "NULL" } = {},
): Promise<void> {
  return fill(
    `INSERT INTO reservations (reservation_id, product_id, location_id, order_id, customer_id, state, quantity, held,
       confirmed, released, returned, expires_at, created_at, metadata, version, owner) ${NUMBERS}
     SELECT ?2 || '~' || printf('%06d', v), ?2, ${locationId}, ${orderId}, ${customerId}, ${state}, 1, 1, 0, 0, 0,
       '2030-01-01T00:00:00.000Z', 'then', NULL, v, ${owner} FROM n`,
    count,
    productId,
  );
}

/** `<prefix>00001` and so on, each the better stocked the higher its number; the columns are SQL over the number `v`. */
export function fillProducts(
  prefix: string,
  count: number,
  {
    kind = "'item'",
    tags = "'[]'",
    attributes = "'{}'",
    status = "'active'",
    availability = "'in_stock'",
    locationId = "'main'",
    barcode = "NULL",
    price = "v",
    minimum = "0",
    deleted = "0",
  } = {},
): Promise<void> {
  return fill(
    `INSERT INTO products (product_id, kind, name, status, barcode, tags, attributes, price_amount, price_currency,
       price_value, minimum_stock_level, availability, on_hand, reserved, available, on_shelf, levels, version,
       catalog_version, created_at_ms, updated_at_ms, stock_updated_at_ms, deleted) ${NUMBERS}
     SELECT ?2 || printf('%05d', v), ${kind}, 'name ' || printf('%05d', v), ${status}, ${barcode}, ${tags}, ${attributes},
       ${price}, iif(${price} IS NULL, NULL, 'USD'), ${price}, ${minimum}, ${availability}, v, 0, v, v,
       json_array(json_object('locationId', ${locationId}, 'onHand', v, 'reserved', 0, 'safetyStock', 0,
         'backorderLimit', 0)), 1, 1, v, v, v, ${deleted} FROM n`,
    count,
    prefix,
  );
}
