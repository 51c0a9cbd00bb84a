/** Everything that the book has of one product, for an object that has lost it. */
import { and, asc, desc, eq, gt, gte, lt, max, ne, sql } from "drizzle-orm";
import { reservationId } from "../domain/ids";
import type { ReservationData } from "../domain/reservation";
import type { ProductState } from "../domain/views";
import { MAX_RESTORED_RESERVATIONS, RESTORE_PAGE_ROWS } from "../limits/recovery";
import { readPrimary } from "./book";
import { reservationsOf } from "./product-snapshot";
import { productState } from "./products";
import { readableReservation, type ReservationRow } from "./reservations";
import { events, products, reservations } from "./schema";

export interface BookedReservation {
  data: ReservationData;
  version: number;
}

export interface BookedProduct {
  state: ProductState;
  /** The highest that anything in the book has. */
  version: number;
  /** Of the last event; null: there is none. */
  lastEventAtMs: number | null;
  /** All holds, and the newest of the others. */
  reservations: BookedReservation[];
  /** Reservations that have ended and were not read. */
  left: number;
}

/** Of a moment: nothing may be on its way to the book. undefined: there is no row, or it cannot be read. Throws `BookUnavailable`. */
export async function readBookedProduct(
  binding: D1Database,
  productId: string,
  keptSince: string,
): Promise<BookedProduct | undefined> {
  const ofProduct = eq(events.productId, productId);
  const ended = and(
    reservationsOf(productId),
    ne(reservations.state, "held"),
    gte(reservations.reservationId, reservationId(productId, keptSince)),
  );
  const [[row], [last], [count]] = await readPrimary(binding, (book) =>
    book.batch([
      book.select().from(products).where(eq(products.productId, productId)),
      book
        .select({ version: max(events.version), atMs: max(events.atMs) })
        .from(events)
        .where(ofProduct),
      book
        .select({ ended: sql<number>`count(*)` })
        .from(reservations)
        .where(ended),
    ]),
  );
  if (!row) return undefined;
  const holds = await readHolds(binding, productId);
  const others = await readEnded(binding, productId, keptSince);
  const all = [...holds, ...others];
  const versions = all.map(({ version }) => version);
  return {
    state: productState(row),
    version: versions.reduce((a, b) => Math.max(a, b), Math.max(row.version, last?.version ?? 0)),
    lastEventAtMs: last?.atMs ?? null,
    reservations: all,
    left: (count?.ended ?? 0) - others.length,
  };
}

async function readHolds(binding: D1Database, productId: string): Promise<BookedReservation[]> {
  const { reservationId: id, state } = reservations;
  return readPages(async (after) =>
    readPrimary(binding, (book) =>
      book
        .select()
        .from(reservations)
        .where(and(reservationsOf(productId), eq(state, "held"), after ? gt(id, after) : undefined))
        .orderBy(asc(id))
        .limit(RESTORE_PAGE_ROWS),
    ),
  );
}

/** The newest first. */
async function readEnded(
  binding: D1Database,
  productId: string,
  keptSince: string,
): Promise<BookedReservation[]> {
  const { reservationId: id, state } = reservations;
  const since = gte(id, reservationId(productId, keptSince));
  return readPages(
    async (before) =>
      readPrimary(binding, (book) =>
        book
          .select()
          .from(reservations)
          .where(
            and(reservationsOf(productId), ne(state, "held"), since, before ? lt(id, before) : undefined),
          )
          .orderBy(desc(id))
          .limit(RESTORE_PAGE_ROWS),
      ),
    MAX_RESTORED_RESERVATIONS,
  );
}

/** What cannot be read is left out. */
async function readPages(
  read: (cursor: string) => Promise<ReservationRow[]>,
  most = Number.POSITIVE_INFINITY,
): Promise<BookedReservation[]> {
  const all: BookedReservation[] = [];
  for (let cursor = ""; ;) {
    const page = await read(cursor);
    for (const row of page) {
      const data = readableReservation(row);
      if (data) all.push({ data, version: row.version });
    }
    cursor = page.at(-1)?.reservationId ?? "";
    if (page.length < RESTORE_PAGE_ROWS || all.length >= most) return all;
  }
}
