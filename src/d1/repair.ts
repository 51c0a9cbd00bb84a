/** What the book has where a product's object is about to rebuild it. */
import { and, asc, eq, gt, gte, inArray, lt, lte, or, sql } from "drizzle-orm";
import { reservationId as idOf } from "../domain/ids";
import { MAX_REPAIRED_ROWS_SEEN } from "../limits";
import { readPrimary } from "./book";
import type { ReservationEntry } from "./projection";
import { readableReservation, type ReservationRow } from "./reservations";
import { events, eventSegments, products, reservations } from "./schema";

export type SeenRows = Awaited<ReturnType<typeof readSeenRows>>;

/**
 * The reservations in a range of ULIDs that the object answers for: those it names, those young enough that it has them all,
 * and whatever claims to be held. Throws `BookUnavailable`.
 */
export async function readSeenRows(
  binding: D1Database,
  productId: string,
  range: { after: string; to: string | undefined; ulids: readonly string[]; keptSince: string },
) {
  const { after, to, ulids, keptSince } = range;
  const { reservationId } = reservations;
  const named = JSON.stringify(ulids.map((ulid) => idOf(productId, ulid)));
  const end =
    to === undefined ? lt(reservationId, `${productId}\u007f`) : lte(reservationId, idOf(productId, to));
  const answeredFor = or(
    eq(reservations.state, "held"),
    gte(reservationId, idOf(productId, keptSince)),
    inArray(reservationId, sql`(SELECT value FROM json_each(${named}))`),
  );
  const [[product], rows] = await readPrimary(binding, (book) =>
    book.batch([
      book.select({ version: products.version }).from(products).where(eq(products.productId, productId)),
      book
        .select()
        .from(reservations)
        .where(and(gt(reservationId, idOf(productId, after)), end, answeredFor))
        .orderBy(asc(reservationId))
        .limit(MAX_REPAIRED_ROWS_SEEN),
    ]),
  );
  return {
    /** null: there is no row. */
    productVersion: product?.version ?? null,
    reservations: rows.map(seen),
    /** There are more in this range than were read. */
    more: rows.length === MAX_REPAIRED_ROWS_SEEN,
  };
}

export interface ArchivedBy {
  /** Versions up to here have left the book for files: those before the first that it has, or all that it has seen. */
  version: number;
  /** All that the book has of the product came after it had fallen back: what is before may be in files, or lost. */
  isUnsure: boolean;
}

/** What the book itself says of it. Throws `BookUnavailable`. */
export async function readArchivedVersion(binding: D1Database, productId: string): Promise<ArchivedBy> {
  const [row] = await readPrimary(binding, (book) =>
    book.all<{ version: number | null; firstOffset: number | null; gapEnd: number | null }>(sql`
      SELECT coalesce(
        (SELECT min(${events.version}) - 1 FROM ${events} WHERE ${events.productId} = ${productId}),
        (SELECT ${products.version} FROM ${products} WHERE ${products.productId} = ${productId})
      ) AS version,
      (SELECT min(${events.offset}) FROM ${events} WHERE ${events.productId} = ${productId}) AS firstOffset,
      (SELECT max(${eventSegments.lastOffset}) FROM ${eventSegments} WHERE ${eventSegments.events} = 0) AS gapEnd
      FROM (SELECT 1 FROM ${eventSegments} LIMIT 1)`),
  );
  if (!row) return { version: 0, isUnsure: false };
  const { version, firstOffset, gapEnd } = row;
  return { version: version ?? 0, isUnsure: gapEnd !== null && (firstOffset ?? gapEnd) >= gapEnd };
}

/** `entry`: undefined when the row cannot be read. */
function seen(row: ReservationRow) {
  const { reservationId, productId, version } = row;
  const data = readableReservation(row);
  const entry: ReservationEntry | undefined = data && { ...data, productId, version };
  return { reservationId, version, entry };
}
