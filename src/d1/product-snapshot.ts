/** One product as the book has it at one moment, and its events by version: what verifying and repairing read. */
import { and, asc, desc, eq, gt, lt, lte, min, sql, type SQL } from "drizzle-orm";
import { MAX_REPLAYED_RESERVATIONS, REPLAY_PAGE_EVENTS } from "../limits";
import { readPrimary } from "./book";
import { productState } from "./products";
import { readableReservation } from "./reservations";
import { events, products, reservations } from "./schema";

export type BookSnapshot = Awaited<ReturnType<typeof readBookSnapshot>>;

/** Read in one transaction. Throws `BookUnavailable`. */
export async function readBookSnapshot(binding: D1Database, productId: string) {
  const ofProduct = eq(events.productId, productId);
  const version = { version: events.version };
  const [[row], [oldest], [newest], [first], held] = await readPrimary(binding, (book) =>
    book.batch([
      book.select().from(products).where(eq(products.productId, productId)),
      book.select(version).from(events).where(ofProduct).orderBy(asc(events.version)).limit(1),
      book.select(version).from(events).where(ofProduct).orderBy(desc(events.version)).limit(1),
      book.select({ offset: min(events.offset) }).from(events),
      book
        .select()
        .from(reservations)
        .where(reservationsOf(productId))
        .orderBy(desc(reservations.reservationId))
        .limit(MAX_REPLAYED_RESERVATIONS),
    ]),
  );
  const all = held.length < MAX_REPLAYED_RESERVATIONS;
  return {
    /** The version of the product's row; null: there is none. */
    rowVersion: row?.version ?? null,
    /** undefined: there is none, or it cannot be read. */
    product: row && readable(row),
    /** Versions of the product's events that are kept; null: there are none. */
    oldestVersion: oldest?.version ?? null,
    newestVersion: newest?.version ?? null,
    /** Events have been dropped for their age. */
    trimmed: (first?.offset ?? 1) > 1,
    /** Newest first, those that can be read. */
    reservations: held.flatMap((one) => {
      const data = readableReservation(one);
      return data ? [{ data, version: one.version }] : [];
    }),
    /** Reservations older than this one were not read; undefined: all were. */
    readFrom: all ? undefined : held.at(-1)?.reservationId,
  };
}

/** Ids begin with the product's and a tilde; the character after the tilde ends the range of the primary key. */
export function reservationsOf(productId: string) {
  const { reservationId } = reservations;
  return and(gt(reservationId, `${productId}~`), lt(reservationId, `${productId}\u007f`));
}

/** undefined: what should be JSON in it is not. */
function readable(row: typeof products.$inferSelect) {
  try {
    const { onHand, reserved, available, onShelf, availability } = row;
    return { ...productState(row), totals: { onHand, reserved, available, onShelf, availability } };
  } catch {
    return undefined;
  }
}

/** The next events of a product after a version, up to another, a page of them. Throws `BookUnavailable`. */
export function readHistory(binding: D1Database, productId: string, versions: { after: number; to: number }) {
  const { productId: id, version, body } = events;
  return readPrimary(binding, (book) =>
    book
      .select({ version, body })
      .from(events)
      .where(and(eq(id, productId), gt(version, versions.after), lte(version, versions.to)))
      .orderBy(asc(events.version))
      .limit(REPLAY_PAGE_EVENTS),
  );
}

/**
 * The next product that has events. Those of others (webhooks) stand together, under names with a colon after the same word;
 * no productId has a colon, and the semicolon is the character after it.
 */
function nextLogged(after: SQL): SQL {
  const next = (range: SQL) => sql`SELECT MIN(product_id) AS id FROM events WHERE ${range}`;
  const before = next(sql`product_id > ${after} AND product_id < 'webhook:'`);
  const behind = next(sql`product_id > max(${after}, 'webhook;')`);
  return sql`(SELECT MIN(id) FROM (${before} UNION ALL ${behind}))`;
}

/**
 * The next products by id that the book has rows or events of, deleted ones too. Two index seeks each find those that have
 * events and no row. Throws `BookUnavailable`.
 */
export async function nextProductIds(binding: D1Database, afterId: string, limit: number): Promise<string[]> {
  const rows = await readPrimary(binding, (book) =>
    book.all<{ id: string }>(sql`
      WITH RECURSIVE logged (id) AS (
        SELECT ${nextLogged(sql`${afterId}`)}
        UNION ALL
        SELECT ${nextLogged(sql`logged.id`)} FROM logged WHERE logged.id IS NOT NULL LIMIT ${limit}
      )
      SELECT id FROM logged WHERE id IS NOT NULL
      UNION
      SELECT product_id FROM (
        SELECT product_id FROM products WHERE product_id > ${afterId} ORDER BY product_id LIMIT ${limit})
      ORDER BY id LIMIT ${limit}`),
  );
  return rows.map(({ id }) => id);
}
