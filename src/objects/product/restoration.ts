/**
 * An object whose storage was lost, made again from what the book has of its product: stock, reservations and levels as the book's, and a
 * version well above it, since events that never reached the book may have had the next ones. An event says so in the log. What the book
 * cannot know stays unknown: whatever happened after its last event, idempotency keys, and what only the object kept of a hold.
 */
import { encodeTime } from "ulid";
import { readBookedProduct, type BookedProduct, type BookedReservation } from "../../d1/product-restore";
import { parseReservationId } from "../../domain/ids";
import type { Reservation } from "../../domain/reservation";
import { RESOLVED_RETENTION_MS } from "../../limits";
import { RESTORED_VERSION_GAP } from "../../limits/recovery";
import { SQL } from "./statements";
import type { ProductStore } from "./store";

export type Restoration =
  | { state: "unknown" }
  /** The object has what the book has, or more. */
  | { state: "not_lost"; version: number; bookVersion: number }
  | Restored;

export interface Restored {
  state: "restored";
  version: number;
  /** Everything up to this version is as the book has it. */
  bookVersion: number;
  lastEventAt: string | null;
  holds: number;
  /** That have ended. */
  resolved: number;
  /** Reservations that have ended and that the book alone has. */
  left: number;
  /** What the object had begun again with, and is gone; 0: it was empty. */
  droppedVersion: number;
}

interface Place {
  env: Env;
  storage: Pick<DurableObjectStorage, "transactionSync">;
  store: ProductStore;
}

/** Throws `BookUnavailable`, and what a transaction fails with; then nothing was changed. */
export async function restore({ env, storage, store }: Place, actor: string): Promise<Restoration> {
  const keptSince = encodeTime(Date.now() - RESOLVED_RETENTION_MS);
  const booked = await readBookedProduct(env.BOOK, store.productId, keptSince);
  if (!booked) return { state: "unknown" };
  // Nothing is awaited from here on.
  const droppedVersion = store.version;
  const bookVersion = booked.version;
  if (droppedVersion >= bookVersion) return { state: "not_lost", version: droppedVersion, bookVersion };
  try {
    storage.transactionSync(() => rewrite(store, booked, actor));
  } finally {
    store.load();
  }
  const holds = booked.reservations.filter(({ data }) => data.state === "held").length;
  return {
    state: "restored",
    version: store.version,
    bookVersion,
    lastEventAt: booked.lastEventAtMs === null ? null : new Date(booked.lastEventAtMs).toISOString(),
    holds,
    resolved: booked.reservations.length - holds,
    left: booked.left,
    droppedVersion,
  };
}

/** Journal rows go on after those that are dropped, so that nothing on its way can be taken for what is new. */
function rewrite(store: ProductStore, booked: BookedProduct, actor: string): void {
  const { productId } = store;
  const { product, levels } = booked.state;
  const now = Date.now();
  const version = booked.version + RESTORED_VERSION_GAP;
  store.prepare();
  for (const clear of SQL.clearAll) store.rows(clear);
  store.levels = [];
  store.putProduct({ ...product, catalogVersion: version });
  for (const level of levels) store.putLevel(level);
  for (const reservation of booked.reservations.map(restored)) {
    store.putReservation(reservation, true);
    if (reservation.held < reservation.quantity) store.putReservation(reservation, false);
  }
  const event = {
    id: `${productId}:${version}`,
    type: "product.updated",
    productId,
    version,
    at: new Date(now).toISOString(),
    actor,
    data: { changes: {}, restoredAfter: booked.version },
    level: null,
  };
  const acknowledgedSeq = store.seq;
  store.version = version - 1;
  store.appendJournal({ events: [JSON.stringify(event)], catalog: 2 }, { now, acknowledgedSeq });
}

/**
 * How often it was extended, and what it was handed over from or to, begins again. One whose order was being confirmed is no longer
 * kept from others; it is confirmed or given back all the same.
 */
function restored({ data, version }: BookedReservation): Reservation {
  const { reservationId, expiresAt, createdAt, ...rest } = data;
  const { state, quantity, confirmed, released } = data;
  const madeAt = Date.parse(createdAt);
  return {
    ...rest,
    ulid: parseReservationId(reservationId)?.ulid ?? "",
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
    createdAt: madeAt,
    expiredQuantity: state === "expired" ? quantity - confirmed - released : 0,
    extensions: 0,
    prepared: null,
    supersededBy: null,
    chainStartedAt: madeAt,
    version,
  };
}
