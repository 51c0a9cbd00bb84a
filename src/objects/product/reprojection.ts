/**
 * Rebuilding the book's rows of this product from the truth here, whatever they say: first the events that the journal
 * still has (the book takes those it lacks and corrects those it has otherwise), then those that were set aside, then page by
 * page the reservations that read otherwise, each page with the product's whole row. An event that the book refuses goes
 * without the metadata that is too much for it. Every page is one transaction of the book and alone on the road to it; a crash between two leaves
 * what is right right and the rest for the next time. A row is only replaced at the version it was seen at, so that a page
 * that lands late, after it was given up, cannot put an older state over a newer one.
 */
import { encodeTime } from "ulid";
import { readSeenRows, type SeenRows } from "../../d1/repair";
import type { BookEntry, ReservationEntry } from "../../d1/projection";
import { canonical } from "../../verify/comparison";
import { reservationData, type Reservation } from "../../domain/reservation";
import { withBoundedMetadata } from "../../domain/metadata";
import {
  LEDGER_CALL_TIMEOUT_MS,
  MAX_SET_ASIDE_TOLD,
  REPROJECTION_PAGE_ROWS,
  RESOLVED_RETENTION_MS,
} from "../../limits";
import { withTimeout } from "../../timeout";
import type { LedgerAnswer } from "../ledger/batch";
import { packBatch, splitEvents, wholeRow, type LoneEvent } from "./event-batch";
import type { ProductStore } from "./store";

export interface ReprojectionDeps {
  store: ProductStore;
  productId: string;
  book: D1Database;
  now: number;
  /** Events older than this are not sent again: the book may have dropped them for their age. */
  eventsSince: number;
  /** Runs work while nothing else of this product is on its way to the book. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  send(entry: BookEntry): Promise<LedgerAnswer>;
}

export interface Reprojection {
  /** 0: the product was never written here. */
  version: number;
  eventsSent: number;
  /** Reservation rows that were written or removed. */
  reservations: number;
}

/** Rejects when the book cannot be read or written; what was done until then stays done. */
export async function reproject(deps: ReprojectionDeps): Promise<Reprojection> {
  const { store } = deps;
  const eventsSent = (await resendEvents(deps)) + (await resendSetAside(deps));
  let reservations = 0;
  for (let after: string | undefined = ""; after !== undefined;) {
    const page: PageResult = await deps.alone(() => rewritePage(deps, after ?? ""));
    reservations += page.rows;
    after = page.next;
  }
  return { version: store.version, eventsSent, reservations };
}

async function resendEvents(deps: ReprojectionDeps): Promise<number> {
  const { store, productId, eventsSince } = deps;
  let sent = 0;
  for (let seq: number | undefined = store.seqBefore(eventsSince); seq !== undefined;) {
    const afterSeq: number = seq;
    const refused: BookEntry[] = [];
    seq = await deps.alone(async () => {
      const batch = packBatch(store, productId, { afterSeq });
      if (!batch) return undefined;
      const { fromVersion, toVersion } = batch.entry;
      if (!(await carry(deps, { ...batch.entry, again: true }))) refused.push(batch.entry);
      else store.forgetSetAside({ after: fromVersion, to: toVersion });
      sent += toVersion - fromVersion;
      return batch.more ? batch.seq : undefined;
    });
    // The product's row comes with the reservations.
    for (const entry of refused) sent -= await carryEvents(deps, splitEvents(entry));
  }
  return sent;
}

/** Those whose journal rows are gone, and what was refused just now. */
async function resendSetAside(deps: ReprojectionDeps): Promise<number> {
  let sent = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: LoneEvent[] = deps.store.setAsideAfter(after, MAX_SET_ASIDE_TOLD);
    const events = page.map(({ version, event }) => ({ version, event: withBoundedMetadata(event) }));
    if (events.length > 0) sent += events.length - (await carryEvents(deps, events));
    after = page.at(-1)?.version;
  }
  return sent;
}

/** By halves where the book refuses them, until one is alone. Answers how many it would not take in any form. */
async function carryEvents(deps: ReprojectionDeps, events: readonly LoneEvent[]): Promise<number> {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return 0;
  const taken = await deps.alone(() => carry(deps, loneEntry(deps.productId, events)));
  if (taken) {
    for (const { version } of events) deps.store.forgetSetAside({ after: version - 1, to: version });
    return 0;
  }
  if (events.length > 1) {
    const middle = Math.ceil(events.length / 2);
    const refused = await carryEvents(deps, events.slice(0, middle));
    return refused + (await carryEvents(deps, events.slice(middle)));
  }
  const bounded = withBoundedMetadata(first.event);
  return bounded === first.event ? 1 : carryEvents(deps, [{ ...first, event: bounded }]);
}

function loneEntry(productId: string, events: readonly LoneEvent[]): BookEntry {
  const versions = events.map(({ version }) => version);
  return {
    productId,
    events: events.map(({ event }) => event).join(","),
    fromVersion: Math.min(...versions) - 1,
    toVersion: Math.max(...versions),
    stock: null,
    catalog: null,
    again: true,
    careful: true,
  };
}

interface PageResult {
  rows: number;
  /** Where the next page begins; undefined: this was the last. */
  next: string | undefined;
}

async function rewritePage(deps: ReprojectionDeps, after: string): Promise<PageResult> {
  const { store, productId, book, now } = deps;
  const first = store.reservations.after(after, REPROJECTION_PAGE_ROWS);
  const last = first.length < REPROJECTION_PAGE_ROWS ? undefined : first.at(-1)?.ulid;
  // Older ones that were resolved may be in the book alone.
  const keptSince = encodeTime(now - RESOLVED_RETENTION_MS);
  const seen = await readSeenRows(book, productId, {
    after,
    to: last,
    ulids: first.map(({ ulid }) => ulid),
    keptSince,
  });
  // As they are now: the read took its time.
  const truth = store.reservations
    .after(after, REPROJECTION_PAGE_ROWS)
    .filter(({ ulid }) => last === undefined || ulid <= last);
  const { wrong, rows } = disagreements(productId, truth, seen);
  const taken = await carry(deps, {
    productId,
    events: "",
    fromVersion: store.version,
    toVersion: store.version,
    stock: null,
    catalog: JSON.stringify(wholeRow(store, productId)),
    repair: { productVersion: seen.productVersion, wrong, reservations: rows },
  });
  if (!taken) throw new Error("the book refuses the rows");
  return { rows: Math.max(wrong.length, rows.length), next: seen.more ? after : last };
}

/** Rows of the book that are not as they should be, and rows as they should be. */
function disagreements(productId: string, truth: readonly Reservation[], { reservations }: SeenRows) {
  const entries = truth.map((one) => entryOf(productId, one));
  const right = new Map(entries.map((entry) => [entry.reservationId, canonical(entry)]));
  const inBook = new Map(reservations.map((row) => [row.reservationId, canonical(row.entry)]));
  const differs = (row: { reservationId: string }) =>
    right.get(row.reservationId) !== inBook.get(row.reservationId);
  const wrong = reservations.filter(differs).map((row): [string, number] => [row.reservationId, row.version]);
  return { wrong, rows: entries.filter(differs) };
}

function entryOf(productId: string, reservation: Reservation): ReservationEntry {
  const { version } = reservation;
  return { ...reservationData(productId, reservation), productId, version };
}

/** False: the book refuses what is in it. Throws when it cannot be reached. */
async function carry({ send }: ReprojectionDeps, entry: BookEntry): Promise<boolean> {
  const { ok, refused, reason } = await withTimeout(send(entry), LEDGER_CALL_TIMEOUT_MS, "ledger");
  if (!ok && !refused) throw new Error(reason);
  return ok;
}
