/**
 * Verifying: a product's object, its events replayed and the book's rows are compared, each pair at a version that both have
 * been at, so that a product may go on changing meanwhile. The object is given as an interface, since those who verify
 * (routes, jobs) reach objects by stubs.
 */
import { count } from "../telemetry/meter-buffer";
import { readBookSnapshot, readHistory, type BookSnapshot } from "../d1/product-snapshot";
import {
  AUDIT_TIMEOUT_MS,
  MAX_DIFFERENCES_LISTED,
  MAX_REPLAYED_EVENTS,
  VERIFY_PAUSE_MS,
  VERIFY_TRIES,
} from "../limits";
import { pause, withTimeout } from "../timeout";
import {
  compareProducts,
  compareReservations,
  replayedSnapshot,
  storedSnapshot,
  type Difference,
  type ReservationIndex,
} from "./comparison";
import type { ObjectSnapshot } from "./object-snapshot";
import { beginReplay, replayRow, reservationSnapshot, type Replay } from "./replay";

/** A product's object, for the verifier. */
export interface Verifiable {
  /** Carries to the book what it can, then says what is true. */
  audit(): Promise<ObjectSnapshot>;
}

export interface Verification {
  productId: string;
  /** The object's, when it was asked; 0: it was never written. */
  version: number;
  /** The book's row; null: there is none. */
  bookVersion: number | null;
  /** How many were replayed. */
  events: number;
  /** All events from version 1 on were, and all reservations compared. */
  complete: boolean;
  /** At most `MAX_DIFFERENCES_LISTED` of them. */
  differences: Difference[];
  differenceCount: number;
}

/** undefined: neither object nor book knows the product. Throws `BookUnavailable`, or what the object failed with. */
export async function verifyProduct(
  binding: D1Database,
  productId: string,
  stub: Verifiable,
): Promise<Verification | undefined> {
  const object = await ask(stub);
  const book = await readBookSnapshot(binding, productId);
  const { rowVersion, newestVersion, readFrom } = book;
  if (object.product === null && rowVersion === null && newestVersion === null) return undefined;
  const replay = beginReplay(replayedFrom(object, book));
  const run: Run = { binding, productId, stub, object, book, replay, objectVersion: object.version };
  const stops = stopsOf(run);
  const differences: Difference[] = [];
  for (const stop of [...new Set(Object.values(stops))].toSorted((a, b) => a - b)) {
    await replayTo(run, stop);
    differences.push(...compareAt(run, stop, stops));
  }
  if (newestVersion !== null && newestVersion > run.objectVersion) await catchUp(run);
  const setAside = object.setAside.map(({ version, reason }): Difference => {
    return { what: "set_aside", fromVersion: version, toVersion: version, object: reason };
  });
  const found = [...versionDifferences(run), ...setAside, ...differences];
  const differenceCount = found.length + object.setAsideCount - setAside.length;
  count("holdfast_products_verified_total", { outcome: "ok" });
  count("holdfast_verify_differences_total", {}, differenceCount);
  return {
    productId,
    version: object.version,
    bookVersion: rowVersion,
    events: replay.events,
    complete: replay.complete && readFrom === undefined,
    differences: found.slice(0, MAX_DIFFERENCES_LISTED),
    differenceCount,
  };
}

function ask(stub: Verifiable): Promise<ObjectSnapshot> {
  return withTimeout(stub.audit(), AUDIT_TIMEOUT_MS, "product");
}

/** The version before the first event that is replayed: 0, unless older ones are no longer kept or are too many. */
function replayedFrom(
  object: ObjectSnapshot,
  { oldestVersion, newestVersion, trimmed }: BookSnapshot,
): number {
  const tooMany = (newestVersion ?? 0) - MAX_REPLAYED_EVENTS;
  // Where nothing was ever dropped for its age, what is missing at the beginning is missing.
  const dropped = trimmed ? (oldestVersion ?? object.version + 1) - 1 : 0;
  return Math.max(0, tooMany, dropped);
}

/**
 * Versions at which each source is compared with the events: the object with those up to its version, the book's reservations
 * with those that the book had, and its product row with those up to its own version: that row may be ahead of events on
 * their way, but never behind.
 */
function stopsOf({ object, book: { rowVersion, newestVersion } }: Run) {
  const reservations = newestVersion ?? rowVersion ?? object.version;
  return { object: object.version, product: Math.max(reservations, rowVersion ?? 0), reservations };
}

interface Run {
  readonly binding: D1Database;
  readonly productId: string;
  readonly stub: Verifiable;
  readonly object: ObjectSnapshot;
  readonly book: BookSnapshot;
  readonly replay: Replay;
  /** As it was last asked. */
  objectVersion: number;
}

/** Replays events up to a version. Those on their way to the book are waited for, a bounded number of times. */
async function replayTo(run: Run, stop: number): Promise<void> {
  await replayKept(run, stop);
  for (let tries = 0; run.replay.version < stop && tries < VERIFY_TRIES; tries += 1) {
    if (tries > 0) await pause(VERIFY_PAUSE_MS);
    await catchUp(run);
    if (run.objectVersion < stop) return;
    await replayKept(run, stop);
  }
}

async function catchUp(run: Run): Promise<void> {
  run.objectVersion = Math.max(run.objectVersion, (await ask(run.stub)).version);
}

async function replayKept({ binding, productId, replay }: Run, stop: number): Promise<void> {
  while (replay.version < stop) {
    const page = await readHistory(binding, productId, { after: replay.version, to: stop });
    if (page.length === 0) return;
    for (const row of page) replayRow(replay, row);
  }
}

function compareAt(run: Run, stop: number, stops: ReturnType<typeof stopsOf>): Difference[] {
  const { object, book, replay } = run;
  const { reservations, complete } = replay;
  const ofObject = stop === stops.object;
  const ofRow = stop === stops.product;
  const ofRows = stop === stops.reservations;
  return [
    ...(ofRow ? presence(run) : []),
    ...compareProducts({
      object: ofObject && object.product ? storedSnapshot(object.product, object.levels) : undefined,
      events: replayedSnapshot(replay),
      book: ofRow && book.product ? rowSnapshot(book.product) : undefined,
    }),
    ...compareReservations({
      object: ofObject && object.holds ? holdsIndex(object.holds) : undefined,
      events: { reservations, without: () => (complete ? "none" : "unknown") },
      book: ofRows ? rowsIndex(book) : undefined,
    }),
    ...(ofRows ? rowVersions(run) : []),
    ...(ofObject && !object.holds ? compareCounts(run) : []),
  ];
}

/** A product that one of the two does not know at all, or a row that cannot be read. */
function presence({ object: { product }, book: { product: row, rowVersion } }: Run): Difference[] {
  const book = row ? "there" : rowVersion === null ? null : "unreadable";
  const object = product && "there";
  return object === book ? [] : [{ what: "product", object, book }];
}

function rowSnapshot({ product, levels, totals }: NonNullable<BookSnapshot["product"]>) {
  return { ...storedSnapshot(product, levels), totals };
}

function holdsIndex(holds: NonNullable<ObjectSnapshot["holds"]>): ReservationIndex {
  return {
    reservations: new Map(holds.map(({ reservationId, ...snapshot }) => [reservationId, snapshot])),
    without: () => "not held",
  };
}

/** A row that is ahead of the events, as a repair under load leaves it, is not compared. */
function rowsIndex({ readFrom, newestVersion, reservations }: BookSnapshot): ReservationIndex {
  const ahead = new Set<string>();
  const compared = reservations.filter(({ data, version }) => {
    if (newestVersion === null || version <= newestVersion) return true;
    ahead.add(data.reservationId);
    return false;
  });
  const unread = (id: string) => ahead.has(id) || (readFrom !== undefined && id < readFrom);
  return {
    reservations: new Map(
      compared.map(({ data, version }) => [data.reservationId, reservationSnapshot(data, version)]),
    ),
    without: (id) => (unread(id) ? "unknown" : "none"),
  };
}

/** A row's version is that of its last event, or of one that came in the same step: not less, and not one to come. */
function rowVersions({ book, replay }: Run): Difference[] {
  const { reservations, rowVersion, newestVersion } = book;
  const newest = Math.max(rowVersion ?? 0, newestVersion ?? 0);
  return reservations.flatMap(({ data: { reservationId }, version }) => {
    const events = replay.reservations.get(reservationId)?.version;
    if (version <= newest && version >= (events ?? 0)) return [];
    return [{ what: "version", reservationId, ...(events !== undefined && { events }), book: version }];
  });
}

/** Too many holds to name: their number is compared, and their sums are with the levels. */
function compareCounts({ object: { holdCount }, replay: { complete, reservations } }: Run): Difference[] {
  if (!complete) return [];
  const events = [...reservations.values()].filter(({ held }) => held > 0).length;
  return events === holdCount ? [] : [{ what: "holds", object: holdCount, events }];
}

/** Events that are missing or cannot be read, rows behind the events, and a book ahead of the object or behind it. */
function versionDifferences({ object, book, replay, objectVersion }: Run): Difference[] {
  const { rowVersion } = book;
  const [newest, row] = [book.newestVersion ?? 0, rowVersion ?? replay.version];
  const gaps = [...replay.gaps];
  const last = Math.max(object.version, Math.min(row, objectVersion));
  if (replay.version < last) gaps.push([replay.version + 1, last]);
  const differences = gaps.map(([fromVersion, toVersion]) => ({ what: "event", fromVersion, toVersion }));
  const ahead = Math.max(row, newest) > objectVersion;
  if (!ahead && row >= newest && replay.version >= object.version) return differences;
  const events = Math.max(newest, replay.events > 0 ? replay.version : 0);
  return [{ what: "version", object: objectVersion, events, book: rowVersion }, ...differences];
}
