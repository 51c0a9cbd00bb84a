/**
 * Rebuilding the book's rows of this product from the truth here, whatever they say: first the events that the journal
 * still has (the book takes those it lacks and corrects those it has otherwise; what has gone to files stays there), then those that were set aside, then page by
 * page the reservations that read otherwise, each page with the product's whole row. An event that the book refuses goes
 * without the metadata that is too much for it. Every page is one transaction of the book and alone on the road to it; a crash between two leaves
 * what is right right and the rest for the next time. A row is only replaced at the version it was seen at, so that a page
 * that lands late, after it was given up, cannot put an older state over a newer one.
 */
import { encodeTime } from "ulid";
import { archivedVersion } from "../../archive/archived-version";
import { readSeenRows, type SeenRows } from "../../d1/repair";
import type { BookEntry, ReservationEntry } from "../../d1/projection";
import { canonical } from "../../verify/comparison";
import { reservationData, type Reservation } from "../../domain/reservation";
import { withBoundedMetadata } from "../../domain/metadata";
import { eventsKeptSince, readConfig } from "../../env";
import * as limits from "../../limits";
import { withTimeout } from "../../timeout";
import { entryOfEvents, packBatch, splitEvents, wholeRow, type LoneEvent } from "./event-batch";
import type { ProductOutbox } from "./product-outbox";
import { SQL, type SetAsideRow } from "./statements";
import type { ProductStore } from "./store";

/** What is rebuilt, and its way to the book, on which nothing else of this product may be meanwhile. */
interface Place {
  env: Env;
  store: ProductStore;
  outbox: ProductOutbox;
}

export interface Reprojection {
  /** 0: the product was never written here. */
  version: number;
  eventsSent: number;
  /** Reservation rows that were written or removed. */
  reservations: number;
}

/** Rejects when the book cannot be read or written; what was done until then stays done. */
export async function reproject(place: Place): Promise<Reprojection> {
  const eventsSent = (await resendEvents(place)) + (await resendSetAside(place));
  let reservations = 0;
  for (let after: string | undefined = ""; after !== undefined;) {
    const page = await place.outbox.alone(() => rewritePage(place, after ?? ""));
    reservations += page.rows;
    after = page.next;
  }
  return { version: place.store.version, eventsSent, reservations };
}

async function resendEvents(place: Place): Promise<number> {
  const { env, store, outbox } = place;
  // The book may have dropped older ones for their age.
  const eventsSince = eventsKeptSince(readConfig(env), Date.now());
  const [before] = store.rows<{ seq: number | null }>(SQL.lastBefore, eventsSince);
  const [first] = store.rows<{ atMs: number | null }>(SQL.firstAfter, before?.seq ?? 0);
  const archived = await archivedVersion(env, store.productId, first?.atMs ?? Date.now());
  let sent = 0;
  for (let seq: number | undefined = before?.seq ?? 0; seq !== undefined;) {
    const afterSeq: number = seq;
    const refused: BookEntry[] = [];
    seq = await outbox.alone(async () => {
      const batch = packBatch(store, afterSeq);
      if (!batch) return undefined;
      const entry = entryAfter(archived, batch.entry);
      if (entry) {
        const { fromVersion, toVersion } = entry;
        if (!(await carry(place, { ...entry, again: true }))) refused.push(entry);
        else store.rows(SQL.deleteSetAside, fromVersion, toVersion);
        sent += toVersion - fromVersion;
      }
      return batch.more ? batch.seq : undefined;
    });
    // The product's row comes with the reservations.
    for (const entry of refused) sent -= await carryEvents(place, splitEvents(entry));
  }
  return sent;
}

/** Its events after the version; undefined: there are none. */
function entryAfter(version: number, entry: BookEntry): BookEntry | undefined {
  if (entry.fromVersion >= version) return entry;
  const later = splitEvents(entry).filter((event) => event.version > version);
  return later.length > 0 ? entryOfEvents(entry.productId, later) : undefined;
}

/** Those whose journal rows are gone, and what was refused just now. */
async function resendSetAside(place: Place): Promise<number> {
  let sent = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: LoneEvent[] = place.store.rows<SetAsideRow>(
      SQL.selectSetAside,
      after,
      limits.MAX_SET_ASIDE_TOLD,
    );
    const events = page.map(({ version, event }) => ({ version, event: withBoundedMetadata(event) }));
    sent += events.length - (await carryEvents(place, events));
    after = page.at(-1)?.version;
  }
  return sent;
}

/** By halves where the book refuses them, until one is alone. Answers how many it would not take in any form. */
async function carryEvents(place: Place, events: readonly LoneEvent[]): Promise<number> {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return 0;
  const { store, outbox } = place;
  const entry: BookEntry = { ...entryOfEvents(store.productId, events), again: true };
  const taken = await outbox.alone(() => carry(place, entry));
  if (taken) {
    for (const { version } of events) store.rows(SQL.deleteSetAside, version - 1, version);
    return 0;
  }
  if (events.length > 1) {
    const middle = Math.ceil(events.length / 2);
    const refused = await carryEvents(place, events.slice(0, middle));
    return refused + (await carryEvents(place, events.slice(middle)));
  }
  const bounded = withBoundedMetadata(first.event);
  return bounded === first.event ? 1 : carryEvents(place, [{ ...first, event: bounded }]);
}

/** `next`: where the next page begins; undefined: this was the last. */
async function rewritePage(place: Place, after: string): Promise<{ rows: number; next: string | undefined }> {
  const { store, env } = place;
  const { productId } = store;
  const stored = () => store.reservations(SQL.selectAfter, after, limits.REPROJECTION_PAGE_ROWS);
  const first = stored();
  const last = first.length < limits.REPROJECTION_PAGE_ROWS ? undefined : first.at(-1)?.ulid;
  // Older ones that were resolved may be in the book alone.
  const keptSince = encodeTime(Date.now() - limits.RESOLVED_RETENTION_MS);
  const ulids = first.map(({ ulid }) => ulid);
  const seen = await readSeenRows(env.BOOK, productId, { after, to: last, ulids, keptSince });
  // As they are now: the read took its time.
  const truth = stored().filter(({ ulid }) => last === undefined || ulid <= last);
  const { wrong, rows } = disagreements(productId, truth, seen);
  const taken = await carry(place, {
    productId,
    events: "",
    fromVersion: store.version,
    toVersion: store.version,
    stock: null,
    catalog: JSON.stringify(wholeRow(store)),
    repair: { productVersion: seen.productVersion, wrong, reservations: rows },
  });
  if (!taken) throw new Error("the book refuses the rows");
  return { rows: Math.max(wrong.length, rows.length), next: seen.more ? after : last };
}

/** Rows of the book that are not as they should be, and rows as they should be. */
function disagreements(productId: string, truth: readonly Reservation[], { reservations }: SeenRows) {
  const entries = truth.map((one): ReservationEntry => {
    return { ...reservationData(productId, one), productId, version: one.version };
  });
  const right = new Map(entries.map((entry) => [entry.reservationId, canonical(entry)]));
  const inBook = new Map(reservations.map((row) => [row.reservationId, canonical(row.entry)]));
  const differs = (row: { reservationId: string }) =>
    right.get(row.reservationId) !== inBook.get(row.reservationId);
  const wrong = reservations.filter(differs).map((row): [string, number] => [row.reservationId, row.version]);
  return { wrong, rows: entries.filter(differs) };
}

/** False: the book refuses what is in it. Throws when it cannot be reached. */
async function carry({ outbox }: Place, entry: BookEntry): Promise<boolean> {
  const sent = withTimeout(outbox.append(entry), limits.LEDGER_CALL_TIMEOUT_MS, "ledger");
  const { ok, refused, reason } = await sent;
  if (!ok && !refused) throw new Error(reason);
  return ok;
}
